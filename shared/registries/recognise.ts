import type { RegistryHost } from './host-family.ts';
import { HOST_FAMILIES } from './hosts/index.ts';

/**
 * What a registry's host name tells. Unknown hosts get family `other`: a registry of one's own, of which nothing is
 * known.
 * @param host as in an image reference or a URL, with or without port
 */
export function recogniseRegistry(host: string): RegistryHost {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  for (const family of HOST_FAMILIES) {
    const details = family.match(name);
    if (details === undefined) continue;
    return {
      ...details,
      host,
      family: family.id,
      name: family.name,
      hasNodeCredentials: family.hasNodeCredentials,
      isPublicOnly: family.isPublicOnly,
      hidesPrivate: family.hidesPrivate,
    };
  }
  return {
    host,
    family: 'other',
    name: 'the registry',
    hasNodeCredentials: false,
    isPublicOnly: false,
    hidesPrivate: false,
  };
}

/** Whether it is a private ECR host, fully written: the only hosts that an ECR token may ever be sent to. */
export function isEcrHost(host: string): boolean {
  return ecrLocation(host) !== undefined;
}

/** Account and region of a fully written private ECR host. */
export function ecrLocation(host: string): { readonly account: string; readonly region: string } | undefined {
  const { family, account, region } = recogniseRegistry(host);
  if (family !== 'ecr' || account === undefined || region === undefined) return undefined;
  return { account, region };
}

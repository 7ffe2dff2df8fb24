import type { PublicService } from './host-family.ts';
import { HOST_FAMILIES } from './hosts/index.ts';

/** @param host with or without `:443`; another port is another service @returns `undefined` for whatever is not one */
export function publicServiceOf(host: string): PublicService | undefined {
  const name = withoutDefaultPort(host);
  return HOST_FAMILIES.find((family) => family.match(name) !== undefined)?.publicService;
}

/** Where the API of a registry is asked: `registry-1.docker.io` for `docker.io`, most hosts themselves. */
export function apiHostOf(host: string): string {
  const name = withoutDefaultPort(host);
  return publicServiceOf(name)?.apiHosts?.[name] ?? name;
}

function withoutDefaultPort(host: string): string {
  return host.toLowerCase().replace(/:443$/, '');
}

import { apiVersionOf, RESOURCES, type Resource } from './resources.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** As a server of this version answers `/version`; the recordings were made with it. */
export const SERVER_VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: 'embedded',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
};

function groups(): Map<string, Resource[]> {
  const found = new Map<string, Resource[]>();
  for (const one of RESOURCES) found.set(one.group, [...(found.get(one.group) ?? []), one]);
  return found;
}

function groupEntry(group: string, version: string): unknown {
  const entry = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [entry], preferredVersion: entry };
}

function subresourceKind(resource: Resource, subresource: string): Readonly<Record<string, string>> {
  if (subresource === 'scale') return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  if (subresource === 'eviction') return { group: 'policy', version: 'v1', kind: 'Eviction' };
  return { kind: resource.kind };
}

function resourceList(resources: readonly Resource[]): unknown {
  const [first] = resources;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: first && apiVersionOf(first),
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.kind.toLowerCase(),
        namespaced: resource.isNamespaced,
        kind: resource.kind,
        verbs: resource.isReview ? ['create'] : VERBS,
        ...(resource.shortNames?.length && { shortNames: resource.shortNames }),
        ...(resource.isInAll && { categories: ['all'] }),
      },
      ...(resource.subresources ?? []).map((subresource) => ({
        name: `${resource.plural}/${subresource}`,
        singularName: '',
        namespaced: resource.isNamespaced,
        ...subresourceKind(resource, subresource),
        verbs: ['eviction', 'binding', 'token'].includes(subresource) ? ['create'] : ['get', 'patch', 'update'],
      })),
    ]),
  };
}

/** The answer for a discovery path; `undefined` for any other path. */
export function discover(path: string, address: string): unknown {
  if (path === '/version') return SERVER_VERSION;
  if (path === '/api') {
    return {
      kind: 'APIVersions',
      apiVersion: 'v1',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    };
  }
  const all = groups();
  if (path === '/apis') {
    const names = [...all.keys()].filter((group) => group !== '');
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((group) => groupEntry(group, 'v1')) };
  }
  if (path === '/api/v1') return resourceList(all.get('') ?? []);
  const [, group = '', version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const found = all.get(group);
  if (!found || group === '') return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...(groupEntry(group, 'v1') as object) };
  return version === 'v1' ? resourceList(found) : undefined;
}

import type { HostFamily } from '../host-family.ts';
import { belowOrAt } from '../host-pattern.ts';

/** Google's hosts that serve others' public images; they have files of their own. */
const PUBLIC_HOSTS = ['k8s.gcr.io', 'mirror.gcr.io'];

/** Artifact Registry and what used to be Container Registry. */
export const google: HostFamily = {
  id: 'google',
  name: 'Google Artifact Registry',
  hasNodeCredentials: true,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: { realmHosts: [], redirectHosts: [] },
  match: (host) => (PUBLIC_HOSTS.includes(host) ? undefined : belowOrAt('gcr.io', 'pkg.dev')(host)),
};

import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** GitHub packages: a missing package and a private one are both denied. */
export const ghcr: HostFamily = {
  id: 'ghcr',
  name: 'GitHub Container Registry',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: { realmHosts: [], redirectHosts: ['pkg-containers.githubusercontent.com'] },
  match: exactly('ghcr.io', 'containers.pkg.github.com', 'docker.pkg.github.com'),
};

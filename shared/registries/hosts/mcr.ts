import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Everything on it is public. */
export const mcr: HostFamily = {
  id: 'mcr',
  name: 'Microsoft Artifact Registry',
  hasNodeCredentials: false,
  isPublicOnly: true,
  hidesPrivate: false,
  publicService: { realmHosts: [], redirectHosts: ['*.data.mcr.microsoft.com'] },
  match: exactly('mcr.microsoft.com'),
};

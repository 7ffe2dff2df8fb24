import type { HostFamily } from '../host-family.ts';
import { belowOrAt } from '../host-pattern.ts';

/** Azure Container Registry: AKS nodes pull with the kubelet's managed identity. */
export const azure: HostFamily = {
  id: 'azure',
  name: 'Azure Container Registry',
  hasNodeCredentials: true,
  isPublicOnly: false,
  hidesPrivate: false,
  publicService: { realmHosts: [], redirectHosts: ['*.blob.core.windows.net'] },
  match: belowOrAt('azurecr.io', 'azurecr.cn', 'azurecr.us', 'azurecr.de'),
};

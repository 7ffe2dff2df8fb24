import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Public and licensed images under one host. */
export const nvidia: HostFamily = {
  id: 'nvidia',
  name: 'NVIDIA NGC',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: { realmHosts: ['authn.nvidia.com'], redirectHosts: [] },
  match: exactly('nvcr.io'),
};

import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** The registry of gitlab.com; self-managed ones cannot be told by their names. */
export const gitlab: HostFamily = {
  id: 'gitlab',
  name: 'GitLab registry',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: { realmHosts: ['gitlab.com'], redirectHosts: [] },
  match: exactly('registry.gitlab.com'),
};

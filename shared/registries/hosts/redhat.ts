import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** registry.redhat.io wants a login, registry.access.redhat.com does not. */
export const redhat: HostFamily = {
  id: 'redhat',
  name: 'Red Hat registry',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: false,
  publicService: {
    realmHosts: ['sso.redhat.com'],
    redirectHosts: ['cdn.quay.io', 'cdn01.quay.io', 'cdn02.quay.io', 'cdn03.quay.io'],
  },
  match: exactly('registry.redhat.io', 'registry.access.redhat.com'),
};

import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Quay: access to the requested resource is not authorized, whether it exists or not. */
export const quay: HostFamily = {
  id: 'quay',
  name: 'Quay',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: {
    realmHosts: ['sso.redhat.com'],
    redirectHosts: ['cdn.quay.io', 'cdn01.quay.io', 'cdn02.quay.io', 'cdn03.quay.io'],
  },
  match: exactly('quay.io', 'cdn.quay.io', 'registry.connect.redhat.com'),
};

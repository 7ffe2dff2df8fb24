import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Quay: access to the requested resource is not authorized, whether it exists or not. */
export const quay: HostFamily = {
  id: 'quay',
  name: 'Quay',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  match: exactly('quay.io', 'cdn.quay.io', 'registry.connect.redhat.com'),
};

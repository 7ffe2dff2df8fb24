import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** A cache of Docker Hub's frequently pulled images. */
export const googleMirror: HostFamily = {
  id: 'google-mirror',
  name: 'Docker Hub mirror of Google',
  hasNodeCredentials: false,
  isPublicOnly: true,
  hidesPrivate: false,
  publicService: { realmHosts: [], redirectHosts: [] },
  match: exactly('mirror.gcr.io'),
};

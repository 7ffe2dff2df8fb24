import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** The images of Kubernetes itself, public; it redirects to mirrors of its own. */
export const kubernetes: HostFamily = {
  id: 'kubernetes',
  name: 'the Kubernetes registry',
  hasNodeCredentials: false,
  isPublicOnly: true,
  hidesPrivate: false,
  publicService: { realmHosts: [], redirectHosts: ['registry.k8s.io', '*.pkg.dev'] },
  match: exactly('registry.k8s.io', 'k8s.gcr.io'),
};

import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Docker Hub under every name that it answers to. A private and a missing repository get the same answer. */
export const dockerHub: HostFamily = {
  id: 'docker-hub',
  name: 'Docker Hub',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  publicService: {
    apiHosts: { 'docker.io': 'registry-1.docker.io', 'index.docker.io': 'registry-1.docker.io' },
    realmHosts: ['auth.docker.io', 'auth.docker.com'],
    redirectHosts: [
      'production.cloudflare.docker.com',
      'docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com',
    ],
  },
  match: exactly('docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com', 'hub.docker.com'),
};

import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Docker Hub under every name that it answers to. A private and a missing repository get the same answer. */
export const dockerHub: HostFamily = {
  id: 'docker-hub',
  name: 'Docker Hub',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: true,
  match: exactly('docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com', 'hub.docker.com'),
};

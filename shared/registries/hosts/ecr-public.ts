import type { HostFamily } from '../host-family.ts';
import { exactly } from '../host-pattern.ts';

/** Public ECR: another API than private ECR (us-east-1 only); anonymous pulls work, an expired token does not. */
export const ecrPublic: HostFamily = {
  id: 'ecr-public',
  name: 'Amazon ECR Public',
  hasNodeCredentials: false,
  isPublicOnly: false,
  hidesPrivate: false,
  publicService: { realmHosts: [], redirectHosts: [] },
  match: exactly('public.ecr.aws', 'ecr-public.aws.com'),
};

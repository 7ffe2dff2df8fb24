import { ECR_DUAL_STACK_SUFFIXES, ECR_SUFFIXES, parseEcrHost } from '../../domain/ecr-host.ts';
import type { HostDetails, HostFamily } from '../host-family.ts';

/** The same shape with the account or the region struck out, as people publish their messages. Tells the family only. */
const ECR_STRUCK_OUT = new RegExp(
  `^[\\w<>*-]*\\.dkr[.-]ecr(?:-fips)?\\.[\\w<>*-]{1,40}\\.(?:${ECR_SUFFIXES}|${ECR_DUAL_STACK_SUFFIXES})$`,
);

/** Private ECR. Its tokens live 12 hours and are good in one region only. */
export const ecr: HostFamily = {
  id: 'ecr',
  name: 'Amazon ECR',
  hasNodeCredentials: true,
  isPublicOnly: false,
  hidesPrivate: false,
  // Anybody has an account with registries in it: only those of configured accounts are asked.
  publicService: undefined,
  match(host): HostDetails | undefined {
    return parseEcrHost(host) ?? (ECR_STRUCK_OUT.test(host) ? {} : undefined);
  },
};

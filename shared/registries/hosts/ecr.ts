import type { HostDetails, HostFamily } from '../host-family.ts';

/**
 * DNS suffixes of the AWS partitions: aws, aws-cn, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f, aws-eusc; then those of the
 * dual-stack hosts. Source: `dnsSuffix` and `dualStackDnsSuffix` in the SDK's partitions.json.
 */
const SUFFIXES =
  'amazonaws\\.com|amazonaws\\.com\\.cn|c2s\\.ic\\.gov|sc2s\\.sgov\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov|amazonaws\\.eu';
const DUAL_STACK_SUFFIXES =
  'on\\.aws|on\\.amazonwebservices\\.com\\.cn|on\\.amazonwebservices\\.eu|api\\.aws\\.ic\\.gov|api\\.aws\\.scloud|api\\.cloud-aws\\.adc-e\\.uk|api\\.aws\\.hci\\.ic\\.gov';
/** `us-east-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1`. */
const REGION = '[a-z]{2,4}(?:-[a-z]{2,9}){1,3}-\\d{1,2}';

/** Anchored at both ends: an unanchored one would send AWS tokens to `….amazonaws.com.evil.example`. */
const ECR = new RegExp(`^(\\d{12})\\.dkr\\.ecr(?:-fips)?\\.(${REGION})\\.(?:${SUFFIXES})$`);
const ECR_DUAL_STACK = new RegExp(`^(\\d{12})\\.dkr-ecr(?:-fips)?\\.(${REGION})\\.(?:${DUAL_STACK_SUFFIXES})$`);

/** The same shape with the account or the region struck out, as people publish their messages. Tells the family only. */
const ECR_STRUCK_OUT = new RegExp(
  `^[\\w<>*-]*\\.dkr[.-]ecr(?:-fips)?\\.[\\w<>*-]{1,40}\\.(?:${SUFFIXES}|${DUAL_STACK_SUFFIXES})$`,
);

/** Private ECR. Its tokens live 12 hours and are good in one region only. */
export const ecr: HostFamily = {
  id: 'ecr',
  name: 'Amazon ECR',
  hasNodeCredentials: true,
  isPublicOnly: false,
  hidesPrivate: false,
  match(host): HostDetails | undefined {
    const match = ECR.exec(host) ?? ECR_DUAL_STACK.exec(host);
    if (match !== null) return { account: match[1], region: match[2] };
    return ECR_STRUCK_OUT.test(host) ? {} : undefined;
  },
};

/** What the name of an ECR registry says. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
}

/**
 * DNS suffixes of the AWS partitions: aws, aws-cn, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f, aws-eusc; then those of the
 * dual-stack hosts. Source: `dnsSuffix` and `dualStackDnsSuffix` in the SDK's partitions.json.
 */
export const ECR_SUFFIXES =
  'amazonaws\\.com|amazonaws\\.com\\.cn|c2s\\.ic\\.gov|sc2s\\.sgov\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov|amazonaws\\.eu';
export const ECR_DUAL_STACK_SUFFIXES =
  'on\\.aws|on\\.amazonwebservices\\.com\\.cn|on\\.amazonwebservices\\.eu|api\\.aws\\.ic\\.gov|api\\.aws\\.scloud|api\\.cloud-aws\\.adc-e\\.uk|api\\.aws\\.hci\\.ic\\.gov';
/** `us-east-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1`. */
const REGION = '[a-z]{2,4}(?:-[a-z]{2,9}){1,3}-\\d{1,2}';

/** Anchored at both ends: an unanchored one would send AWS tokens to `….amazonaws.com.evil.example`. */
const CLASSIC = new RegExp(`^(\\d{12})\\.dkr\\.ecr(?:-fips)?\\.(${REGION})\\.(?:${ECR_SUFFIXES})$`);
const DUAL_STACK = new RegExp(`^(\\d{12})\\.dkr-ecr(?:-fips)?\\.(${REGION})\\.(?:${ECR_DUAL_STACK_SUFFIXES})$`);

/** @returns `undefined` for every host that is not a private ECR registry (Public ECR is one of those) */
export function parseEcrHost(host: string): EcrHost | undefined {
  const name = host.toLowerCase().replace(/:443$/, '');
  const [, account, region] = CLASSIC.exec(name) ?? DUAL_STACK.exec(name) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

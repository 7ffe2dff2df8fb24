/** What the name of an ECR registry says. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
}

/**
 * Private ECR hosts over all AWS partitions: `<12 digits>.dkr.ecr[-fips].<region>.<suffix>` and the dual-stack
 * `<12 digits>.dkr-ecr[-fips].<region>.on.<suffix>`. Anchored at both ends: an unanchored match would take
 * `….amazonaws.com.evil.example` for AWS. Suffixes: the AWS SDK's partitions.
 */
const CLASSIC =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;
const DUAL_STACK =
  /^(\d{12})\.dkr-ecr(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\.on\.(?:aws|amazonwebservices\.com\.cn|amazonwebservices\.eu)$/;

/** @returns `undefined` for every host that is not a private ECR registry (Public ECR is one of those) */
export function parseEcrHost(host: string): EcrHost | undefined {
  const name = host.toLowerCase().replace(/:443$/, '');
  const [, account, region] = CLASSIC.exec(name) ?? DUAL_STACK.exec(name) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

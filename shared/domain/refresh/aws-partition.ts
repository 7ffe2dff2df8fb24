/** An AWS partition: its name in ARNs, and the DNS suffix of its ECR registries. */
export interface AwsPartition {
  readonly id: string;
  readonly dnsSuffix: string;
}

/** Regions by prefix; source: `regionRegex`, `name` and `dnsSuffix` in the SDK's partitions.json. */
const PARTITIONS: readonly (readonly [RegExp, AwsPartition])[] = [
  [/^cn-/, { id: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  [/^us-gov-/, { id: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
  [/^us-iso-/, { id: 'aws-iso', dnsSuffix: 'c2s.ic.gov' }],
  [/^us-isob-/, { id: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov' }],
  [/^eu-isoe-/, { id: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk' }],
  [/^(?:us|eu)-isof-/, { id: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov' }],
  [/^eusc-/, { id: 'aws-eusc', dnsSuffix: 'amazonaws.eu' }],
];

const COMMERCIAL: AwsPartition = { id: 'aws', dnsSuffix: 'amazonaws.com' };

export function partitionOf(region: string): AwsPartition {
  return PARTITIONS.find(([pattern]) => pattern.test(region))?.[1] ?? COMMERCIAL;
}

import { parseEcrHost } from '../ecr-host.ts';
import { partitionOf } from './aws-partition.ts';
import type { EcrRegistry } from './target.ts';

/** ECR Public: its tokens are issued in us-east-1 only (ECR Public user guide, registry authentication). */
export const PUBLIC_ECR_HOST = 'public.ecr.aws';
const PUBLIC_ECR_REGION = 'us-east-1';

/**
 * The registry that a host name stands for.
 * @returns `undefined` for whatever is not, in full, a private ECR host or `public.ecr.aws`
 */
export function readEcrRegistry(host: string): EcrRegistry | undefined {
  const name = host.toLowerCase().replace(/:443$/, '');
  if (name === PUBLIC_ECR_HOST) {
    const region = PUBLIC_ECR_REGION;
    return { host: name, service: 'ecr-public', account: undefined, region, isFips: false, isDualStack: false };
  }
  const ecr = parseEcrHost(name);
  if (ecr === undefined) return undefined;
  return {
    ...ecr,
    host: name,
    service: 'ecr',
    isFips: /^\d{12}\.dkr[.-]ecr-fips\./.test(name),
    isDualStack: /^\d{12}\.dkr-ecr/.test(name),
  };
}

/** The usual host of an account's registry in a region, of whatever partition. */
export function classicEcrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${partitionOf(region).dnsSuffix}`;
}

import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import { now } from './fixes.ts';
import { networkFault } from './network-fault.ts';

/** A VPC endpoint that nodes of a private subnet need for ECR. */
export type EcrEndpoint = 's3-endpoint' | 'ecr-dkr-endpoint';

/** ECR's layers: `prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com`. Source: ECR user guide, VPC endpoints. */
const LAYER_BUCKET =
  /^prod-([a-z0-9-]{6,20})-starport-layer-bucket\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]{6,20})?\.amazonaws\.com(?:\.cn)?(?::443)?$/;

/** Which endpoint a request needed that timed out, or that S3 refused. It may as well be a route or a security group. */
export function neededEndpoint({ error }: PullFailure): EcrEndpoint | undefined {
  const host = error.host ?? '';
  const isTimeout = networkFault(error) === 'timeout';
  if (LAYER_BUCKET.test(host)) return isTimeout || error.httpStatus === 403 ? 's3-endpoint' : undefined;
  return isTimeout && ecrLocation(host) !== undefined ? 'ecr-dkr-endpoint' : undefined;
}

/** Words for a first line. */
export const ENDPOINT_PHRASES: Readonly<Record<EcrEndpoint, string>> = {
  's3-endpoint': 'image layers do not arrive from S3: its VPC endpoint is suspect',
  'ecr-dkr-endpoint': 'Amazon ECR does not answer in time: the VPC endpoint is suspect',
};

/** Words for the evidence: it is what the host means, not what was seen. */
export const ENDPOINT_HINTS: Readonly<Record<EcrEndpoint, string>> = {
  's3-endpoint':
    'ECR keeps layers in this S3 bucket: nodes in a private subnet need the S3 gateway endpoint, in their route table, with a policy that allows it',
  'ecr-dkr-endpoint':
    'nodes in a private subnet reach this host by the interface endpoint ecr.dkr: its security group must let 443 in from the nodes',
};

/** How to see and repair an endpoint. */
export function checkEndpoint(failure: PullFailure, endpoint: EcrEndpoint | 'ecr-api-endpoint'): Fix {
  const region = regionOf(failure);
  const { service, title } = ENDPOINTS[endpoint];
  if (region === undefined) return now(endpoint, title);
  const name = `com.amazonaws.${region}.${service}`;
  return now(
    endpoint,
    title,
    shellCommand`aws ec2 describe-vpc-endpoints --region ${region} --filters ${`Name=service-name,Values=${name}`} --query 'VpcEndpoints[].{id:VpcEndpointId,vpc:VpcId,state:State,routeTables:RouteTableIds,subnets:SubnetIds,groups:Groups[].GroupId,privateDns:PrivateDnsEnabled,policy:PolicyDocument}'`,
  );
}

const ENDPOINTS = {
  's3-endpoint': {
    service: 's3',
    title:
      "S3 gateway endpoint: there, available, in the route table of the nodes' subnets, its policy allows GetObject on the layer bucket?",
  },
  'ecr-dkr-endpoint': {
    service: 'ecr.dkr',
    title:
      "Endpoint ecr.dkr: there, available, in the nodes' zones, private DNS on, its security group lets 443 in from the nodes?",
  },
  'ecr-api-endpoint': {
    service: 'ecr.api',
    title: 'In a private subnet, endpoint ecr.api: the credential provider asks it for the token',
  },
} as const;

function regionOf({ error, image }: PullFailure): string | undefined {
  return LAYER_BUCKET.exec(error.host ?? '')?.[1] ?? ecrLocation(image?.registry ?? error.host ?? '')?.region;
}

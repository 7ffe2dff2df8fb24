import { fetch } from 'undici';
import { ClusterError, ConfigError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { Secret } from '../../domain/secret.ts';
import { type AwsKeys, type AwsKeysProvider, type AwsRequest, presignAwsRequest, signAwsRequest } from './sign-aws.ts';

/** An EKS bearer token. */
export interface EksToken {
  readonly token: Secret;
  /** EKS takes it for 15 minutes; this is a minute earlier. */
  readonly usableUntil: Instant;
}

/** The presigned URL's own life: the authenticator wants it in the request and ignores longer ones (aws-iam-authenticator). */
const EXPIRES_SECONDS = 60;
const TOKEN_LIFE_MS = 14 * 60_000;
const TIMEOUT_MS = 8_000;

/**
 * What `aws eks get-token` makes: `k8s-aws-v1.` + base64url of a presigned, regional STS GetCallerIdentity that carries
 * the cluster's name in a signed header.
 */
export async function createEksToken(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly keys: AwsKeys;
  readonly now: Instant;
}): Promise<EksToken> {
  const url = await presignAwsRequest(
    {
      method: 'GET',
      hostname: awsHost('sts', options.region),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { 'x-k8s-aws-id': options.clusterName },
      body: undefined,
    },
    {
      keys: options.keys,
      service: 'sts',
      region: options.region,
      at: new Date(options.now),
      expiresInSeconds: EXPIRES_SECONDS,
    },
  );
  return {
    token: new Secret(`k8s-aws-v1.${Buffer.from(url).toString('base64url')}`),
    usableUntil: options.now + TOKEN_LIFE_MS,
  };
}

/** Where an EKS cluster's API server is, by EKS DescribeCluster. @throws {ClusterError | ConfigError} */
export async function describeEksCluster(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly keys: AwsKeys;
  readonly now: Instant;
  readonly endpoint?: string | undefined;
}): Promise<{ readonly server: string; readonly certificateAuthority: string }> {
  const answer = await callAws(
    {
      method: 'GET',
      hostname: awsHost('eks', options.region),
      path: `/clusters/${encodeURIComponent(options.clusterName)}`,
      query: {},
      headers: { accept: 'application/json' },
      body: undefined,
    },
    { ...options, endpoint: options.endpoint, service: 'eks', what: `EKS cluster ${options.clusterName}` },
  );
  const cluster = readObject(readObject(JSON.parse(answer))['cluster']);
  const server = cluster['endpoint'];
  const data = readObject(cluster['certificateAuthority'])['data'];
  if (typeof server !== 'string' || typeof data !== 'string') {
    throw new ConfigError(
      `EKS cluster ${options.clusterName} has no endpoint yet (status ${String(cluster['status'])})`,
    );
  }
  return { server, certificateAuthority: Buffer.from(data, 'base64').toString('utf8') };
}

/** Keys of a role, by STS AssumeRole, renewed five minutes before they end. */
export function assumeRole(options: {
  readonly roleArn: string;
  readonly region: string;
  readonly base: AwsKeysProvider;
  readonly now: () => Instant;
  readonly endpoint?: string | undefined;
}): AwsKeysProvider {
  let cached: AwsKeys | undefined;
  return async () => {
    if (cached?.expiration && cached.expiration.getTime() - options.now() > 5 * 60_000) return cached;
    const form = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: options.roleArn,
      RoleSessionName: 'pullmedic-triage',
      DurationSeconds: '3600',
    });
    const answer = await callAws(
      {
        method: 'POST',
        hostname: awsHost('sts', options.region),
        path: '/',
        query: {},
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      },
      {
        keys: await options.base(),
        now: options.now(),
        region: options.region,
        service: 'sts',
        endpoint: options.endpoint,
        what: `role ${options.roleArn}`,
      },
    );
    const field = (name: string) => {
      const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1];
      if (value === undefined) throw new ClusterError('assume', `role ${options.roleArn}`, undefined, `no ${name}`);
      return value;
    };
    cached = {
      accessKeyId: field('AccessKeyId'),
      secretAccessKey: field('SecretAccessKey'),
      sessionToken: field('SessionToken'),
      expiration: new Date(field('Expiration')),
    };
    return cached;
  };
}

async function callAws(
  request: AwsRequest,
  call: {
    readonly keys: AwsKeys;
    readonly now: Instant;
    readonly region: string;
    readonly service: string;
    readonly endpoint: string | undefined;
    readonly what: string;
  },
): Promise<string> {
  const headers = await signAwsRequest(request, { ...call, at: new Date(call.now) });
  const origin = call.endpoint ?? `https://${request.hostname}`;
  const response = await fetch(`${origin}${request.path}`, {
    method: request.method,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(request.body === undefined ? {} : { body: request.body }),
  }).catch((cause: unknown) => {
    throw new ClusterError('ask', `AWS for ${call.what}`, undefined, cause);
  });
  const text = await response.text().catch((cause: unknown) => {
    throw new ClusterError('ask', `AWS for ${call.what}`, undefined, cause);
  });
  if (response.ok) return text;
  const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? response.headers.get('x-amzn-errortype') ?? '';
  throw new ClusterError('ask', `AWS for ${call.what}`, response.status, code);
}

/** Regional endpoints by partition: China has a suffix of its own. */
function awsHost(service: string, region: string): string {
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) throw new ConfigError(`${region} is not an AWS region`);
  return `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

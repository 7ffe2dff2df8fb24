import { type AwsKeysProvider, signAwsRequest } from '../kubernetes/sign-aws.ts';
import type { CredentialSource } from './credential-source.ts';
import { readSecretKey } from './secrets-manager-source.ts';

/** All of alert-webhook's answer has 5 s. */
const TIMEOUT_MS = 3_000;

export interface SignedSourceOptions {
  readonly region: string;
  readonly keys: AwsKeysProvider;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Instead of AWS's own address of the service (`AWS_ENDPOINT_URL`). */
  readonly endpoint?: string | undefined;
}

/**
 * Reads SSM parameters and secrets of Secrets Manager as `createSsmSource` and `createSecretsManagerSource` do, by one
 * signed request each (AWS JSON 1.1): the SDK's two clients are 92 kB, a quarter of what alert-webhook may weigh.
 */
export function createSignedSources(options: SignedSourceOptions): {
  readonly ssm: CredentialSource;
  readonly secretsManager: CredentialSource;
} {
  return {
    async ssm(name) {
      const answer = await call('ssm', 'AmazonSSM.GetParameter', { Name: name, WithDecryption: true }, options);
      return (answer as { readonly Parameter?: { readonly Value?: string } } | undefined)?.Parameter?.Value;
    },

    async secretsManager(reference) {
      const [name = '', key] = splitOnce(reference, '#');
      const answer = await call('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: name }, options);
      const { SecretString, SecretBinary } = (answer ?? {}) as Readonly<Record<string, string | undefined>>;
      const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary, 'base64').toString('utf8'));
      return text === undefined || key === undefined ? text : readSecretKey(text, reference, key);
    },
  };
}

/** @returns `undefined` when there is nothing of that name @throws anything else, named as AWS names it */
async function call(service: string, target: string, input: object, options: SignedSourceOptions): Promise<unknown> {
  const { region, keys, fetch, endpoint } = options;
  const hostname = `${service}.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  const body = JSON.stringify(input);
  const headers = await signAwsRequest(
    {
      method: 'POST',
      hostname,
      path: '/',
      query: {},
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body,
    },
    { keys: await keys(), service, region, at: new Date() },
  );
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(endpoint ?? `https://${hostname}/`, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal,
  });
  const answer = (await response.json()) as { readonly __type?: string };
  if (response.ok) return answer;

  const type = String(answer.__type ?? '').replace(/^.*#/, '');
  if (type === 'ParameterNotFound' || type === 'ResourceNotFoundException') return undefined;
  // AWS's name of the error and nothing else: it decides whether trying again helps.
  throw Object.assign(new Error(`${target}: ${type || `HTTP ${response.status}`}`), { name: type || 'Error' });
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

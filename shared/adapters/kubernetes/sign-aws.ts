import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** Keys of an AWS identity, as credential providers give them. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Gives the keys of the process, of a profile or of an assumed role; caches as it sees fit. */
export type AwsKeysProvider = () => Promise<AwsKeys>;

/** One request to an AWS API, before it is signed. */
export interface AwsRequest {
  readonly method: 'GET' | 'POST';
  readonly hostname: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface SigningScope {
  readonly keys: AwsKeys;
  readonly service: string;
  readonly region: string;
  readonly at: Date;
}

/** SigV4 in the Authorization header. */
export async function signAwsRequest(
  request: AwsRequest,
  scope: SigningScope,
): Promise<Readonly<Record<string, string>>> {
  const signed = await signer(scope).sign(smithyRequest(request), { signingDate: scope.at });
  return signed.headers;
}

/**
 * SigV4 in the query: a URL that anyone may call once within its life.
 * @param expiresInSeconds how long AWS accepts it
 */
export async function presignAwsRequest(
  request: AwsRequest,
  scope: SigningScope & { readonly expiresInSeconds: number },
): Promise<string> {
  const signed = await signer(scope).presign(smithyRequest(request), {
    signingDate: scope.at,
    expiresIn: scope.expiresInSeconds,
  });
  const query = Object.entries(signed.query ?? {}).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return `https://${request.hostname}${request.path}?${query.join('&')}`;
}

function signer({ keys, service, region }: SigningScope): SignatureV4 {
  return new SignatureV4({ credentials: keys, service, region, sha256: Sha256 as unknown as HashConstructor });
}

type HashConstructor = ConstructorParameters<typeof SignatureV4>[0]['sha256'];

/** Node's own SHA-256 (HMAC, with a key) in the form that the signer wants: called with `new`, it gives this object. */
function Sha256(key?: string | Uint8Array) {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return {
    update: (data: string | Uint8Array) => void hash.update(data),
    digest: async () => new Uint8Array(hash.digest()),
    reset: () => {},
  };
}

function smithyRequest({ method, hostname, path, query, headers, body }: AwsRequest) {
  return {
    method,
    protocol: 'https:',
    hostname,
    path,
    query: { ...query },
    headers: { ...headers, host: hostname },
    ...(body === undefined ? {} : { body }),
  };
}

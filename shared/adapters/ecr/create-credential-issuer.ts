import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr-public';
import pRetry from 'p-retry';
import { IssueError } from '../../domain/errors.ts';
import { ECR_TOKEN_LIFE_MS } from '../../domain/refresh/decide-due.ts';
import type { TokenRequest } from '../../domain/refresh/token-request.ts';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CredentialIssuer, RegistryToken } from '../../ports/credential-issuer.ts';
import { withinTime } from '../aws/within-time.ts';
import type { AwsKeysProvider } from '../kubernetes/sign-aws.ts';
import { assumeChain } from './assume-chain.ts';
import { classifyAwsError } from './classify-aws-error.ts';
import { ecrClientSettings } from './client-settings.ts';

export interface CredentialIssuerDependencies {
  /** The identity of this process: it assumes the targets' roles, and asks by itself only where a target says so. */
  readonly awsKeys: AwsKeysProvider;
  readonly clock: Clock;
  /** Instead of AWS's own, for each service; the embedded stack and tests set these. */
  readonly endpoints?:
    | { readonly ecr?: string | undefined; readonly ecrPublic?: string | undefined; readonly sts?: string | undefined }
    | undefined;
  /** Least wait between tries; doubled each time, with jitter. */
  readonly retryAfterMs?: number | undefined;
}

const RETRIES = 5;
const RETRY_AFTER_MS = 200;
const MAX_RETRY_AFTER_MS = 4_000;
const MAX_RETRY_TIME_MS = 15_000;

interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/** Registry tokens from ECR and ECR Public, each asked for by the role that its target names. */
export function createCredentialIssuer(deps: CredentialIssuerDependencies): CredentialIssuer {
  async function keysFor(request: TokenRequest): Promise<AwsKeysProvider> {
    if (request.role.kind === 'own') return deps.awsKeys;
    const settings = ecrClientSettings('sts', request, deps.endpoints?.sts);
    const keys = await assumeChain(request.role.chain, request.sessionPolicy, deps.awsKeys, settings);
    return async () => keys;
  }

  async function authorize(request: TokenRequest): Promise<AuthorizationData | undefined> {
    const credentials = await keysFor(request);
    const call = `GetAuthorizationToken ${describe(request)}`;
    try {
      if (request.service === 'ecr-public') {
        const client = new ECRPUBLICClient({
          ...ecrClientSettings('registry', request, deps.endpoints?.ecrPublic),
          credentials,
        });
        const answer = await withinTime((options) =>
          client.send(new GetPublicAuthorizationTokenCommand({}), options),
        ).finally(() => client.destroy());
        return answer.authorizationData;
      }
      const client = new ECRClient({ ...ecrClientSettings('registry', request, deps.endpoints?.ecr), credentials });
      const answer = await withinTime((options) => client.send(new GetAuthorizationTokenCommand({}), options)).finally(
        () => client.destroy(),
      );
      return answer.authorizationData?.[0];
    } catch (error) {
      throw classifyAwsError('token', call, error);
    }
  }

  return {
    issue(request) {
      return pRetry(async () => readToken(await authorize(request), request, deps.clock), {
        retries: RETRIES,
        minTimeout: deps.retryAfterMs ?? RETRY_AFTER_MS,
        maxTimeout: MAX_RETRY_AFTER_MS,
        maxRetryTime: MAX_RETRY_TIME_MS,
        randomize: true,
        shouldRetry: ({ error }) => error instanceof IssueError && error.retry === 'retry',
      });
    },
  };
}

function readToken(data: AuthorizationData | undefined, request: TokenRequest, clock: Clock): RegistryToken {
  const pair = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1 || colon === pair.length - 1) {
    throw new IssueError('unavailable', `GetAuthorizationToken ${describe(request)}: the answer holds no token`);
  }
  const issuedAt = clock.now();
  return {
    username: pair.slice(0, colon),
    password: new Secret(pair.slice(colon + 1)),
    issuedAt,
    expiresAt: data?.expiresAt?.getTime() ?? issuedAt + ECR_TOKEN_LIFE_MS,
  };
}

function describe({ service, region, role }: TokenRequest): string {
  const who = role.kind === 'own' ? "pullmedic's own identity" : (role.chain.at(-1) ?? '');
  return `${service === 'ecr-public' ? 'of ECR Public ' : ''}as ${who} (${region})`;
}

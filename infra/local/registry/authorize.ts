import type { EcrTokens } from '../ecr/tokens.ts';
import { type Answer, jsonAnswer, parseBasic, refuse } from './answer.ts';
import type { Repository } from './content.ts';
import { parseEcrHost, type RegistryHost } from './hosts.ts';

/** Who may pull from a host, by user name. */
export type Accounts = ReadonlyMap<string, string>;

interface Question {
  readonly host: RegistryHost;
  readonly authorization: string | undefined;
  /** `undefined` for `/v2/` itself. */
  readonly name: string | undefined;
  readonly repository: Repository | undefined;
  readonly accounts: Accounts;
  readonly tokens: EcrTokens | undefined;
}

interface Grant {
  readonly name: string;
  readonly isGranted: boolean;
}

function isKnown(accounts: Accounts, authorization: string | undefined): boolean {
  const given = parseBasic(authorization);
  return given !== undefined && accounts.get(given.user) === given.password;
}

function encodeGrant(grant: Grant): string {
  return Buffer.from(JSON.stringify(grant)).toString('base64url');
}

function readGrant(authorization: string | undefined): Grant | undefined {
  const token = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Grant;
  } catch {
    return undefined;
  }
}

function unauthorized(challenge: string): Answer {
  return refuse(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}

/** Docker Hub answers alike for private and missing: 401 insufficient_scope. GHCR refuses at its token endpoint instead. */
function authorizeByToken(question: Question, realm: string, service: string): Answer | undefined {
  const { name = '', authorization } = question;
  const challenge = `Bearer realm="${realm}",service="${service}",scope="repository:${name}:pull"`;
  const grant = readGrant(authorization);
  if (grant === undefined) return unauthorized(challenge);
  if (name === '' || (grant.name === name && grant.isGranted)) return undefined;
  return unauthorized(`${challenge},error="insufficient_scope"`);
}

function authorizeByPassword({ accounts, authorization, host, repository }: Question): Answer | undefined {
  if (host.auth === 'open' && !repository?.isPrivate) return undefined;
  return isKnown(accounts, authorization) ? undefined : unauthorized('Basic realm="Registry Realm"');
}

function authorizeByEcrToken({ host, authorization, tokens }: Question): Answer | undefined {
  const given = parseBasic(authorization);
  const region = parseEcrHost(host.host)?.region;
  const state = given?.user === 'AWS' && region ? (tokens?.state(given.password, region) ?? 'unknown') : 'unknown';
  if (state === 'valid') return undefined;
  if (state === 'expired') {
    return refuse(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
  }
  return {
    status: 401,
    headers: { 'www-authenticate': `Basic realm="https://${host.host}/",service="ecr.amazonaws.com"` },
    body: 'Not Authorized\n',
  };
}

/** The answer that refuses, or `undefined` where the request may go on. */
export function authorize(question: Question): Answer | undefined {
  switch (question.host.auth) {
    case 'open':
    case 'basic':
      return authorizeByPassword(question);
    case 'dockerhub':
      return authorizeByToken(question, 'https://auth.docker.io/token', 'registry.docker.io');
    case 'ghcr':
      return authorizeByToken(question, 'https://ghcr.io/token', 'ghcr.io');
    case 'ecr':
      return authorizeByEcrToken(question);
  }
}

/** The token endpoint of Docker Hub and GHCR. */
export function grantToken(
  question: Omit<Question, 'name' | 'repository'> & {
    readonly scope: string;
    find(name: string): Repository | undefined;
  },
): Answer {
  const name = /^repository:([^:]+):/.exec(question.scope)?.[1] ?? '';
  const repository = question.find(name);
  const isAuthenticated = isKnown(question.accounts, question.authorization);
  const isGhcr = question.host.auth === 'ghcr';
  if (question.authorization !== undefined && !isAuthenticated) {
    return isGhcr
      ? refuse(403, 'DENIED', 'denied')
      : {
          status: 401,
          headers: { 'content-type': 'application/json' },
          body: '{"details":"incorrect username or password"}\n',
        };
  }
  const isGranted = repository !== undefined && (!repository.isPrivate || isAuthenticated);
  if (isGhcr && !isGranted && name !== '') {
    return refuse(403, 'DENIED', 'requested access to the resource is denied');
  }
  const token = encodeGrant({ name, isGranted });
  return jsonAnswer({ token, access_token: token, expires_in: 300 });
}

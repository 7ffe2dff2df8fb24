import type { RegistryAttempt } from '../../domain/registry-answer.ts';
import { Secret } from '../../domain/secret.ts';
import type { RegistryCredential } from '../../ports/registry.ts';
import type { Challenge } from './challenge.ts';
import { BODY_LIMIT, type Conversation } from './conversation.ts';
import type { ExchangeReply } from './exchange.ts';
import { parseObject, readErrorCode } from './parse-body.ts';

/** What to send, or the attempt that ended at the token service. */
export type Access = Granted | { readonly attempt: RegistryAttempt };

export interface Granted {
  readonly authorization: Secret | undefined;
  /** The token service took the credential and gave a token for it. */
  readonly isLoginGood?: boolean;
}

/** Where tokens are asked for, once it is known to be allowed. */
export interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

/** @returns the token service, or the host that is not trusted with credentials */
export function trustedTokenService(
  challenge: Challenge & { readonly scheme: 'bearer' },
  { exchange }: Conversation,
): TokenService | { readonly refused: string; readonly mayBeAllowed: boolean } {
  const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  if (realm === undefined || !/^https?:$/.test(realm.protocol)) {
    return { refused: 'an unreadable address', mayBeAllowed: false };
  }
  if (!exchange.isTrustedRealm(realm)) {
    const mayBeAllowed = realm.protocol === 'https:' && realm.username === '' && realm.password === '';
    return { refused: realm.host.slice(0, 253), mayBeAllowed };
  }
  return { realm, service: challenge.service };
}

export function basicAuthorization({ username, password }: RegistryCredential): Secret {
  return new Secret(`Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`);
}

/**
 * A token for this repository and nothing else, with a credential or anonymously (distribution's token specification).
 * The scope is ours: what the challenge asks for could be more than a pull.
 */
export async function askForToken(
  { realm, service }: TokenService,
  credential: RegistryCredential | undefined,
  { exchange, image }: Conversation,
): Promise<Access> {
  const url = new URL(realm);
  url.hash = '';
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${image.repository}:pull`);
  const reply = await exchange.send({
    method: 'GET',
    url,
    accept: 'application/json',
    authorization: credential === undefined ? undefined : basicAuthorization(credential),
    redirects: 'none',
    bodyLimit: BODY_LIMIT,
  });
  const body = reply.status === 200 ? parseObject(reply.body) : undefined;
  const token = body?.['token'] ?? body?.['access_token'];
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token))
    return { authorization: new Secret(`Bearer ${token}`), isLoginGood: credential !== undefined };
  return { attempt: refusedByTokenService(reply, credential) };
}

function refusedByTokenService(reply: ExchangeReply, credential: RegistryCredential | undefined): RegistryAttempt {
  const code = reply.status === 200 ? undefined : readErrorCode(reply.body);
  return {
    credential: credential?.name,
    result: resultOf(reply.status, code),
    answeredBy: 'token-service',
    httpStatus: reply.status,
    code,
  };
}

function resultOf(status: number, code: string | undefined): RegistryAttempt['result'] {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'rate-limited';
  // Public ECR answers an expired token by 400.
  if (status === 400 && (code === 'DENIED' || code === 'UNAUTHORIZED')) return 'unauthorized';
  return 'unavailable';
}

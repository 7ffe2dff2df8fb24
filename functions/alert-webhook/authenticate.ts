import { createHash, timingSafeEqual } from 'node:crypto';
import type { AlertToken, CredentialReference } from '../../shared/config/config.ts';
import { CredentialError } from '../../shared/domain/errors.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import { readKey } from '../middleware/read-key.ts';

/** Who calls: the clusters that it may speak for (`undefined` = all), or nobody that is known. */
export type Caller =
  | { readonly isKnown: true; readonly clusters: readonly string[] | undefined }
  | { readonly isKnown: false };

/**
 * Checks an Authorization header against every configured token, current and previous, in constant time.
 * @throws {CredentialError} when nothing matched and an expected token could not be read: it might have been that one
 */
export async function authenticate(
  header: string | undefined,
  tokens: readonly AlertToken[],
  credentials: Credentials,
): Promise<Caller> {
  const presented = parseAuthorization(header);
  if (presented === undefined) return { isKnown: false };

  const candidates = tokens
    .filter(({ scheme }) => scheme === presented.scheme)
    .flatMap((token) => [token.current, token.previous].map((reference) => ({ token, reference })));
  const results = await Promise.all(
    candidates.map(async ({ token, reference }) => {
      if (reference === undefined) return { token, match: 'no' as const };
      try {
        return { token, match: matches(presented.value, await readExpected(token, reference, credentials)) };
      } catch (error) {
        if (!(error instanceof CredentialError)) throw error;
        return { token, match: 'unknown' as const, error };
      }
    }),
  );

  const matching = results.filter(({ match }) => match === 'yes');
  if (matching.length > 0) {
    const clusters = matching.map(({ token }) => token.clusters);
    const isUnlimited = clusters.includes(undefined);
    return { isKnown: true, clusters: isUnlimited ? undefined : clusters.flatMap((names) => names ?? []) };
  }
  const unreadable = results.find(({ match }) => match === 'unknown');
  if (unreadable?.error !== undefined) throw unreadable.error;
  return { isKnown: false };
}

function parseAuthorization(header: string | undefined) {
  const [, word = '', value = ''] = /^(bearer|basic) +([^\s]+) *$/i.exec(header ?? '') ?? [];
  if (word.toLowerCase() === 'bearer') return { scheme: 'bearer' as const, value };
  if (word.toLowerCase() === 'basic')
    return { scheme: 'basic' as const, value: Buffer.from(value, 'base64').toString() };
  return undefined;
}

/** @throws {CredentialError} */
async function readExpected(
  token: AlertToken,
  reference: CredentialReference,
  credentials: Credentials,
): Promise<string> {
  const value = await readKey(reference, credentials);
  return token.scheme === 'basic' ? `${token.username ?? ''}:${value}` : value;
}

/** Hashes first: `timingSafeEqual` needs equal lengths, and the length is a secret too. */
function matches(presented: string, expected: string): 'yes' | 'no' {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected)) ? 'yes' : 'no';
}

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/ports/clock.ts';

/** What the embedded ECR knows of a password: the same three answers that its registry gives. */
export type TokenState = 'valid' | 'expired' | 'unknown';

export interface EcrTokens {
  /**
   * A password as GetAuthorizationToken gives it: base64 JSON with `expiration` in epoch seconds.
   * @param issuedAt instant; now by the clock unless given (a token may be made that has expired already)
   */
  issue(
    region: string,
    issuedAt?: number,
  ): { readonly password: string; readonly authorizationToken: string; readonly expiresAt: number };
  state(password: string, region: string): TokenState;
  /** The next calls find every token issued so far expired. */
  expireAll(): void;
}

/** ECR's tokens live 12 hours (GetAuthorizationToken, API reference). */
export const TOKEN_LIFE_MS = 12 * 3600_000;

/** Issues and checks tokens; the proof inside is an HMAC, so nothing is stored. */
export function createEcrTokens({ clock, account }: { readonly clock: Clock; readonly account: string }): EcrTokens {
  const key = randomBytes(32);
  let expiredBefore = 0;

  function proof(region: string, payload: string, expiration: number, serial: number): string {
    return createHmac('sha256', key).update(`${account}/${region}/${payload}/${expiration}/${serial}`).digest('base64');
  }

  let serial = 0;
  return {
    issue(region, issuedAt = clock.now()) {
      const expiresAt = issuedAt + TOKEN_LIFE_MS;
      const expiration = Math.floor(expiresAt / 1000);
      // As long as the real ones (about 2,400 characters), so that limits on size show here too.
      const payload = randomBytes(1200).toString('base64');
      serial += 1;
      const password = Buffer.from(
        JSON.stringify({
          payload,
          datakey: proof(region, payload, expiration, serial),
          version: '2',
          type: 'DATA_KEY',
          expiration,
          serial,
        }),
      ).toString('base64');
      return { password, authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt };
    },
    state(password, region) {
      let token: Readonly<Record<string, unknown>>;
      try {
        token = JSON.parse(Buffer.from(password, 'base64').toString('utf8')) as Readonly<Record<string, unknown>>;
      } catch {
        return 'unknown';
      }
      const { payload, datakey, expiration, serial: number } = token ?? {};
      if (typeof payload !== 'string' || typeof expiration !== 'number' || typeof number !== 'number') return 'unknown';
      if (datakey !== proof(region, payload, expiration, number)) return 'unknown';
      if (number <= expiredBefore) return 'expired';
      return expiration * 1000 <= clock.now() ? 'expired' : 'valid';
    },
    expireAll() {
      expiredBefore = serial;
    },
  };
}

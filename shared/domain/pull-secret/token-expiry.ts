import type { Instant } from '../instant.ts';

/** Seconds are plausible between 2001 and 2286: anything else is not an expiry in seconds. */
const OLDEST_SECONDS = 1_000_000_000;
const NEWEST_SECONDS = 10_000_000_000;

/**
 * When a registry token ends, as far as it says so itself: an ECR password is base64 JSON with `expiration` (seconds;
 * undocumented, so a hint), and other registries hand out JWTs with `exp` (RFC 7519). Nothing of the token is kept.
 */
export function readTokenExpiry(password: string): Instant | undefined {
  return readField(password, 'expiration') ?? readJwtExpiry(password);
}

function readJwtExpiry(token: string): Instant | undefined {
  const parts = token.split('.');
  const [, claims] = parts;
  return parts.length === 3 && claims !== undefined ? readField(claims, 'exp') : undefined;
}

function readField(base64: string, field: 'expiration' | 'exp'): Instant | undefined {
  // Both alphabets of base64; `{"` encodes to `ey`, so other passwords are not even decoded.
  if (!base64.startsWith('ey')) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const seconds = Number((value as Readonly<Record<string, unknown>>)[field]);
    return seconds >= OLDEST_SECONDS && seconds < NEWEST_SECONDS ? Math.floor(seconds * 1000) : undefined;
  } catch {
    // Not JSON: an ordinary password.
    return undefined;
  }
}

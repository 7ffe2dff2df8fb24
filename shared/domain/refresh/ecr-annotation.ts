import { createHash } from 'node:crypto';
import { type Instant, parseInstant } from '../instant.ts';
import { isRecord } from '../is-record.ts';

/** What pullmedic writes beside the credential: of each entry, when it ends and which credential that is about. */
export const ECR_ANNOTATION = 'pullmedic.dev/ecr';

export interface EntryRecord {
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** Of the credential that the times are about: another writer's entry makes them void. */
  readonly hash: string;
}

/** 128 bits of SHA-256 over `user:password`: a token is random enough that nothing can be learned from it. */
export function hashCredential(credential: string): string {
  return createHash('sha256').update(credential).digest('hex').slice(0, 32);
}

/** By `auths` key. Whatever is not as pullmedic writes it counts as not there. */
export function parseEcrAnnotation(text: string | undefined): ReadonlyMap<string, EntryRecord> {
  const records = new Map<string, EntryRecord>();
  for (const [key, value] of Object.entries(parseObject(text))) {
    const { issuedAt, expiresAt, entry } = readObject(value);
    const [issued, expires] = [issuedAt, expiresAt].map((time) =>
      typeof time === 'string' ? parseInstant(time) : undefined,
    );
    if (issued === undefined || expires === undefined || typeof entry !== 'string') continue;
    records.set(key, { issuedAt: issued, expiresAt: expires, hash: entry });
  }
  return records;
}

export function formatEcrAnnotation(records: ReadonlyMap<string, EntryRecord>): string {
  const members = [...records].map(([key, { issuedAt, expiresAt, hash }]) => {
    const value = { issuedAt: timestamp(issuedAt), expiresAt: timestamp(expiresAt), entry: hash };
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}

function timestamp(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return readObject(JSON.parse(text ?? '{}'));
  } catch {
    // Somebody edited it: the decoded expiry decides.
    return {};
  }
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

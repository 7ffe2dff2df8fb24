import { createHmac, randomBytes } from 'node:crypto';
import type { Instant } from '../../domain/instant.ts';
import type { RegistryQuestion, RegistryReply } from '../../ports/registry.ts';
import type { RegistryTarget } from './registry-target.ts';

const FOUND_KEPT_MS = 5 * 60_000;
/** What is missing may be pushed any moment, and a pull secret be repaired; looks come every 10 s at their closest. */
const REFUSED_KEPT_MS = 25_000;
/** A registry that does not answer must not cost every look its five seconds. */
const SILENT_KEPT_MS = 60_000;
const ENTRIES_MAX = 500;

/** Replies of this process by question; whatever the question was asked with is only kept as a hash. */
export interface ReplyCache {
  keyOf(question: RegistryQuestion, target: RegistryTarget): string;
  find(key: string, now: Instant): RegistryReply | undefined;
  keep(key: string, reply: RegistryReply, now: Instant): void;
}

export function createReplyCache(): ReplyCache {
  const entries = new Map<string, { readonly reply: RegistryReply; readonly until: Instant }>();
  /** Unknown outside of this process: a hash in a heap dump cannot be tried against lists of passwords. */
  const salt = randomBytes(32);

  return {
    keyOf({ image, credentials, wantsPlatforms, wantsExpiry = false }, { host, entry, ecr }) {
      const shown = credentials.map(({ name, username, password }) => [name, username, password.reveal()]);
      const asked = [
        host,
        image.repository,
        image.tag,
        image.digest,
        wantsPlatforms,
        wantsExpiry,
        entry ?? null,
        ecr ?? null,
        shown,
      ];
      return createHmac('sha256', salt).update(JSON.stringify(asked)).digest('base64');
    },

    find(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.until > now) return entry.reply;
      entries.delete(key);
      return undefined;
    },

    keep(key, reply, now) {
      entries.delete(key);
      entries.set(key, { reply, until: now + keptMs(reply) });
      const [oldest] = entries.keys();
      if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function keptMs({ answer, gaps }: RegistryReply): number {
  const results = answer?.attempts.map(({ result }) => result) ?? [];
  if (results.includes('found')) return gaps.length === 0 ? FOUND_KEPT_MS : SILENT_KEPT_MS;
  const isSilent = results.every((result) => result === 'unavailable' || result === 'rate-limited');
  return isSilent ? SILENT_KEPT_MS : REFUSED_KEPT_MS;
}

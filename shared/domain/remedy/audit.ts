import type { Instant } from '../instant.ts';
import type { Actor } from './actor.ts';
import type { Applied, Change } from './change.ts';
import type { RemedyId } from './proposal.ts';

/** One use of a remedy: who, when, what, before and after, outcome. Kept 400 days. Never a credential. */
export interface AuditEntry {
  readonly offerId: string;
  readonly incidentId: string;
  readonly cluster: string;
  readonly remedyId: RemedyId;
  readonly by: Actor | 'policy';
  readonly rule: string;
  readonly at: Instant;
  readonly endedAt: Instant | undefined;
  readonly outcome: 'applied' | 'stopped' | 'verified' | 'no-help' | 'put-back';
  readonly why: string | undefined;
  readonly changes: readonly { readonly change: Change; readonly result: Applied | undefined }[];
}

/** Somebody says that a diagnosis was wrong. Kept 400 days. */
export interface Feedback {
  readonly incidentId: string;
  readonly cluster: string;
  readonly at: Instant;
  readonly by: Actor;
  readonly causeId: string;
  readonly detail: string | undefined;
  readonly confidence: string;
  /** First line of the message that it was about. */
  readonly about: string;
  /** Their words, redacted, at most 1,000 characters. */
  readonly words: string | undefined;
}

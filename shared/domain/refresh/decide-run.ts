import type { Instant } from '../instant.ts';
import { fraction } from './fraction.ts';
import { isRunOver, type RefreshMemory } from './refresh-memory.ts';

/** Clusters do not all begin at the same minute: each runs up to this part of its period earlier. */
const JITTER_PART = 0.1;
/** After a run that left something failed, or whose end is not known by then, the next one begins this soon. */
const RETRY_MS = 15 * 60_000;
/** A run whose jobs may not all be on the queue begins anew after this. */
const RESEND_MS = 60_000;

/** Why a run begins. `resend`: the sending of the last one was cut off. */
export type RunReason = 'first' | 'targets-changed' | 'start' | 'due' | 'retry' | 'resend';

/**
 * Whether a run over one cluster begins now.
 * @param at.everyMs the configured period
 * @param at.fingerprint of what the run would do: a changed configuration takes effect at once
 * @param at.since runs that began before this do not count: the start of a process that was away
 */
export function decideRun(
  memory: RefreshMemory | undefined,
  at: {
    readonly now: Instant;
    readonly cluster: string;
    readonly everyMs: number;
    readonly fingerprint: string;
    readonly since: Instant | undefined;
  },
): RunReason | undefined {
  if (memory === undefined) return 'first';
  const { run, failed } = memory;
  if (run.fingerprint !== at.fingerprint) return 'targets-changed';
  if (at.since !== undefined && run.startedAt < at.since) return 'start';
  const ageMs = at.now - run.startedAt;
  if (!run.isSent) return ageMs >= RESEND_MS ? 'resend' : undefined;
  if (ageMs >= at.everyMs * (1 - JITTER_PART * fraction(at.cluster))) return 'due';
  const isClean = isRunOver(memory) && failed === 0;
  return !isClean && ageMs >= RETRY_MS ? 'retry' : undefined;
}

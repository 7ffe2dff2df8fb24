import type { IssueError, RetryAdvice } from '../../domain/errors.ts';
import { type Instant, soonest } from '../../domain/instant.ts';
import type { EntryRecord } from '../../domain/refresh/ecr-annotation.ts';
import type { PlannedEntry, RefusedEntry } from '../../domain/refresh/plan-secret.ts';
import type {
  EntryResult,
  RefreshFinding,
  RefreshOutcome,
  RefreshReason,
  SecretResult,
} from '../../domain/refresh/result.ts';
import type { TargetSecret } from '../../domain/refresh/target.ts';

/** What is known when a Secret is done with. */
export interface Ending {
  readonly outcome: RefreshOutcome;
  readonly reason?: RefreshReason | undefined;
  readonly why?: string | undefined;
  readonly retry?: RetryAdvice | undefined;
  readonly entries?: readonly PlannedEntry[];
  readonly refused?: readonly RefusedEntry[];
  /** Of the entries that were written. */
  readonly written?: ReadonlyMap<string, EntryRecord>;
  readonly lastWrittenBy?: string | undefined;
  readonly attached?: readonly string[];
}

export function secretResult(
  cluster: string,
  { namespace, name, targets }: TargetSecret,
  ending: Ending,
  at: { readonly readAt: Instant; readonly finishedAt: Instant },
): SecretResult {
  const { entries = [], refused = [], written } = ending;
  const ours = entries.map((entry) => entryResult(entry, written?.get(entry.key)));
  const ends = ours.map(({ expiresAt }) => expiresAt);
  return {
    cluster,
    namespace,
    name,
    targets: targets.map((target) => target.name),
    outcome: ending.outcome,
    reason: ending.reason,
    why: ending.why,
    retry: ending.retry,
    entries: [...ours, ...refused.map(refusedResult)],
    expiresAt: ends.some((end) => end === undefined) ? undefined : soonest(ends),
    wasExpired: entries.some(({ expiresAt }) => expiresAt !== undefined && expiresAt <= at.readAt),
    lastWrittenBy: ending.lastWrittenBy,
    attached: ending.attached ?? [],
    finishedAt: at.finishedAt,
  };
}

/** One finding for each entry that got no token because of what it is. */
export function refusedFindings(
  cluster: string,
  { namespace, name }: TargetSecret,
  refused: readonly RefusedEntry[],
): readonly RefreshFinding[] {
  return refused.map(({ kind, host }) =>
    kind === 'foreign'
      ? {
          cluster,
          namespace,
          name,
          kind: 'not-allowed-here',
          why: `${host} is not a registry of its target: no token is asked for`,
        }
      : {
          cluster,
          namespace,
          name,
          kind: 'look-alike',
          why: `${host} is not, or not only, an ECR registry: a token there would leave AWS`,
        },
  );
}

/** Why AWS gave no token, as a result says it. */
export function issueEnding({ reason, message, retry }: IssueError) {
  return { reason: reason === 'unavailable' ? ('aws-unavailable' as const) : reason, why: message, retry };
}

function entryResult(entry: PlannedEntry, record: EntryRecord | undefined): EntryResult {
  return {
    key: entry.key,
    registry: entry.registry.host,
    verdict: record !== undefined ? 'refreshed' : entry.isDue ? 'due' : 'not-due',
    expiredAt: entry.expiresAt,
    expiresAt: record?.expiresAt ?? entry.expiresAt,
  };
}

function refusedResult({ key, kind, host }: RefusedEntry): EntryResult {
  const verdict = kind === 'foreign' ? 'not-allowed-here' : 'look-alike';
  return { key, registry: host, verdict, expiredAt: undefined, expiresAt: undefined };
}

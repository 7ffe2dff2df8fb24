import { type Instant, soonest } from '../instant.ts';
import type { RefreshReason, RefreshReport, SecretResult } from './result.ts';
import { EXAMPLES, type RefreshTrouble, SOON_MS, type TroubleCause } from './trouble.ts';
import { secretId } from './want-secrets.ts';

/** Secrets whose token had ended and that work again. */
export interface RepairedSecrets {
  readonly secrets: number;
  readonly namespaces: number;
  /** `namespace/name`; at most `EXAMPLES`. */
  readonly examples: readonly string[];
  /** Who wrote them last before pullmedic, by managedFields: whose renewal has stopped. */
  readonly writers: readonly string[];
  /** Names of the targets that allowed it. */
  readonly targets: readonly string[];
  /** When the oldest of the old tokens ended. */
  readonly expiredAt?: Instant | undefined;
  /** When the first of the new ones does. */
  readonly endsAt?: Instant | undefined;
}

/** What is kept of one job's run: counts and a few names, however many secrets there are. */
export interface RefreshSummary {
  readonly finishedAt: Instant;
  readonly secrets: number;
  readonly failed: number;
  /** The soonest end of the tokens that targets keep fresh; `undefined` = none is known. */
  readonly endsAt?: Instant | undefined;
  readonly troubles: readonly RefreshTrouble[];
  readonly repaired?: RepairedSecrets | undefined;
}

/** The field manager of pullmedic's writes: whom managedFields and the audit log name. */
export const OURSELVES = 'pullmedic';

/** Somebody chose this; there is nothing to tell. */
const CHOSEN: readonly RefreshReason[] = ['opted-out', 'no-entry', 'missing', 'not-allowed-here'];
/** Told whenever it happens, however much time is left: by itself it does not end. */
const ALWAYS_TOLD: readonly RefreshReason[] = ['reverted'];

/**
 * What of a run is worth remembering and saying: what failed, what ends within the hour and was left alone, and what
 * was repaired after its end.
 * @param tells whether what may pass by itself is told too: not while the job will be tried again
 */
export function summariseReport(
  report: RefreshReport,
  { tells, now }: { readonly tells: 'all' | 'lasting'; readonly now: Instant },
): RefreshSummary {
  const troubled = report.secrets.flatMap((secret) => {
    const cause = causeOf(secret, now);
    return cause === undefined || (tells === 'lasting' && secret.retry === 'retry') ? [] : [{ cause, secret }];
  });
  const bySecret = [...Map.groupBy(troubled, ({ cause }) => cause)].map(([cause, all]) =>
    troubleOf(
      cause,
      all.map(({ secret }) => secret),
    ),
  );
  const kept = report.secrets.filter(isKept).flatMap(({ expiresAt }) => expiresAt ?? []);
  return {
    finishedAt: report.finishedAt,
    secrets: report.secrets.length,
    failed: failedOf(report),
    endsAt: soonest(kept),
    troubles: [...bySecret, ...clusterTroubles(report, tells), ...attachTroubles(report)],
    repaired: repairedOf(report.secrets),
  };
}

function failedOf({ secrets, clusters }: RefreshReport): number {
  const failed = secrets.filter(({ outcome }) => outcome === 'failed').length;
  return failed > 0 ? failed : clusters.filter(({ outcome }) => outcome === 'failed').length;
}

function causeOf(secret: SecretResult, now: Instant): TroubleCause | undefined {
  const { outcome, reason, expiresAt, lastWrittenBy } = secret;
  if (reason === undefined || CHOSEN.includes(reason)) return undefined;
  // Nobody undid it: it was asked for again within the half hour.
  if (reason === 'reverted' && lastWrittenBy === OURSELVES) return undefined;
  if (outcome === 'failed' || ALWAYS_TOLD.includes(reason)) return reason;
  const endsSoon = expiresAt !== undefined && expiresAt - now < SOON_MS;
  return outcome === 'skipped' && endsSoon ? reason : undefined;
}

/** Whether its end concerns us: what is left to others by choice says nothing about the refresh. */
function isKept({ outcome, reason }: SecretResult): boolean {
  return outcome !== 'skipped' || (reason !== undefined && ALWAYS_TOLD.includes(reason));
}

function troubleOf(cause: TroubleCause, secrets: readonly SecretResult[]): RefreshTrouble {
  const byEnd = [...secrets].sort((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || compareIds(a, b));
  return {
    cause,
    secrets: secrets.length,
    namespaces: namespacesOf(secrets),
    examples: byEnd.slice(0, EXAMPLES).map(secretId),
    why: byEnd[0]?.why ?? '',
    endsAt: soonest(secrets.flatMap(({ expiresAt }) => expiresAt ?? [])),
  };
}

/** A cluster that could not be looked at, where no secret of it says so. */
function clusterTroubles({ clusters, secrets }: RefreshReport, tells: 'all' | 'lasting'): readonly RefreshTrouble[] {
  return clusters
    .filter(({ outcome, retry }) => outcome === 'failed' && (tells === 'all' || retry !== 'retry'))
    .filter(() => !secrets.some(({ reason }) => reason === 'cluster-unavailable'))
    .map(({ why }) => ({ cause: 'cluster-unavailable', secrets: 0, namespaces: 0, examples: [], why: why ?? '' }));
}

function attachTroubles({ findings }: RefreshReport): readonly RefreshTrouble[] {
  const missed = findings.filter(({ kind }) => kind === 'not-attached');
  const [first] = missed;
  if (first === undefined) return [];
  const ids = [...new Set(missed.map(({ namespace = '', name = '' }) => secretId({ namespace, name })))];
  return [
    {
      cause: 'not-attached',
      secrets: ids.length,
      namespaces: new Set(missed.map(({ namespace }) => namespace)).size,
      examples: ids.slice(0, EXAMPLES),
      why: first.why,
    },
  ];
}

function repairedOf(secrets: readonly SecretResult[]): RepairedSecrets | undefined {
  const repaired = secrets.filter(({ outcome, wasExpired }) => outcome === 'refreshed' && wasExpired);
  if (repaired.length === 0) return undefined;
  return {
    secrets: repaired.length,
    namespaces: namespacesOf(repaired),
    examples: repaired.slice().sort(compareIds).slice(0, EXAMPLES).map(secretId),
    writers: distinct(repaired.flatMap(({ lastWrittenBy }) => lastWrittenBy ?? [])).slice(0, EXAMPLES),
    targets: distinct(repaired.flatMap(({ targets }) => targets)).slice(0, EXAMPLES),
    expiredAt: soonest(repaired.flatMap(({ entries }) => entries.flatMap(({ expiredAt }) => expiredAt ?? []))),
    endsAt: soonest(repaired.flatMap(({ expiresAt }) => expiresAt ?? [])),
  };
}

function namespacesOf(secrets: readonly SecretResult[]): number {
  return new Set(secrets.map(({ namespace }) => namespace)).size;
}

function compareIds(a: SecretResult, b: SecretResult): number {
  return secretId(a) < secretId(b) ? -1 : 1;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

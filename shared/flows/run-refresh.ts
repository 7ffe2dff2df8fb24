import { StoreError } from '../domain/errors.ts';
import type { PublishJob, RefreshJob } from '../domain/jobs.ts';
import { decideRefreshNotices } from '../domain/refresh/decide-notices.ts';
import { takeSummary } from '../domain/refresh/refresh-memory.ts';
import type { RefreshReport } from '../domain/refresh/result.ts';
import { type RefreshSummary, summariseReport } from '../domain/refresh/summarise-report.ts';
import type { RefreshTarget } from '../domain/refresh/target.ts';
import type { RefreshTrouble } from '../domain/refresh/trouble.ts';
import { secretId } from '../domain/refresh/want-secrets.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Metrics } from '../ports/log.ts';
import type { RefreshStore } from '../ports/refresh-store.ts';
import type { Registry } from '../ports/registry.ts';
import { refreshSecrets } from './refresh-secrets.ts';
import { countResults } from './refreshing/count-results.ts';
import { createHoldBack } from './refreshing/hold-back.ts';
import type { RefreshDependencies } from './refreshing/refresh-deps.ts';
import { retryPods } from './refreshing/retry-pods.ts';
import { rememberTokens, tryCredential } from './refreshing/try-credential.ts';
import { sendNotice } from './sweeping/send-notice.ts';

export interface RunRefreshDeps extends Omit<RefreshDependencies, 'mayWrite' | 'onResult'> {
  readonly store: RefreshStore;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly metrics: Metrics;
  /** Left out = a written credential is not tried. */
  readonly registry?: Registry | undefined;
}

/**
 * Does one refresh job: the engine over what it names, then the numbers, what is remembered, and what the channel hears.
 * Whatever it did before it was cut off stays done: run again, what was written is not due.
 * @param isLastTry what may pass by itself is told only then
 * @returns whether something failed that is worth another try
 * @throws {StoreError}, {QueueError}: the job comes again
 */
export async function runRefresh(
  job: RefreshJob,
  deps: RunRefreshDeps,
  { isLastTry }: { readonly isLastTry: boolean },
): Promise<{ readonly isRetryWorth: boolean }> {
  const { store, clock, registry, metrics, log } = deps;
  const { cluster, namespaces, isForced = false } = job;
  const config = isConfirmed(job) ? { ...deps.config, targets: deps.config.targets.map(confirmed) } : deps.config;
  const secrets =
    job.secrets && (namespaces ?? []).flatMap((namespace) => (job.secrets ?? []).map((name) => ({ namespace, name })));
  const holdBack = await createHoldBack(cluster, { store, clock, isForced });
  const { issuer, tokenFor } = rememberTokens(deps.issuer);
  const report = await refreshSecrets(
    { clusters: [cluster], namespaces, secrets, isDryRun: false, isForced },
    { ...deps, config, issuer, mayWrite: holdBack.mayWrite },
  );
  await holdBack.remember(report.secrets);
  countResults(cluster, report, metrics);

  const isRetryWorth = isWorthRetrying(report);
  const isFinal = isLastTry || !isRetryWorth;
  const summary = summariseReport(report, { tells: isFinal ? 'all' : 'lasting', now: clock.now() });
  const refused =
    job.image === undefined || registry === undefined
      ? undefined
      : await tryCredential(job.image, report, { registry, targets: config.targets, tokenFor });
  if (isAsked(job)) await answerAsker(job, report, refused, isFinal, deps);
  // Of what an incident asked for, its message tells why it failed: one message, not two.
  const told = isAsked(job) ? [] : summary.troubles;
  const troubles = refused === undefined ? told : [...told, refused];
  await tell(job, { ...summary, troubles }, isFinal, deps);
  log.info('refresh job done', {
    cluster,
    reason: job.reason,
    part: job.run?.part,
    secrets: summary.secrets,
    failed: summary.failed,
    tokens: report.tokensIssued,
    milliseconds: report.finishedAt - report.startedAt,
  });
  return { isRetryWorth };
}

/** Somebody waits for the answer: a look, or the one who pressed. */
function isAsked({ reason }: RefreshJob): boolean {
  return reason === 'alert' || reason === 'button';
}

/** A person has confirmed these very Secrets: what mode `advise` asks for is just that. It widens no target. */
function isConfirmed({ reason, secrets }: RefreshJob): boolean {
  return reason === 'button' && secrets !== undefined;
}

function confirmed(target: RefreshTarget): RefreshTarget {
  return { ...target, mode: 'auto' };
}

/** Hands the incident that asked what came of it, and retries the pods that wait for it; what is tried again is not over. */
async function answerAsker(
  { cluster }: RefreshJob,
  { secrets }: RefreshReport,
  refused: RefreshTrouble | undefined,
  isFinal: boolean,
  deps: RunRefreshDeps,
): Promise<void> {
  const over = secrets
    .filter(({ outcome, retry }) => isFinal || outcome !== 'failed' || retry !== 'retry')
    .map((secret) =>
      refused?.examples.includes(secretId(secret)) === true ? { ...secret, why: refused.why } : secret,
    );
  // With a credential that the registry refuses a new pod would fail as the old one does.
  await deps.store.noteRepairResults(refused === undefined ? await retryPods(cluster, over, deps) : over);
}

function isWorthRetrying({ secrets, clusters }: RefreshReport): boolean {
  return [...secrets, ...clusters].some(({ outcome, retry }) => outcome === 'failed' && retry === 'retry');
}

/** Level-triggered: all that is known to be wrong is told each time; the publisher edits where something changed. */
async function tell(
  { cluster, reason, run }: RefreshJob,
  summary: RefreshSummary,
  isFinal: boolean,
  { store, clock, publishQueue }: RunRefreshDeps,
): Promise<void> {
  const tellsRepair = reason === 'schedule';
  const memory = await store.updateMemory(cluster, (known) => {
    if (known === undefined) return undefined;
    const isOfRun = run !== undefined && run.startedAt === known.run.startedAt;
    return takeSummary(known, summary, { part: isFinal && isOfRun ? run.part : undefined, tellsRepair });
  });
  if (memory === undefined) {
    // The scheduler makes it before it sends a job, and an alert may be faster than the very first run.
    if (run !== undefined) throw new StoreError(`no refresh run of cluster ${cluster} is known`, { retry: 'retry' });
    return;
  }
  for (const { notice, edition } of decideRefreshNotices(cluster, memory, clock.now())) {
    await sendNotice(notice, publishQueue, edition);
  }
}

import pLimit from 'p-limit';
import { ClusterError } from '../domain/errors.ts';
import { findPullFailures } from '../domain/find-pull-failures.ts';
import { count } from '../domain/incident/notes.ts';
import { type Report, reportFor } from '../domain/incident/report.ts';
import type { IncidentNote, Member } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { TriageJob } from '../domain/jobs.ts';
import type { PullFailure } from '../domain/pull-failure.ts';
import { type Scope, scopeKey } from '../domain/scope.ts';
import { podsOnly } from './gather.ts';
import { attachReport } from './looking/attach-report.ts';
import { guardedLook } from './looking/guarded-look.ts';
import { lookAtNamespace } from './looking/look-at-namespace.ts';
import type { LookDeps } from './looking/look-deps.ts';
import { withLease } from './looking/with-lease.ts';

export type { LookDeps } from './looking/look-deps.ts';

/** Namespaces of one wide look that are looked at side by side. */
const CONCURRENCY = 4;

/**
 * Answers a hint by looking: the pods are the truth. A namespace is looked at as a whole; a node, a registry and a
 * cluster are read once for the namespaces in which something of theirs fails.
 * @param options.holder who asks; the same for a re-delivery of the same job, so that it need not wait for its own lease
 * @throws {PullmedicError} when it could not look or not write: the job must come again
 */
export async function lookAtScope(
  job: TriageJob,
  given: LookDeps,
  options: { readonly holder?: string } = {},
): Promise<void> {
  const deps = guardedLook(given);
  const holder = options.holder ?? deps.newId();
  const { scope, hintedAt } = job;
  const report: Report = { from: job.from, alerts: job.alerts, isClusterAssumed: job.isClusterAssumed, notes: [] };

  if (scope.kind === 'namespace') {
    const { cluster, namespace } = scope;
    const result = await lookAtNamespace({ cluster, namespace, hintedAt, holder, report }, deps);
    if (result === 'answered' && job.from === 'alert') {
      await attachReport(scope, (failing) => reportFor(report, failing), deps);
    }
    return;
  }
  await withLease(scope, { holder, hintedAt }, deps, (startedAt) =>
    lookWide(job, scope, report, holder, startedAt, deps),
  );
}

type WideScope = Exclude<Scope, { readonly kind: 'namespace' }>;

/** Finds the namespaces behind a wide alert, looks at each, and says what is behind it. */
async function lookWide(
  job: TriageJob,
  scope: WideScope,
  report: Report,
  holder: string,
  startedAt: Instant,
  deps: LookDeps,
): Promise<void> {
  const failures = await findBehind(scope, startedAt, deps);
  if (failures.length === 0) {
    // An alert is a hint: without a failing pod there is nothing to say, only to count.
    if (job.from === 'alert') deps.metrics.count('AlertsWithoutFailure');
    return;
  }

  const namespaces = Map.groupBy(failures, ({ namespace }) => namespace ?? 'default');
  const limit = pLimit(CONCURRENCY);
  const results = await Promise.allSettled(
    [...namespaces.keys()].map((namespace) =>
      limit(() =>
        lookAtNamespace(
          {
            cluster: scope.cluster,
            namespace,
            hintedAt: job.hintedAt,
            holder,
            report: { ...report, from: 'sweep', alerts: [] },
          },
          deps,
        ),
      ),
    ),
  );
  const notes = noteBehind(job, scope, failures, deps.clock.now());
  for (const [namespace, behind] of namespaces) {
    const pods = new Set(behind.map(({ pod }) => pod?.name));
    const isBehind = (member: Member) => member.pods.some(({ name }) => pods.has(name));
    await attachReport(
      { cluster: scope.cluster, namespace },
      (failing) => (failing.some(isBehind) ? { ...report, notes } : undefined),
      deps,
    );
  }
  // The namespaces that could be looked at are done; for the others the job comes again.
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Failing containers on that node, of that registry, or anywhere: by the pods' own status, one list. */
async function findBehind(scope: WideScope, at: Instant, { clusters }: LookDeps): Promise<readonly PullFailure[]> {
  const reader = await clusters.reader(scope.cluster);
  const pods = await reader.listPods(scope.kind === 'node' ? { node: scope.node } : { isPendingOnly: true });
  if (!pods.ok) throw new ClusterError('list', `pods of ${scopeKey(scope)}`, 403, pods.gap);
  const failures = findPullFailures(podsOnly(scope.cluster, pods.value, at));
  return scope.kind === 'registry' ? failures.filter(({ image }) => image?.registry === scope.registry) : failures;
}

/** `alert HighImagePullFailureRate on node n1: 9 pods, 3 images, registry ghcr.io behind it`, once for each alert. */
function noteBehind(
  job: TriageJob,
  scope: WideScope,
  failures: readonly PullFailure[],
  at: Instant,
): readonly IncidentNote[] {
  const pods = new Set(failures.map(({ namespace, pod }) => `${namespace}/${pod?.name}`)).size;
  const images = new Set(failures.map(({ imageText }) => imageText)).size;
  const registries = [...new Set(failures.flatMap(({ image }) => image?.registry ?? []))].sort();
  const named = registries.slice(0, 3).join(', ') + (registries.length > 3 ? ` and ${registries.length - 3} more` : '');
  const behind = [
    count(pods, 'pod'),
    count(images, 'image'),
    ...(registries.length === 0 ? [] : [`${registries.length === 1 ? 'registry' : 'registries'} ${named}`]),
  ].join(', ');
  return [...new Set(job.alerts.filter(({ status }) => status === 'firing').map(({ name }) => name))].map((name) => ({
    key: `alert/${name}/${scopeKey(scope)}`.slice(0, 160),
    at,
    kind: 'alert',
    text: `alert ${name} ${whereOf(scope)}: ${behind} behind it`,
  }));
}

function whereOf(scope: WideScope): string {
  switch (scope.kind) {
    case 'node':
      return `on node ${scope.node}`;
    case 'registry':
      return `for registry ${scope.registry}`;
    case 'cluster':
      return `in cluster ${scope.cluster}`;
  }
}

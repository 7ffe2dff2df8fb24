import { diagnose } from '../../diagnosis/diagnose.ts';
import { findPullFailures } from '../../domain/find-pull-failures.ts';
import { buildMembers } from '../../domain/incident/build-members.ts';
import { judgeMember } from '../../domain/incident/judge-member.ts';
import type { Report } from '../../domain/incident/report.ts';
import { buildWorld } from '../../domain/incident/world.ts';
import type { Instant } from '../../domain/instant.ts';
import { gather } from '../gather.ts';
import { applyObservation } from './apply-observation.ts';
import { beside } from './beside.ts';
import { gatherRepositories } from './gather-repositories.ts';
import { honourSilences } from './honour-silences.ts';
import type { LookDeps } from './look-deps.ts';
import { noteOnPods } from './note-on-pods.ts';
import { pokeDue } from './poke-due.ts';
import { tellAlertmanagers } from './tell-alertmanagers.ts';
import { withLease } from './with-lease.ts';

export interface NamespaceLook {
  readonly cluster: string;
  readonly namespace: string;
  readonly hintedAt: Instant;
  readonly holder: string;
  readonly report: Report;
}

/**
 * Looks at one namespace: gather ─▶ find failures ─▶ diagnose ─▶ fold into incidents ─▶ poke.
 * @returns `looked`, or `answered` where a look since the hint has, or one under way will
 */
export async function lookAtNamespace(look: NamespaceLook, deps: LookDeps): Promise<'looked' | 'answered'> {
  const scope = { kind: 'namespace' as const, cluster: look.cluster, namespace: look.namespace };
  return withLease(scope, look, deps, (startedAt) => lookOnce(look, startedAt, deps));
}

async function lookOnce(
  { cluster, namespace, report }: NamespaceLook,
  startedAt: Instant,
  deps: LookDeps,
): Promise<void> {
  const { clusters, store, metrics } = deps;
  const [reader, known] = await Promise.all([
    clusters.reader(cluster),
    store.incidentsIn(cluster, namespace, startedAt),
  ]);
  const watchedKinds = known
    .flatMap(({ slices }) => slices.filter((slice) => slice.namespace === namespace))
    .flatMap(({ members }) => members.map(({ workloadKind }) => workloadKind));
  const snapshot = await gather(reader, { cluster, namespace, observedAt: startedAt, watchedKinds });

  const diagnosed = findPullFailures(snapshot).map((failure) => ({ failure, findings: diagnose(failure) }));
  const world = buildWorld(snapshot);
  const built = buildMembers(diagnosed, world, report.alerts);
  const spread = await gatherRepositories({ cluster, namespace, observedAt: startedAt }, built, known, deps);
  const failing = report.from === 'sweep' ? await honourSilences(cluster, spread, deps) : spread;
  for (const { findings } of failing)
    metrics.count('FailuresDiagnosed', 1, { cause: findings[0]?.causeId ?? 'unknown' });
  if (failing.length === 0 && report.from === 'alert') metrics.count('AlertsWithoutFailure');

  await applyObservation(
    { cluster, namespace, observedAt: startedAt, failing, judge: (member) => judgeMember(member, world), report },
    deps,
  );
  await Promise.all([
    beside('events', noteOnPods({ cluster, namespace }, snapshot, diagnosed, deps), deps),
    beside(
      'pokes',
      pokeDue(
        known.map(({ incident }) => incident),
        deps.clock.now(),
        deps,
      ),
      deps,
    ),
    beside('alerts', tellAlertmanagers({ cluster, namespace, diagnosed, failing, world }, deps), deps),
  ]);
}

import { findPullFailures } from '../../domain/find-pull-failures.ts';
import { buildMembers, type DiagnosedFailure } from '../../domain/incident/build-members.ts';
import { judgeMember } from '../../domain/incident/judge-member.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import type { Report } from '../../domain/incident/report.ts';
import { buildWorld, type World } from '../../domain/incident/world.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import { gather } from '../gather.ts';
import { applyObservation } from './apply-observation.ts';
import { askRegistries, REGISTRY_PATIENCE, type ReadFailure, readFailures } from './ask-registries.ts';
import { beginAuto } from './begin-auto.ts';
import { beside } from './beside.ts';
import { countUnknown } from './count-unknown.ts';
import { diagnoseAll, failureKey, openMembers } from './diagnose-all.ts';
import { gatherRepositories } from './gather-repositories.ts';
import { honourSilences } from './honour-silences.ts';
import type { LookDeps } from './look-deps.ts';
import { noteOnPods } from './note-on-pods.ts';
import { pokeDue } from './poke-due.ts';
import { proposeForMembers } from './propose-for-members.ts';
import { repairSecrets } from './repair-secrets.ts';
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
 * Looks at one namespace: gather ─▶ find failures ─▶ ask registries ─▶ diagnose ─▶ propose ─▶ fold into incidents ─▶ poke.
 * @returns `looked`, or `answered` where a look since the hint has, or one under way will
 */
export async function lookAtNamespace(look: NamespaceLook, deps: LookDeps): Promise<'looked' | 'answered'> {
  const scope = { kind: 'namespace' as const, cluster: look.cluster, namespace: look.namespace };
  return withLease(scope, look, deps, (startedAt) => lookOnce(look, startedAt, deps));
}

async function lookOnce(look: NamespaceLook, startedAt: Instant, deps: LookDeps): Promise<void> {
  const { cluster, namespace } = look;
  const { clusters, store, registryPatience: patience = REGISTRY_PATIENCE } = deps;
  const [reader, known] = await Promise.all([
    clusters.reader(cluster),
    store.incidentsIn(cluster, namespace, startedAt),
  ]);
  const members = openMembers(known, namespace);
  const watchedKinds = [...new Set(membersIn(known, namespace).map(({ workloadKind }) => workloadKind))];
  const snapshot = await gather(reader, { cluster, namespace, observedAt: startedAt, watchedKinds });

  const world = buildWorld(snapshot);
  const read = readFailures(findPullFailures(snapshot));
  const context: Context = { look, startedAt, known, members, world };
  const asking = askRegistries(read, world.index.snapshot.secrets, deps);
  let seen: Seen;
  try {
    // A first message must not wait for a slow registry: what comes later is an edit. Where everybody was told already,
    // one longer wait keeps the messages from being edited twice a look.
    const isFirst = read.some(({ failure }) => !members.has(failureKey(failure)));
    const first = isFirst ? await asking.within(patience.firstMs) : { read: await asking.all(), isOver: true };
    seen = await foldDiagnosed(diagnoseAll(first.read, context, deps), context, deps);
    if (!first.isOver) seen = await foldLater(await asking.all(), seen, context, deps);
  } finally {
    asking.stop();
  }
  count(seen, look, deps);
  const { diagnosed, failing } = seen;
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
    beside('auto', beginAuto({ cluster, namespace }, deps), deps),
    beside('alerts', tellAlertmanagers({ cluster, namespace, diagnosed, failing, world }, deps), deps),
  ]);
}

/** What one look goes by, whatever the registries say. */
interface Context {
  readonly look: NamespaceLook;
  readonly startedAt: Instant;
  readonly known: readonly LoadedIncident[];
  /** Failing members of open incidents, by key. */
  readonly members: ReadonlyMap<string, Member>;
  readonly world: World;
}

interface Seen {
  readonly diagnosed: readonly DiagnosedFailure[];
  readonly failing: readonly Member[];
}

/** Folds again where the answers that came late say something else. */
async function foldLater(read: readonly ReadFailure[], before: Seen, context: Context, deps: LookDeps): Promise<Seen> {
  const diagnosed = diagnoseAll(read, context, deps);
  const words = (all: readonly DiagnosedFailure[]) =>
    JSON.stringify(all.map(({ findings, failure, proof }) => [findings, failure.gaps, proof]));
  return words(diagnosed) === words(before.diagnosed) ? before : foldDiagnosed(diagnosed, context, deps);
}

async function foldDiagnosed(
  diagnosed: readonly DiagnosedFailure[],
  { look, startedAt, known, members, world }: Context,
  deps: LookDeps,
): Promise<Seen> {
  const { cluster, namespace, report } = look;
  const built = buildMembers(diagnosed, world, report.alerts);
  const spread = await gatherRepositories({ cluster, namespace, observedAt: startedAt }, built, known, deps);
  const told = report.from === 'sweep' ? await honourSilences(cluster, spread, deps) : spread;
  const repairOf = await repairSecrets({ cluster, namespace, diagnosed, failing: told, known, world }, deps);
  const now = deps.clock.now();
  const failing = proposeForMembers({ cluster, failing: told, diagnosed, world, known: members, repairOf, now }, deps);
  await applyObservation(
    {
      cluster,
      namespace,
      observedAt: startedAt,
      failing,
      judge: (member) => judgeMember(member, world),
      repairOf,
      report,
    },
    deps,
  );
  return { diagnosed, failing };
}

function count({ diagnosed, failing }: Seen, { report }: NamespaceLook, deps: LookDeps): void {
  for (const { findings } of failing) {
    deps.metrics.count('FailuresDiagnosed', 1, { cause: findings[0]?.causeId ?? 'unknown' });
  }
  if (failing.length === 0 && report.from === 'alert') deps.metrics.count('AlertsWithoutFailure');
  countUnknown(diagnosed, deps);
}

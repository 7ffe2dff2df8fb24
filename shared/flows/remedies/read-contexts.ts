import pLimit from 'p-limit';
import { findPullFailures } from '../../domain/find-pull-failures.ts';
import { buildMembers } from '../../domain/incident/build-members.ts';
import { buildWorld } from '../../domain/incident/world.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { RemedyContext } from '../../remedies/remedy.ts';
import { gather } from '../gather.ts';
import { askRegistries, readFailures } from '../looking/ask-registries.ts';
import { diagnoseAll, openMembers } from '../looking/diagnose-all.ts';
import { remedyContexts } from '../looking/propose-for-members.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** Namespaces of one incident that are read side by side. */
const CONCURRENCY = 4;

/**
 * Looks anew, as the remedy identity, at the members that an offer is about: what the look before knew is what the button
 * says, what stands now is what is changed. A member that no longer fails is left out.
 * @throws {ClusterError} when the cluster did not answer, or does not let the identity read there
 */
export async function readContexts(
  offer: Offer,
  loaded: LoadedIncident,
  deps: RemedyDeps,
): Promise<readonly RemedyContext[]> {
  const wanted = Map.groupBy(membersOf(offer, loaded), ({ namespace }) => namespace);
  const limit = pLimit(CONCURRENCY);
  const read = [...wanted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, members]) => limit(() => readNamespace(offer.cluster, namespace, members, loaded, deps)));
  return (await Promise.all(read)).flat();
}

/** The failing members to which the last look gave this remedy, in the namespaces that the offer is good for. */
export function membersOf(
  { remedyId, namespaces, members: only }: Offer,
  { slices }: LoadedIncident,
): readonly Member[] {
  return slices
    .filter(({ namespace }) => namespaces?.includes(namespace) ?? true)
    .flatMap(({ members }) => members)
    .filter(({ key }) => only?.includes(key) ?? true)
    .filter(({ state, proposals }) => state === 'failing' && proposals?.some((one) => one.remedyId === remedyId));
}

async function readNamespace(
  cluster: string,
  namespace: string,
  stored: readonly Member[],
  loaded: LoadedIncident,
  deps: RemedyDeps,
): Promise<readonly RemedyContext[]> {
  const { clusters, clock, config } = deps;
  const now = clock.now();
  const reader = await clusters.reader(cluster);
  const watchedKinds = [...new Set(stored.map(({ workloadKind }) => workloadKind))];
  const snapshot = await gather(reader, { cluster, namespace, observedAt: now, watchedKinds });
  const world = buildWorld(snapshot);
  const asking = askRegistries(readFailures(findPullFailures(snapshot)), world.index.snapshot.secrets, deps);
  const read = await asking.all().finally(() => asking.stop());
  const diagnosed = diagnoseAll(read, { members: openMembers([loaded], namespace), world }, deps);

  const keys = new Set(stored.map(({ key }) => key));
  const failing = buildMembers(diagnosed, world, []).filter(({ key }) => keys.has(key));
  return [...remedyContexts({ cluster, failing, diagnosed, world, now }, config).values()];
}

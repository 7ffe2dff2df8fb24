import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import { memberKey } from '../../domain/incident/member-key.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import {
  askedRepair,
  decideRepair,
  followRepair,
  isRepairing,
  type MemberRepair,
  type Repairable,
  type SecretRepair,
} from '../../domain/incident/secret-repair.ts';
import type { World } from '../../domain/incident/world.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import { findRepairable } from '../../domain/refresh/find-repairable.ts';
import type { LookDeps } from './look-deps.ts';

/** What a look saw of a namespace, before it is folded. */
export interface SeenBroken {
  readonly cluster: string;
  readonly namespace: string;
  readonly diagnosed: readonly DiagnosedFailure[];
  /** What will be told: what is silenced is not repaired behind somebody's back either. */
  readonly failing: readonly Member[];
  readonly known: readonly LoadedIncident[];
  readonly world: World;
}

type RepairOf = (member: Member) => MemberRepair | undefined;

/**
 * Asks the refresh at once for expired (or missing) pull secrets of configured targets, one job a namespace, within the
 * caps; and tells of each member how its repair stands. The job goes out before the request is remembered: a crash in
 * between asks twice, and the refresh finds the second time that nothing is due.
 * Whatever fails here, the look goes on: then the message says what a person has to do.
 */
export async function repairSecrets(seen: SeenBroken, deps: LookDeps): Promise<RepairOf> {
  const { refreshQueue, log, metrics } = deps;
  const repairable = refreshQueue === undefined ? NOTHING : repairableMembers(seen, deps);
  if (repairable.size === 0 && !isAnyFollowed(seen)) return () => undefined;
  try {
    return await repairKnown(seen, repairable, deps);
  } catch (error) {
    metrics.count('BesideFailures', 1, { what: 'repair' });
    log.error('pull secrets could not be repaired', { cluster: seen.cluster, namespace: seen.namespace, error });
    return ({ repair }) => repair;
  }
}

const NOTHING: ReadonlyMap<string, Repairable> = new Map();

async function repairKnown(
  seen: SeenBroken,
  repairable: ReadonlyMap<string, Repairable>,
  deps: LookDeps,
): Promise<RepairOf> {
  const { cluster, namespace } = seen;
  const now = deps.clock.now();
  const records = new Map((await deps.store.repairs(cluster, namespace)).map((record) => [record.name, record]));
  const decided = new Map<string, MemberRepair>();
  const toAsk = new Map<string, Repairable>();
  for (const found of repairable.values()) {
    if (decided.has(found.secret)) continue;
    const decision = decideRepair(found, records.get(found.secret), now);
    decided.set(found.secret, decision.kind === 'ask' ? askedRepair(found, now) : decision.repair);
    if (decision.kind === 'ask') toAsk.set(found.secret, found);
  }
  if (toAsk.size > 0) await ask(seen, [...toAsk.keys()], repairable, now, deps);

  return (member) => {
    const found = repairable.get(member.key);
    if (found !== undefined && member.state === 'failing') return decided.get(found.secret);
    return follow(member, records, now);
  };
}

async function ask(
  { cluster, namespace, diagnosed }: SeenBroken,
  secrets: readonly string[],
  repairable: ReadonlyMap<string, Repairable>,
  now: number,
  { refreshQueue, store, log, metrics }: LookDeps,
): Promise<void> {
  const image = diagnosed.find(({ failure }) => {
    const { workload, container } = failure;
    if (workload === undefined || container === undefined) return false;
    return secrets.includes(repairable.get(memberKey(namespace, workload, container.name))?.secret ?? '');
  })?.failure.imageText;
  await refreshQueue?.send({ kind: 'refresh', cluster, namespaces: [namespace], reason: 'alert', image });
  await store.noteRepairsAsked(cluster, namespace, secrets, now);
  metrics.count('RepairsAsked', secrets.length);
  log.info('a refresh of pull secrets was asked for', { cluster, namespace, secrets });
}

/** A member that fails for another reason now, long after its repair, is told without it. */
function follow(
  { repair, state }: Member,
  records: ReadonlyMap<string, SecretRepair>,
  now: number,
): MemberRepair | undefined {
  if (repair === undefined) return undefined;
  const newest = followRepair(repair, records.get(repair.secret));
  const isOld = newest.state !== 'failed' && newest.state !== 'held-back' && !isRepairing(newest, now);
  return state === 'failing' && isOld ? undefined : newest;
}

function repairableMembers({ cluster, namespace, diagnosed, failing, world }: SeenBroken, { config }: LookDeps) {
  const { secrets, namespaces } = world.index.snapshot;
  const found = findRepairable(diagnosed, {
    cluster,
    namespace,
    targets: config.targets,
    namespaceObject: namespaces.find(({ metadata }) => metadata?.name === namespace),
    secrets,
  });
  const told = new Set(failing.map(({ key }) => key));
  return new Map([...found].filter(([key]) => told.has(key)));
}

function isAnyFollowed({ known, namespace }: SeenBroken): boolean {
  return membersIn(known, namespace).some(({ repair }) => repair !== undefined);
}

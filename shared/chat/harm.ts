import type { Config, Environment } from '../config/config.ts';
import { workloadKey } from '../domain/incident/member-key.ts';
import type { Dot, Member, MemberState } from '../domain/incident.ts';
import { type Instant, soonest } from '../domain/instant.ts';
import { environmentOf } from './route.ts';

/**
 * What a failure does to a workload.
 * - `down`: served before, and nothing of it serves now · `never-served`: nothing serves, and nothing ever did
 * - `degraded`: some of it serves · `stuck`: a rollout does not go on while the old revision serves
 * - `did-not-start`: a bare pod or a run of a job · `unknown`: its numbers could not be read
 * - `aside`: nobody waits for it (a debug container, a workload scaled to nothing) · `none`: it does not fail
 */
export type HarmKind = 'down' | 'never-served' | 'degraded' | 'stuck' | 'did-not-start' | 'unknown' | 'aside' | 'none';

/** Worst first; also the order in which workloads are named. */
const SEVERITY: readonly HarmKind[] = [
  'down',
  'never-served',
  'degraded',
  'stuck',
  'unknown',
  'did-not-start',
  'aside',
  'none',
];

/** A revision this much older than the first failure has run before it. */
const SERVED_BEFORE_MS = 10 * 60_000;

/** Kinds whose pods serve somebody all the time; for the others zero available says nothing. */
const SERVING_KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

/** A workload with the members (containers) that an incident has of it. */
export interface WorkloadHarm {
  /** `namespace/Kind/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly members: readonly Member[];
  readonly state: MemberState;
  readonly harm: HarmKind;
  readonly environment: Environment;
  readonly dot: Dot;
  readonly failingPods: number;
  readonly runningPods: number;
  readonly desired: number | undefined;
  readonly available: number | undefined;
  readonly oldAvailable: number | undefined;
  readonly firstFailedAt: Instant | undefined;
}

/** All workloads of these members, the worst first, in an order that does not depend on the order of members. */
export function assessWorkloads(members: readonly Member[], cluster: string, config: Config): readonly WorkloadHarm[] {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = workloadKey(member);
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups].flatMap(([key, group]) => assessWorkload(key, group, cluster, config)).sort(bySeverity);
}

/** Their members that fail, in the order of the workloads. */
export function failingMembers(workloads: readonly WorkloadHarm[]): readonly Member[] {
  return workloads.flatMap(({ members }) => members).filter(({ state }) => state === 'failing');
}

/** Dot = harm × environment. What is not prod is never red or orange. */
export function dotOf(harm: HarmKind, environment: Environment): Dot {
  if (harm === 'none') return 'green';
  if (environment !== 'prod' || harm === 'aside') return 'yellow';
  return harm === 'down' || harm === 'never-served' ? 'red' : 'orange';
}

/** 0 green … 3 red. */
export function dotRank(dot: Dot): number {
  return { green: 0, yellow: 1, orange: 2, red: 3 }[dot];
}

function assessWorkload(
  key: string,
  members: readonly Member[],
  cluster: string,
  config: Config,
): readonly WorkloadHarm[] {
  const failing = members.filter(({ state }) => state === 'failing');
  const lead = failing[0] ?? members[0];
  if (lead === undefined) return [];
  const rollout = lead.rollout;
  const harms = failing.map(memberHarm).sort((a, b) => SEVERITY.indexOf(a) - SEVERITY.indexOf(b));
  const harm = harms[0] ?? 'none';
  const environment = environmentOf(cluster, lead.namespace, config);
  return [
    {
      key,
      namespace: lead.namespace,
      kind: lead.workloadKind,
      name: lead.workloadName,
      members,
      state: lead.state,
      harm,
      environment,
      dot: dotOf(harm, environment),
      // Containers of one pod fail together: adding them up would count pods twice.
      failingPods: Math.max(0, ...failing.map(({ failingPods }) => failingPods)),
      runningPods: Math.max(0, ...members.map(({ runningPods }) => runningPods)),
      desired: rollout?.desired,
      available: rollout?.available,
      oldAvailable: rollout?.oldAvailable,
      firstFailedAt: soonest(members.map(({ firstFailedAt }) => firstFailedAt)),
    },
  ];
}

function memberHarm(member: Member): HarmKind {
  if (member.containerKind === 'ephemeral') return 'aside';
  if (!SERVING_KINDS.includes(member.workloadKind)) return 'did-not-start';
  const { desired, available, oldAvailable } = member.rollout ?? {};
  if (desired === undefined || available === undefined) return 'unknown';
  if (desired === 0) return 'aside';
  if (available === 0 && (oldAvailable ?? 0) === 0) return hasServedBefore(member) ? 'down' : 'never-served';
  return (oldAvailable ?? 0) > 0 ? 'stuck' : 'degraded';
}

/**
 * Whether something served before: as its conditions tell; where they do not, by signs: an earlier revision's image is known, or the revision is a later one, or it is
 * clearly older than its first failure (nodes were replaced, a secret expired).
 */
function hasServedBefore({ rollout, firstFailedAt }: Member): boolean {
  if (rollout === undefined) return false;
  if (rollout.hasServed !== undefined) return rollout.hasServed;
  if (rollout.previousImage !== undefined) return true;
  const revision = Number(rollout.revision);
  if (Number.isInteger(revision) && revision > 1) return true;
  if (rollout.revisionCreatedAt === undefined || firstFailedAt === undefined) return false;
  return firstFailedAt - rollout.revisionCreatedAt >= SERVED_BEFORE_MS;
}

function bySeverity(a: WorkloadHarm, b: WorkloadHarm): number {
  return (
    dotRank(b.dot) - dotRank(a.dot) ||
    SEVERITY.indexOf(a.harm) - SEVERITY.indexOf(b.harm) ||
    (a.firstFailedAt ?? Number.MAX_SAFE_INTEGER) - (b.firstFailedAt ?? Number.MAX_SAFE_INTEGER) ||
    (a.key < b.key ? -1 : 1)
  );
}

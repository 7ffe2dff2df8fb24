import type { Finding } from '../finding.ts';
import type { Member, MemberPod, MemberRollout, RegistryProof } from '../incident.ts';
import { latest, parseInstant, soonest } from '../instant.ts';
import type { AlertHint } from '../jobs.ts';
import type { Gap, PullFailure, WorkloadFact } from '../pull-failure.ts';
import { redact } from '../redact.ts';
import { memberKey } from './member-key.ts';
import { readRouting } from './routing.ts';
import { compareFindings } from './slot.ts';
import type { World } from './world.ts';

/** A failing container with what all causes said of it, best first. */
export interface DiagnosedFailure {
  readonly failure: PullFailure;
  readonly findings: readonly Finding[];
  /** What of it a registry proved, where one is asked. */
  readonly proof?: RegistryProof | undefined;
}

const MAX_PODS = 20;
const MAX_FINDINGS = 3;
const MAX_EVENTS = 6;
const MAX_GAPS = 10;
const MAX_ERROR_CHARACTERS = 2_000;

/**
 * One member for each container of each workload that fails: 500 pods of a Deployment are one member that counts them.
 * @param alerts their labels may route it
 */
export function buildMembers(
  diagnosed: readonly DiagnosedFailure[],
  world: World,
  alerts: readonly AlertHint[],
): readonly Member[] {
  const groups = new Map<string, DiagnosedFailure[]>();
  for (const one of diagnosed) {
    const key = keyOf(one.failure);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups]
    .map(([key, group]) => buildMember(key, group, world, alerts))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function keyOf({ namespace, workload, container }: PullFailure): string | undefined {
  if (namespace === undefined || workload === undefined || container === undefined) return undefined;
  return memberKey(namespace, workload, container.name);
}

function buildMember(
  key: string,
  group: readonly DiagnosedFailure[],
  world: World,
  alerts: readonly AlertHint[],
): Member {
  const lead = chooseLead(group);
  const { failure } = lead;
  const failures = group.map((one) => one.failure);
  const failingPods = new Set(failures.map(({ pod }) => pod?.name));
  const namespace = failure.namespace ?? '';
  return {
    key,
    namespace,
    workloadKind: failure.workload?.kind ?? 'Pod',
    workloadName: failure.workload?.name ?? '',
    container: failure.container?.name ?? '',
    containerKind: failure.container?.kind ?? 'container',
    image: failure.imageText ?? '',
    state: 'failing',
    observedAt: failure.observedAt,
    reason: failure.reason,
    pods: failures
      .map((one) => buildPod(one, world))
      .sort(byAge)
      .slice(0, MAX_PODS),
    failingPods: failingPods.size,
    runningPods: world.containersOf(key).filter(({ state }) => state === 'running').length,
    firstFailedAt: soonest(failures.map(({ firstFailedAt }) => firstFailedAt)),
    lastFailedAt: latest(failures.map(({ lastFailedAt }) => lastFailedAt)),
    tries: Math.max(...failures.map(({ tries }) => tries)),
    findings: lead.findings.slice(0, MAX_FINDINGS),
    errorText: redact(failure.error.raw).slice(0, MAX_ERROR_CHARACTERS),
    events: failure.events.slice(-MAX_EVENTS).map((event) => ({ ...event, message: redact(event.message) })),
    gaps: distinctGaps(failures.flatMap(({ gaps }) => gaps)).slice(0, MAX_GAPS),
    proof: lead.proof,
    rollout: toRollout(failure.workload),
    routing: readRouting({
      workload: failure.workload?.annotations,
      namespace: world.index.snapshot.namespaces.find(({ metadata }) => metadata?.name === namespace)?.metadata
        ?.annotations,
      nodes: failures.map(({ pod }) => nodeOf(pod?.nodeName, world)?.metadata?.annotations),
      alerts,
    }),
  };
}

/**
 * The failure that speaks for its member. The newest pod has the image that is wanted now (after a second bad tag both
 * revisions fail for a moment); among those the surest finding, then the one that most pods share.
 */
function chooseLead(group: readonly DiagnosedFailure[]): DiagnosedFailure {
  const newest = group.reduce((a, b) => (isNewer(b.failure, a.failure) ? b : a));
  const wanted = group.filter(({ failure }) => failure.imageText === newest.failure.imageText);
  const shares = new Map<string, number>();
  for (const one of wanted) shares.set(verdictOf(one), (shares.get(verdictOf(one)) ?? 0) + 1);
  return [...wanted].sort(
    (a, b) =>
      compareBest(a, b) ||
      (shares.get(verdictOf(b)) ?? 0) - (shares.get(verdictOf(a)) ?? 0) ||
      ((a.failure.pod?.name ?? '') < (b.failure.pod?.name ?? '') ? -1 : 1),
  )[0] as DiagnosedFailure;
}

function verdictOf({ findings }: DiagnosedFailure): string {
  return `${findings[0]?.causeId}|${findings[0]?.subject}`;
}

function compareBest(a: DiagnosedFailure, b: DiagnosedFailure): number {
  const [first, second] = [a.findings[0], b.findings[0]];
  if (first === undefined || second === undefined) return Number(first === undefined) - Number(second === undefined);
  return compareFindings(first, second);
}

function buildPod({ pod, firstFailedAt }: PullFailure, world: World): MemberPod {
  return {
    name: pod?.name ?? '',
    node: pod?.nodeName,
    since: firstFailedAt ?? pod?.createdAt,
    nodeCreatedAt: parseInstant(nodeOf(pod?.nodeName, world)?.metadata?.creationTimestamp),
  };
}

/** By the pod's age; pods of one second (timestamps are no finer) by their workload's revision. */
function isNewer(a: PullFailure, b: PullFailure): boolean {
  const ages = (a.pod?.createdAt ?? 0) - (b.pod?.createdAt ?? 0);
  return ages > 0 || (ages === 0 && Number(a.workload?.revision ?? 0) > Number(b.workload?.revision ?? 0));
}

function nodeOf(name: string | undefined, world: World) {
  return name === undefined ? undefined : world.index.node(name);
}

export function toRollout(workload: WorkloadFact | undefined): MemberRollout | undefined {
  if (workload === undefined) return undefined;
  const { desired, available, oldAvailable, hasServed, revision, revisionCreatedAt } = workload;
  const { previousImage, imageSetBy, imageSetAt, templateImage, managedBy } = workload;
  return {
    desired,
    available,
    oldAvailable,
    hasServed,
    revision,
    revisionCreatedAt,
    previousImage,
    imageSetBy,
    imageSetAt,
    templateImage,
    managedBy,
  };
}

function byAge(a: MemberPod, b: MemberPod): number {
  return (a.since ?? 0) - (b.since ?? 0) || (a.name < b.name ? -1 : 1);
}

function distinctGaps(gaps: readonly Gap[]): readonly Gap[] {
  return [...new Map(gaps.map((gap) => [gap.what, gap])).values()];
}

import { createHash } from 'node:crypto';
import { findingLine } from '../finding-line.ts';
import { type Instant, parseInstant } from '../instant.ts';
import type { KubeEvent } from '../kubernetes.ts';
import { DIAGNOSED } from '../outgoing-alert.ts';
import type { PullFailure } from '../pull-failure.ts';
import type { DiagnosedFailure } from './build-members.ts';
import { memberKey } from './member-key.ts';
import { isUnknown } from './slot.ts';

/** The newest pods are the ones that somebody describes. */
const MAX_PODS = 3;
const REPEAT_MS = 10 * 60_000;
/** A name is a DNS subdomain of at most 253 characters; what is added to the pod's is 17. */
const MAX_NAME = 230;

/** An Event to write; see `PodNote` of the cluster port. */
export interface PlannedNote {
  readonly namespace: string;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string | undefined;
  readonly count: number;
  readonly at: Instant;
}

/**
 * The Events that are due: for the newest three failing pods of each member, once per pod and cause in 10 minutes. What
 * was said already stands among the namespace's events, so nothing has to be remembered. Nothing is said of an error
 * that is not understood.
 */
export function planPodNotes(
  diagnosed: readonly DiagnosedFailure[],
  events: readonly KubeEvent[],
  { now, timeScale }: { readonly now: Instant; readonly timeScale: number },
): readonly PlannedNote[] {
  const said = new Map(events.filter(({ reason }) => reason === DIAGNOSED).map((one) => [nameOf(one), one]));
  const planned = new Map<string, PlannedNote>();
  for (const group of Map.groupBy(diagnosed, keyOf).values()) {
    for (const { failure, findings } of group.toSorted(byNewest).slice(0, MAX_PODS)) {
      const { namespace, pod } = failure;
      const [finding] = findings;
      if (namespace === undefined || pod?.uid === undefined || finding === undefined || isUnknown(finding)) continue;
      const name = noteName(pod.name, `${pod.uid}|${finding.causeId}`);
      const before = said.get(name);
      const saidAt = parseInstant(before?.lastTimestamp ?? before?.metadata?.creationTimestamp);
      if (planned.has(name) || (saidAt !== undefined && now - saidAt < REPEAT_MS * timeScale)) continue;
      planned.set(name, {
        namespace,
        pod: { name: pod.name, uid: pod.uid },
        name,
        reason: DIAGNOSED,
        message: findingLine(finding),
        fieldPath: fieldPathOf(failure),
        count: before === undefined ? 1 : (before.count ?? 1) + 1,
        at: now,
      });
    }
  }
  return [...planned.values()];
}

function nameOf({ metadata }: KubeEvent): string {
  return metadata?.name ?? '';
}

function keyOf({ failure }: DiagnosedFailure): string {
  const { namespace, workload, container } = failure;
  return memberKey(namespace ?? '', workload ?? { kind: 'Pod', name: failure.pod?.name ?? '' }, container?.name ?? '');
}

function byNewest(a: DiagnosedFailure, b: DiagnosedFailure): number {
  const [one, other] = [a.failure.pod, b.failure.pod];
  return (other?.createdAt ?? 0) - (one?.createdAt ?? 0) || ((one?.name ?? '') < (other?.name ?? '') ? -1 : 1);
}

function noteName(pod: string, identity: string): string {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return `${pod.slice(0, MAX_NAME).replace(/[.-]+$/, '')}.${hash}`;
}

function fieldPathOf({ container }: PullFailure): string | undefined {
  switch (container?.kind) {
    case 'container':
    case 'image-volume':
      return `spec.containers{${container.name}}`;
    case 'init':
      return `spec.initContainers{${container.name}}`;
    case 'ephemeral':
      return `spec.ephemeralContainers{${container.name}}`;
    case undefined:
      return undefined;
  }
}

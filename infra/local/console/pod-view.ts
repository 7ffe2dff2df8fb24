import type { ContainerStatus, Pod } from '../../../shared/domain/kubernetes.ts';
import { PULL_REASONS } from '../../../shared/domain/pull-reasons.ts';

/** A pod as the page lists it. */
export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly state: 'running' | 'failing' | 'waiting' | 'ended';
  readonly reason: string;
  readonly message: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
}

export function viewPod(pod: Pod): PodView {
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
  const stuck = statuses.find(isPullFailing) ?? statuses.find(({ state }) => state?.waiting);
  const waiting = stuck?.state?.waiting;
  const phase = pod.status?.phase ?? 'Pending';
  const container = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find(
    ({ name }) => name === stuck?.name,
  );
  return {
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    image: container?.image ?? pod.spec?.containers?.[0]?.image ?? '',
    state: stateOf(phase, stuck),
    reason: pod.metadata?.deletionTimestamp ? 'Terminating' : (waiting?.reason ?? phase),
    message: waiting?.message,
    since: pod.metadata?.creationTimestamp ? Date.parse(pod.metadata.creationTimestamp) : undefined,
  };
}

function stateOf(phase: string, stuck: ContainerStatus | undefined): PodView['state'] {
  if (phase === 'Succeeded' || phase === 'Failed') return 'ended';
  if (stuck === undefined) return phase === 'Running' ? 'running' : 'waiting';
  return isPullFailing(stuck) ? 'failing' : 'waiting';
}

function isPullFailing({ state }: ContainerStatus): boolean {
  return PULL_REASONS.includes(state?.waiting?.reason ?? '');
}

import type { ContainerStatusObject, PodObject } from './objects.ts';

function stateReason({ state }: ContainerStatusObject): string | undefined {
  if (state.waiting) return state.waiting.reason;
  if (state.terminated) return state.terminated.reason;
  return undefined;
}

/** The STATUS column of `kubectl get pods` (pkg/printers/internalversion, printPod). */
export function podReason(pod: PodObject): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  const { status, spec } = pod;
  const inits = status.initContainerStatuses ?? [];
  const done = inits.findIndex(({ state }) => state.terminated?.exitCode !== 0);
  const current = inits[done];
  if (current) {
    const reason = stateReason(current);
    const total = spec.initContainers?.length ?? inits.length;
    return reason && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${done}/${total}`;
  }
  const reasons = (status.containerStatuses ?? []).map(stateReason).filter((one) => one !== undefined);
  return reasons[0] ?? status.phase ?? 'Unknown';
}

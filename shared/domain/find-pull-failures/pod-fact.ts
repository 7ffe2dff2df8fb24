import { parseInstant } from '../instant.ts';
import type { Container, ContainerStatus, Pod } from '../kubernetes.ts';
import type { PodFact } from '../pull-failure.ts';
import { nameOf } from './index-snapshot.ts';

export function describePod(pod: Pod): PodFact {
  return {
    name: nameOf(pod),
    uid: pod.metadata?.uid,
    createdAt: parseInstant(pod.metadata?.creationTimestamp),
    scheduledAt: parseInstant(
      pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'True')
        ?.lastTransitionTime,
    ),
    phase: pod.status?.phase,
    nodeName: pod.spec?.nodeName,
    serviceAccountName: pod.spec?.serviceAccountName ?? 'default',
    pullSecretNames: readPullSecretNames(pod),
    hasStarted: hasEverStarted(pod),
    holds: readHolds(pod),
  };
}

/** In the kubelet's order; it skips empty names, and a name given twice is tried once. */
function readPullSecretNames(pod: Pod): readonly string[] {
  const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) =>
    name === undefined || name === '' ? [] : [name],
  );
  return [...new Set(names)];
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Whether any container of the pod ever ran, as its status tells. */
export function hasEverStarted(pod: Pod): boolean {
  return statusesOf(pod).some(hasStarted);
}

/** Of every kind of container. */
export function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}

function hasStarted({ state, lastState, restartCount, started }: ContainerStatus): boolean {
  return (
    state?.running != null ||
    state?.terminated != null ||
    lastState?.running != null ||
    lastState?.terminated != null ||
    (restartCount ?? 0) > 0 ||
    started === true
  );
}

/** Extended resources (a domain before the slash that is not Kubernetes' own), summed over the containers. */
function readHolds(pod: Pod): Readonly<Record<string, string>> {
  const sums = new Map<string, number>();
  for (const container of pod.spec?.containers ?? []) {
    for (const [resource, quantity] of Object.entries(requestsOf(container))) {
      const count = Number(quantity);
      if (!/^[^/]+\/[^/]+$/.test(resource) || /(^|\.)kubernetes\.io\//.test(resource) || !(count > 0)) continue;
      sums.set(resource, (sums.get(resource) ?? 0) + count);
    }
  }
  return Object.fromEntries([...sums].map(([resource, count]) => [resource, String(count)]));
}

/** A limit without a request is a request. */
function requestsOf({ resources }: Container): Readonly<Record<string, string>> {
  return { ...resources?.limits, ...resources?.requests };
}

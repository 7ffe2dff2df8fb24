import type { Pod } from '../../../shared/domain/kubernetes.ts';
import { PULL_REASONS } from '../../../shared/domain/pull-reasons.ts';

/** One series that a rule's expression gives: the labels of an alert. */
export type Labels = Readonly<Record<string, string>>;

/**
 * What Prometheus would see through kube-state-metrics: a series for each container that waits with a pull reason.
 * @param reasons the reasons that the rule asks for; both by default, since a rule on one of them flaps
 */
export function pullAlerts(
  pods: readonly Pod[],
  cluster: string,
  reasons: readonly string[] = PULL_REASONS,
): readonly Labels[] {
  return pods.flatMap((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
      .filter(({ state }) => reasons.includes(state?.waiting?.reason ?? ''))
      .map(({ name }) => ({
        alertname: 'KubePodImagePullBackOff',
        cluster,
        container: name,
        instance: 'kube-state-metrics:8080',
        job: 'kube-state-metrics',
        namespace: pod.metadata?.namespace ?? '',
        pod: pod.metadata?.name ?? '',
        severity: 'warning',
        uid: pod.metadata?.uid ?? '',
      })),
  );
}

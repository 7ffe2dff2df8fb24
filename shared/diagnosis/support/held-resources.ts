import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { fact, moment, named } from './evidence.ts';

/** What the stuck pod keeps from others: the scheduler counts GPUs and their like as used from the binding on. */
export function heldResources({ pod }: PullFailure): Evidence | undefined {
  const held = Object.entries(pod?.holds ?? {}).map(([resource, count]) => `${count} × ${named(resource)}`);
  if (pod === undefined || pod.nodeName === undefined || held.length === 0) return undefined;
  const since = pod.scheduledAt === undefined ? '' : ` since ${moment(pod.scheduledAt)}`;
  return fact(
    `while it waits, the pod holds ${held.join(', ')} on ${named(pod.nodeName)}${since}`,
    'pod',
    pod.scheduledAt,
  );
}

import type { Pod } from '../kubernetes.ts';
import { hasEverStarted } from './pod-fact.ts';

/**
 * Whether a pod may be deleted so that its controller makes another one: pending, no Job's and no kubelet's, and nothing
 * in it ever ran. The admission policy `pullmedic-pods` holds the same rules.
 * @returns why not, in words; `undefined` = it may
 */
export function whyNotDeletable(pod: Pod): string | undefined {
  const { metadata, status } = pod;
  const owners = metadata?.ownerReferences ?? [];
  if (metadata?.deletionTimestamp != null) return 'it is being deleted already';
  if (status?.phase !== 'Pending') return `it is ${status?.phase ?? 'in no known phase'}, not Pending`;
  if (!owners.some(({ controller }) => controller === true)) return 'no controller would replace it';
  if (owners.some(({ kind }) => kind === 'Job')) return 'it belongs to a Job, whose failures are counted';
  const isMirror = Object.hasOwn(metadata?.annotations ?? {}, 'kubernetes.io/config.mirror');
  if (isMirror || owners.some(({ kind }) => kind === 'Node')) return 'its kubelet owns it';
  return hasEverStarted(pod) ? 'a container of it has started' : undefined;
}

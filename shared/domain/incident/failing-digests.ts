import { createHash } from 'node:crypto';
import type { PullFailure } from '../pull-failure.ts';

/**
 * What fails in each namespace, in 16 characters: which containers of which pods, and the image they ask
 * for. Equal = nothing began to fail, nothing
 * ceased to. The waiting reason is left out: it flips at every try.
 */
export function failingDigests(failures: readonly PullFailure[]): ReadonlyMap<string, string> {
  const byNamespace = Map.groupBy(failures, ({ namespace }) => namespace ?? 'default');
  return new Map(
    [...byNamespace].map(([namespace, failing]) => {
      const words = failing.map(({ pod, container, imageText }) =>
        JSON.stringify([pod?.name, pod?.uid, container?.name, imageText]),
      );
      return [namespace, createHash('sha256').update(words.sort().join('\n')).digest('hex').slice(0, 16)];
    }),
  );
}

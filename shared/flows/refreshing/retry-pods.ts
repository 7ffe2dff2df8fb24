import { PullmedicError } from '../../domain/errors.ts';
import type { RepairedSecret } from '../../domain/incident/secret-repair.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import { chooseStuckPods } from '../../domain/refresh/choose-stuck-pods.ts';
import { judgeKey } from '../../domain/refresh/judge-key.ts';
import type { SecretResult } from '../../domain/refresh/result.ts';
import type { PodRetrier } from '../../ports/pod-retrier.ts';
import type { RunRefreshDeps } from '../run-refresh.ts';

/**
 * After a repair: deletes stuck pods where the target says so, so that recovery takes seconds and not the kubelet's
 * back-off. Whatever fails here, the secret is written: the pods pull at the kubelet's next try.
 * @returns the results, with the pods that were deleted for each
 */
export async function retryPods(
  cluster: string,
  secrets: readonly SecretResult[],
  { config, writers, log, metrics }: Pick<RunRefreshDeps, 'config' | 'writers' | 'log' | 'metrics'>,
): Promise<readonly RepairedSecret[]> {
  const retrying = config.targets.filter(({ retriesPods }) => retriesPods);
  const results: RepairedSecret[] = [];
  for (const secret of secrets) {
    const targets = retrying.filter(({ name }) => secret.targets.includes(name));
    if (secret.outcome !== 'refreshed' || targets.length === 0 || writers.retrier === undefined) {
      results.push(secret);
      continue;
    }
    try {
      const isRegistry = (host: string) => judgeKey(host, targets).kind === 'ours';
      const { deleted, gap } = await retryFor(secret, isRegistry, await writers.retrier(cluster));
      // The refresh identity may not: `overlays/refresh-retry-pods` is not applied there.
      if (gap !== undefined)
        log.warn('stuck pods may not be retried', { cluster, namespace: secret.namespace, ...gap });
      metrics.count('PodsRetried', deleted);
      results.push({ ...secret, retriedPods: deleted });
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      log.warn('stuck pods were not retried', { cluster, namespace: secret.namespace, error });
      results.push(secret);
    }
  }
  return results;
}

async function retryFor(
  { namespace, name }: SecretResult,
  isRegistry: (host: string) => boolean,
  retrier: PodRetrier,
): Promise<{ readonly deleted: number; readonly gap?: Gap }> {
  const pods = await retrier.listPendingPods(namespace);
  if (!pods.ok) return { deleted: 0, gap: pods.gap };
  let deleted = 0;
  for (const pod of chooseStuckPods(pods.value, { secretNames: new Set([name]), isRegistry })) {
    const answer = await retrier.deletePod(pod);
    if (!answer.ok) return { deleted, gap: answer.gap };
    // Anything else: changed since it was read, it may be pulling already.
    if (answer.value.kind === 'written') deleted += 1;
  }
  return { deleted };
}

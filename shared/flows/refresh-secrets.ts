import pLimit from 'p-limit';
import type { RefreshRequest } from '../domain/refresh/request.ts';
import type { RefreshReport } from '../domain/refresh/result.ts';
import { refreshCluster } from './refreshing/refresh-cluster.ts';
import type { RefreshDependencies } from './refreshing/refresh-deps.ts';
import { shareTokens } from './refreshing/share-tokens.ts';

/** Clusters at a time: one that does not answer must not hold up the others. */
const CLUSTERS_AT_ONCE = 4;

/**
 * Keeps the pull secrets of the configured targets fresh: for the schedule, the alert, the button and the command line
 * alike. Each cluster, namespace and secret fails alone; the report leaves nothing out, and running it again completes
 * what is missing, because what was written is not due any more.
 */
export async function refreshSecrets(request: RefreshRequest, deps: RefreshDependencies): Promise<RefreshReport> {
  const startedAt = deps.clock.now();
  const tokens = shareTokens(deps.issuer);
  const clusters = deps.config.targets.length === 0 ? [] : clustersOf(request, deps);
  const limit = pLimit(CLUSTERS_AT_ONCE);
  const parts = await Promise.all(
    clusters.map((cluster) => limit(() => refreshCluster(cluster, request, tokens, deps))),
  );
  return {
    startedAt,
    finishedAt: deps.clock.now(),
    isDryRun: request.isDryRun,
    clusters: parts.map(({ result }) => result),
    secrets: parts.flatMap(({ secrets }) => secrets),
    findings: parts.flatMap(({ findings }) => findings),
    tokensIssued: tokens.issued(),
  };
}

function clustersOf({ clusters }: RefreshRequest, { config }: RefreshDependencies): readonly string[] {
  return config.clusters.map(({ name }) => name).filter((name) => clusters === undefined || clusters.includes(name));
}

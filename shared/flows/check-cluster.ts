import pLimit from 'p-limit';
import { PullmedicError } from '../domain/errors.ts';
import { findPullFailures } from '../domain/find-pull-failures.ts';
import { failingDigests } from '../domain/incident/failing-digests.ts';
import type { CheckJob } from '../domain/jobs.ts';
import type { Pod } from '../domain/kubernetes.ts';
import { podsOnly } from './gather.ts';
import { guardedLook } from './looking/guarded-look.ts';
import { lookAtNamespace } from './looking/look-at-namespace.ts';
import type { LookDeps } from './looking/look-deps.ts';
import { pokeDue } from './looking/poke-due.ts';

/** Namespaces that changed at once and are looked at side by side. */
const CONCURRENCY = 4;

/**
 * Every 10 s for every cluster with open incidents: one list of its pending pods, and a look at each watched namespace
 * where other pods fail than at the sweep. So a repaired pod turns its message green within 15 s, however old it is.
 *
 * Calls a minute to one API server, by open incidents that are quiet, each in a namespace of its own (a look at one kind
 * of workload on one node is about 7 calls):
 *
 *     incidents   checks   full looks, first hour / later   sum, first hour / later   looks every 10 s instead
 *             1        6                          7 / 1.4                  13 / 7.4                         42
 *            20        6                        140 / 28                  146 / 34                         840
 *           200        6                      1,400 / 280               1,406 / 286                      8,400
 *
 * @throws {PullmedicError} when a namespace that changed could not be looked at: the job must come again
 */
export async function checkCluster(
  { cluster, hintedAt, watched }: CheckJob,
  given: LookDeps,
  { holder }: { readonly holder: string },
): Promise<void> {
  const deps = guardedLook(given);
  const { clock, metrics } = deps;
  const pods = await readPending(cluster, deps);
  if (pods === undefined) return;

  const failing = failingDigests(findPullFailures(podsOnly(cluster, pods, clock.now())));
  const changed = Object.keys(watched).filter((namespace) => failing.get(namespace) !== watched[namespace]);
  if (changed.length > 0) metrics.count('NamespacesChanged', changed.length);
  const limit = pLimit(CONCURRENCY);
  const report = { from: 'sweep' as const, alerts: [], isClusterAssumed: false, notes: [] };
  const looks = await Promise.allSettled(
    changed.map((namespace) => limit(() => lookAtNamespace({ cluster, namespace, hintedAt, holder, report }, deps))),
  );
  // A grace that ends is told within 10 s too, without a look.
  await pokeDue('all', clock.now(), deps);
  const failed = looks.find((look) => look.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** `undefined` where it cannot be read: the next check is 10 s away, and the sweep tells a cluster that stays blind. */
async function readPending(cluster: string, { clusters, log, metrics }: LookDeps): Promise<readonly Pod[] | undefined> {
  try {
    const read = await (await clusters.reader(cluster)).listPods({ isPendingOnly: true });
    if (read.ok) return read.value;
    log.warn('pending pods could not be read', { cluster, reason: read.gap.why });
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('pending pods could not be read', { cluster, reason: error.message });
  }
  metrics.count('ChecksFailed', 1, { cluster });
  return undefined;
}

import type { RefreshTarget } from './target.ts';
import { wantSecrets } from './want-secrets.ts';

/**
 * Secrets of one job. Sixteen are worked on at a time; at 250 ms for each of a read and a write that is 500 / 16 × 0.5 s
 * = 16 s, the tokens of a throttled AWS take 20 s at most, opening a cluster that answers slowly 10 s: 46 s of the 50 s
 * that a job has (`run-refresh.ts`) and the 60 s that its function has.
 */
export const SECRETS_PER_JOB = 500;

/**
 * Namespaces of each job of a run over one cluster, in an order that does not change from run to run.
 * @param namespacesOf the namespaces of a target; `undefined` = not known, then one job finds out by itself
 * @returns `undefined` in place of a list = all
 */
export function splitRun(
  targets: readonly RefreshTarget[],
  namespacesOf: (target: RefreshTarget) => readonly string[] | undefined,
  secretsPerJob = SECRETS_PER_JOB,
): readonly (readonly string[] | undefined)[] {
  if (targets.some((target) => namespacesOf(target) === undefined)) return [undefined];
  const wanted = wantSecrets(targets, (target) => namespacesOf(target) ?? [], { isDryRun: false, isForced: false });
  if (wanted.size <= secretsPerJob) return [undefined];

  const sizes = Map.groupBy(wanted.values(), ({ namespace }) => namespace);
  const jobs: string[][] = [];
  let room = 0;
  for (const [namespace, secrets] of [...sizes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (jobs.length === 0 || secrets.length > room) {
      jobs.push([]);
      room = secretsPerJob;
    }
    jobs.at(-1)?.push(namespace);
    room -= secrets.length;
  }
  return jobs;
}

import type { Member } from '../incident.ts';
import { type Instant, latest } from '../instant.ts';
import type { RemedyRun } from '../remedy/run.ts';

/** Whom managedFields name after a change of pullmedic. */
export const OURSELVES = 'pullmedic';

/** A controller that undoes changes needs seconds for it: an image that stood this long stays. */
const STANDS_MS = 60_000;

/** The newest use of a remedy that set this member's image. */
export function imageRunOf(key: string, runs: readonly RemedyRun[]): RemedyRun | undefined {
  return runs.findLast(({ images }) => Object.hasOwn(images, key));
}

/**
 * Until when a member whose image a remedy set must be watched although it may run already: 60 s from that change, and
 * from whatever its workload's image was written by since. A controller that puts the image back again and again thus
 * never looks repaired, whatever moment a look hits.
 * @returns `undefined` where there is nothing to watch
 */
export function watchedUntil(
  { key, rollout }: Pick<Member, 'key' | 'rollout'>,
  runs: readonly RemedyRun[],
  timeScale: number,
): Instant | undefined {
  const run = imageRunOf(key, runs);
  if (run === undefined || run.state === 'verified') return undefined;
  const since = latest([
    run.appliedAt ?? run.startedAt,
    run.state === 'put-back' || run.state === 'stopped' ? run.endedAt : undefined,
    rollout?.imageSetAt,
  ]);
  return since === undefined ? undefined : since + STANDS_MS * timeScale;
}

/**
 * Members that run although no look that began after the minute has seen that what a remedy set still stands: their
 * incident is not over yet.
 */
export function watchedMembers(
  members: readonly Member[],
  runs: readonly RemedyRun[],
  timeScale: number,
): readonly Member[] {
  return members.filter((member) => {
    const until = member.state === 'running' ? watchedUntil(member, runs, timeScale) : undefined;
    return until !== undefined && member.observedAt < until;
  });
}

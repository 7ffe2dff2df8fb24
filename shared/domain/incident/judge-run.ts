import type { Member } from '../incident.ts';
import type { RemedyRun } from '../remedy/run.ts';
import { OURSELVES } from './watched-image.ts';

/** A pull that had begun before the change may fail this long after it. */
const LITTLE_MS = 15_000;
/** How far the cluster's clock may be behind ours, so that a time before the change still means after it. */
const SKEW_MS = 5_000;
const MAX_IMAGE = 300;

/**
 * Who set another image than the remedy did, in words.
 * @param own its members, seen after the change was made
 * @returns `undefined` where its images stand
 */
export function findPutBack(run: RemedyRun, own: readonly Member[], timeScale: number): string | undefined {
  const { appliedAt } = run;
  if (appliedAt === undefined) return undefined;
  for (const { key, rollout, observedAt } of own) {
    const image = run.images[key];
    const found = rollout?.templateImage;
    if (rollout === undefined || image === undefined || found === undefined || found === image) continue;
    // Another remedy, whose use is not written down yet.
    if (rollout.imageSetBy === OURSELVES) continue;
    // managedFields have whole seconds.
    const isLater = rollout.imageSetAt !== undefined && rollout.imageSetAt >= Math.floor(appliedAt / 1_000) * 1_000;
    if (!isLater && observedAt - appliedAt < SKEW_MS * timeScale) continue;
    return `${rollout.imageSetBy ?? 'somebody'} set ${found.slice(0, MAX_IMAGE)}`;
  }
  return undefined;
}

/** Whether a member fails in a way that the remedy would have prevented: a new pod, or a new pull. */
export function failsAnew(run: RemedyRun, member: Member, timeScale: number): boolean {
  const { appliedAt } = run;
  if (appliedAt === undefined || member.state !== 'failing') return false;
  const image = run.images[member.key];
  // Pods of the revision before it fail until the rollout has replaced them; its own have this image.
  if (image !== undefined) return member.image === image && member.pods.length > 0;
  // Events have whole seconds.
  const from = Math.ceil(appliedAt / 1_000) * 1_000;
  if (member.failingPods > 0 && member.pods.some(({ since }) => since !== undefined && since >= from)) return true;
  // Pods that are there keep the secrets that they were made with.
  if (run.remedyId === 'attach-pull-secret') return false;
  return member.lastFailedAt !== undefined && member.lastFailedAt > appliedAt + LITTLE_MS * timeScale;
}

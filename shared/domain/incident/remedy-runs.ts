import type { IncidentNote, Member } from '../incident.ts';
import { type Instant, latest } from '../instant.ts';
import type { RemedyRun, RunState } from '../remedy/run.ts';
import { failsAnew, findPutBack } from './judge-run.ts';
import { didNote, outcomeNote } from './run-notes.ts';
import { watchedMembers } from './watched-image.ts';

/** What nobody saw an effect of for so long did not help: six times the kubelet's longest back-off. */
const PATIENCE_MS = 30 * 60_000;
/** A remedy that seemed not to help, or to hold, is followed this long still. */
const AFTERMATH_MS = 60 * 60_000;
/** What set no image and did not help may help still until the kubelet's longest back-off is over: later it was not it. */
const LATE_HELP_MS = 6 * 60_000;

/** What was done longer ago is in the thread already. */
const NEWS_MS = 10 * 60_000;

/** How an incident's members stand after a look of one of its namespaces. */
export interface RunSight {
  readonly namespace: string;
  /** Of all namespaces. */
  readonly members: readonly Member[];
  /** Of the looked at namespace, before this look. */
  readonly before: readonly Member[];
  /** Start of the look. */
  readonly observedAt: Instant;
  readonly now: Instant;
  readonly timeScale: number;
}

/** What it does shows in pods: an undone change and a silence prove nothing there. */
export function isProvable({ remedyId, members }: RemedyRun): boolean {
  return remedyId !== 'undo' && remedyId !== 'silence-alert' && members.length > 0;
}

/** Keys of the members that it is to make run, and of those whose image it set. */
export function touchedBy({ members, images }: RemedyRun): readonly string[] {
  return [...members, ...Object.keys(images)];
}

/** Being applied, or applied and neither proven, without anything to prove it by, nor followed by another one. */
export function isUnderWay(run: RemedyRun, runs: readonly RemedyRun[]): boolean {
  if (run.state === 'applying') return true;
  return run.state === 'applied' && run.isMoot !== true && isProvable(run) && !isFollowed(run, runs);
}

/**
 * Follows every use of a remedy by what this look saw: proven, put back by somebody, or no help. Nothing is concluded
 * from a look that began before the change was made.
 */
export function followRuns(
  runs: readonly RemedyRun[],
  sight: RunSight,
): { readonly runs: readonly RemedyRun[]; readonly notes: readonly IncidentNote[] } {
  const notes: IncidentNote[] = [];
  const followed = runs.map((run) => {
    const { members, appliedAt = run.endedAt } = run;
    if (members.length > 0 && !members.some((key) => key.startsWith(`${sight.namespace}/`))) return run;
    if (appliedAt !== undefined && sight.now - appliedAt < NEWS_MS) notes.push(didNote(run));
    const after = follow(run, runs, sight);
    if (after.state !== run.state) notes.push(outcomeNote(after, run, sight.members));
    return after;
  });
  return { runs: followed.every((run, n) => run === runs[n]) ? runs : followed, notes };
}

function follow(run: RemedyRun, runs: readonly RemedyRun[], sight: RunSight): RemedyRun {
  const { observedAt, timeScale, now } = sight;
  const { appliedAt } = run;
  if (appliedAt === undefined || observedAt < appliedAt || !isProvable(run) || isFollowed(run, runs)) return run;
  const isRecent = now - (run.endedAt ?? appliedAt) < AFTERMATH_MS * timeScale;
  const known = sight.members.filter(({ key }) => run.members.includes(key));
  // A word from before the change says nothing of it.
  const own = known.filter((member) => member.observedAt >= appliedAt);
  const doAllRun = own.length === known.length && allRun(own);
  const timed = withRanAt(withMoot(run, known), doAllRun, now);
  switch (run.state) {
    case 'applied':
      return conclude(timed, { own, isProven: doAllRun && stands(run, own, timeScale) }, sight);
    case 'no-help':
      return isRecent && mayHelpStill(run, sight) && doAllRun && stands(run, own, timeScale)
        ? ended(timed, 'verified', undefined, now)
        : run;
    case 'verified':
      return isRecent ? putBackLater(run, own, sight) : run;
    default:
      return run;
  }
}

function conclude(
  run: RemedyRun,
  { own, isProven }: { readonly own: readonly Member[]; readonly isProven: boolean },
  { now, timeScale }: RunSight,
): RemedyRun {
  const putBack = findPutBack(run, own, timeScale);
  if (putBack !== undefined) return ended(run, 'put-back', putBack, now);
  const failing = own.find((member) => failsAnew(run, member, timeScale));
  if (failing !== undefined) return ended(run, 'no-help', failing.findings[0]?.phrase ?? 'it fails as before', now);
  if (isProven) return ended(run, 'verified', undefined, now);
  const isStale =
    now - (run.appliedAt ?? now) >= PATIENCE_MS * timeScale && own.some(({ state }) => state === 'failing');
  return isStale ? ended(run, 'no-help', 'nothing started and nothing failed anew for half an hour', now) : run;
}

/** Whether every image that it set was seen to stand by a look that began after the minute. */
function stands(run: RemedyRun, own: readonly Member[], timeScale: number): boolean {
  const isReplaced = own.some(({ key, rollout }) => {
    const image = run.images[key];
    const found = rollout?.templateImage;
    return image !== undefined && found !== undefined && found !== image;
  });
  return !isReplaced && watchedMembers(own, [run], timeScale).length === 0;
}

/** Every member that is still there runs. */
function allRun(own: readonly Member[]): boolean {
  return own.some(({ state }) => state === 'running') && own.every(({ state }) => state !== 'failing');
}

function mayHelpStill(run: RemedyRun, { now, timeScale }: RunSight): boolean {
  return Object.keys(run.images).length > 0 || now - (run.endedAt ?? now) < LATE_HELP_MS * timeScale;
}

/** A remedy whose workloads are gone must not keep others of the incident waiting for its proof. */
function withMoot(run: RemedyRun, known: readonly Member[]): RemedyRun {
  const isMoot = known.length > 0 && known.every(({ state }) => state === 'gone' || state === 'superseded');
  return isMoot === (run.isMoot === true) ? run : { ...run, isMoot: isMoot ? true : undefined };
}

/** Since when they run: what tells how long it took, without the minute in which they are watched. */
function withRanAt(run: RemedyRun, doAllRun: boolean, now: Instant): RemedyRun {
  if (!doAllRun) return run.ranAt === undefined ? run : { ...run, ranAt: undefined };
  return run.ranAt === undefined ? { ...run, ranAt: now } : run;
}

/** Some put back what they find at their next round, minutes later: the very image that failed, and it fails again. */
function putBackLater(run: RemedyRun, own: readonly Member[], { before, now, timeScale }: RunSight): RemedyRun {
  const again = own.filter(
    (member) =>
      member.state === 'failing' &&
      before.some(({ key, state, image }) => key === member.key && state !== 'failing' && image === member.image),
  );
  const putBack = findPutBack(run, again, timeScale);
  return putBack === undefined ? run : ended(run, 'put-back', putBack, now);
}

function ended(run: RemedyRun, state: RunState, why: string | undefined, now: Instant): RemedyRun {
  return { ...run, state, why, endedAt: latest([run.appliedAt, now]) };
}

/** Whether another remedy was used on the same members since: from then on it is that one that counts. */
function isFollowed(run: RemedyRun, runs: readonly RemedyRun[]): boolean {
  return runs
    .slice(runs.indexOf(run) + 1)
    .filter(({ appliedAt }) => appliedAt !== undefined)
    .some((later) => touchedBy(later).some((key) => run.members.includes(key)));
}

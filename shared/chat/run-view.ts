import { isUnderWay, touchedBy } from '../domain/incident/remedy-runs.ts';
import type { Member } from '../domain/incident.ts';
import type { RemedyRun, RunState } from '../domain/remedy/run.ts';
import { failingMembers } from './harm.ts';
import type { IncidentView } from './incident-view.ts';
import { clip, toPlain } from './plain-text.ts';

const NAME_MAX = 30;
const LABEL_MAX = 48;

/** Verbs on buttons ─▶ what was done. */
const PAST: readonly (readonly [RegExp, string])[] = [
  [/^roll back\b/i, 'rolled back'],
  [/^use\b/i, 'set to'],
  [/^correct\b/i, 'corrected'],
  [/^set\b/i, 'set'],
  [/^pin\b/i, 'pinned'],
  [/^attach\b/i, 'attached'],
  [/^create\b/i, 'created'],
  [/^refresh\b/i, 'refreshed'],
  [/^retry( now)?\b/i, 'retried'],
  [/^restart\b/i, 'restarted'],
  [/^delete\b/i, 'deleted'],
  [/^silence\b/i, 'silenced'],
  [/^undo\b/i, 'undid'],
];

const WHY_IN_PART: Partial<Readonly<Record<RunState, string>>> = {
  'no-help': 'some of what it was for still fails',
  'put-back': 'somebody set another image',
  stopped: 'not all of it was done',
};

/** Uses of remedies that this channel may hear of. What was done to others' workloads in the same use is not told. */
export function viewRuns(
  runs: readonly RemedyRun[],
  members: readonly Member[],
  isPartial: boolean,
): readonly RemedyRun[] {
  if (!isPartial) return runs;
  const own = new Set(members.map(({ key }) => key));
  return runs
    .filter((run) => touchedBy(run).some((key) => own.has(key)))
    .map((run) => (touchedBy(run).every((key) => own.has(key)) ? run : withoutOthers(run)));
}

/** Why it ended so may name others' workloads, images and writers. */
function withoutOthers(run: RemedyRun): RemedyRun {
  const why = run.why === undefined ? undefined : WHY_IN_PART[run.state];
  return { ...run, did: [], isUndoable: false, why };
}

/**
 * What a first line may speak of: uses for the failure that is told now. One for members that run meanwhile, or one that
 * ended before this failure began, says nothing of it.
 */
export function spokenRuns({
  runs,
  incident,
  failing,
}: Pick<IncidentView, 'runs' | 'incident' | 'failing'>): readonly RemedyRun[] {
  const keys = failingMembers(failing).map(({ key }) => key);
  return runs.filter((run) => {
    const at = run.endedAt ?? run.appliedAt ?? run.startedAt;
    if (at < incident.firstFailedAt && !isUnderWay(run, runs)) return false;
    return keys.length === 0 || keys.some((key) => touchedBy(run).includes(key));
  });
}

/** `rolled back to v1.2.2`. */
export function pastOf({ label }: Pick<RemedyRun, 'label'>): string {
  const plain = clip(toPlain(label), LABEL_MAX);
  const verb = PAST.find(([pattern]) => pattern.test(plain));
  return verb === undefined ? `used “${plain}”` : plain.replace(verb[0], verb[1]);
}

/** `alice`, or `pullmedic` where a rule of mode `auto` let it act by itself. */
export function actorOf({ by }: Pick<RemedyRun, 'by'>): string {
  return by === 'policy' ? 'pullmedic' : clip(toPlain(by.name), NAME_MAX) || 'somebody';
}

/** What the first line says instead of the cause, once a remedy was proven: `rolled back to v1.2.2 by alice`. */
export function fixedPhrase(runs: readonly RemedyRun[]): string | undefined {
  const run = runs.findLast(({ state }) => state === 'verified');
  return run === undefined || run !== newestTried(runs) ? undefined : `${pastOf(run)} by ${actorOf(run)}`;
}

/** What the first line puts before the cause while it fails; `undefined` where nothing was tried. */
export function triedPhrase(runs: readonly RemedyRun[]): string | undefined {
  const run = newestTried(runs);
  switch (run?.state) {
    case 'put-back':
      return `${putBackBy(run)} put the image back`;
    case 'no-help':
      return `${pastOf(run)}, did not help`;
    case 'applying':
      return underWay(run);
    case 'applied':
      return `${pastOf(run)} by ${actorOf(run)}, not proven yet`;
    default:
      return undefined;
  }
}

/** What the first line says while all run, and what was set has not stood for long enough. */
export function watchedPhrase(runs: readonly RemedyRun[]): string | undefined {
  const run = newest(runs);
  if (run === undefined) return undefined;
  switch (run.state) {
    case 'put-back':
    case 'no-help':
      return triedPhrase(runs);
    case 'applying':
      return underWay(run);
    default:
      return `${pastOf(run)} by ${actorOf(run)}`;
  }
}

function underWay(run: RemedyRun): string {
  return `“${clip(toPlain(run.label), LABEL_MAX)}” by ${actorOf(run)} is under way`;
}

/** The field manager that undid it: the first word of `why`. */
function putBackBy({ why }: RemedyRun): string {
  return clip(toPlain(why?.split(' ')[0] ?? ''), NAME_MAX) || 'somebody';
}

/** The newest that was to make pods run; none once it was taken back. */
function newestTried(runs: readonly RemedyRun[]): RemedyRun | undefined {
  const run = newest(runs);
  return run?.remedyId === 'undo' ? undefined : run;
}

/** The newest that says something of pods: to make them run, or to set an image back. */
function newest(runs: readonly RemedyRun[]): RemedyRun | undefined {
  return runs.findLast(
    (run) =>
      run.remedyId !== 'silence-alert' && run.state !== 'stopped' && (run.remedyId !== 'undo' || isImageUndo(run)),
  );
}

/** A repair was taken back: what it had mended may fail again. */
export function isImageUndo({ remedyId, images }: Pick<RemedyRun, 'remedyId' | 'images'>): boolean {
  return remedyId === 'undo' && Object.keys(images).length > 0;
}

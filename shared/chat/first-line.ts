import type { Dot } from '../domain/incident.ts';
import type { WorkloadHarm } from './harm.ts';
import type { IncidentView } from './incident-view.ts';
import { clip, clipMiddle, toPlain, toPlainName } from './plain-text.ts';
import { openPhrase, provenPhrase } from './repair-view.ts';
import { fixedPhrase, spokenRuns, triedPhrase, watchedPhrase } from './run-view.ts';
import { formatDuration, formatEnd } from './times.ts';

/** What a phone's notification shows of a message (messages.md). */
export const FIRST_LINE_MAX = 120;
/** Leaves room for the dot: the subject must begin within 48 characters. */
const CLUSTER_MAX = 40;
const SUBJECT_MAX = 62;
const SUBJECT_SHORT = 44;
/** Of a tag or digest that a build may still push. */
const NOT_YET = ' (not there yet?)';
/** A cause clipped below this says nothing any more. */
const CAUSE_MIN = 24;

/** What is told after the harm, and what of it is said where both do not fit: the harm is worth more. */
interface Phrase {
  readonly text: string;
  readonly least: string;
}

const EMOJI: Readonly<Record<Dot, string>> = { red: '🔴', orange: '🟠', yellow: '🟡', green: '🟢' };

/** The sentence that opens a message. `head` is bold on the desktop; `text` is the same sentence as a phone shows it. */
export interface FirstLine {
  readonly text: string;
  readonly emoji: string;
  /** Cluster, subject and harm. */
  readonly head: string;
  /** The cause, with what joins it to the head. */
  readonly tail: string;
}

/** Dot, cluster, namespace/workload, harm, cause: of the incident as it stands. */
export function firstLine(view: IncidentView): FirstLine {
  const phrase = phraseOf(view);
  if (view.undoneUntil !== undefined) return stillLine(view, phrase);
  if (view.ending !== undefined) return endingLine(view, phrase);
  const lead = view.failing[0];
  if (lead === undefined) {
    return stillLine(view, phrase);
  }
  if (view.node !== undefined) return nodeLine(view, view.node, phrase);
  if (view.failing.length === 1) return compose(view, subjectOf(view), harmsOf(lead), phrase);
  const count = `, ${countOf(view.failingPods, 'pod')} cannot start`;
  const verb = lead.harm === 'down' ? ' are DOWN or degraded' : '';
  const allDown = view.failing.every(({ harm }) => harm === 'down') ? ' are DOWN' : verb;
  return compose(
    view,
    subjectOf(view),
    [
      [allDown, count],
      [allDown, ''],
      ['', ''],
    ],
    phrase,
  );
}

/** Nothing fails, and it is not over. */
function stillLine(view: IncidentView, phrase: Phrase): FirstLine {
  const watchedUntil = view.watchedUntil ?? view.undoneUntil;
  if (watchedUntil === undefined) {
    return compose(view, subjectOf(view), [[': no pod fails now, still watching', '']], phrase, ', was: ');
  }
  const until = formatEnd(watchedUntil, watchedUntil);
  const head = ` runs, being watched until ${until}`;
  const done = watchedPhrase(spokenRuns(view));
  return done === undefined
    ? compose(view, subjectOf(view), [[head, '']], phrase, ', was: ')
    : compose(view, subjectOf(view), [[head, '']], told(done));
}

/** The reply that buzzes once more: what became worse, or that it fails again. */
export function buzzLine(view: IncidentView, why: 'worse' | 'reopened'): FirstLine {
  const phrase = phraseOf(view);
  const lead = view.failing[0];
  const what =
    why === 'reopened'
      ? ' fails again'
      : lead?.harm === 'down'
        ? ` is DOWN now${servesText(lead)}`
        : lead?.harm === 'never-served'
          ? ` serves nobody${servesText(lead)}`
          : ' is worse now';
  return compose(view, subjectOf(view), [[what, '']], phrase);
}

/** A line of the same form with words of its own: of a reply in the thread. */
export function wordedLine(view: IncidentView, words: string): FirstLine {
  return compose(view, subjectOf(view), [['', '']], told(toPlain(words)), ' ');
}

/** `shop/checkout`, `shop/checkout +3 more` or `node ip-10-0-3-7`. */
export function subjectOf(view: IncidentView): string {
  if (view.node !== undefined) return `node ${nodeName(view.node)}`;
  const shown = view.failing.length > 0 ? view.failing : view.workloads;
  const [lead] = shown;
  if (lead === undefined) return 'this channel’s namespaces';
  const name = `${lead.namespace}/${lead.name}`;
  return shown.length === 1 ? name : `${name} +${shown.length - 1} more`;
}

/** Puts the pieces of any first line together, the longest variant that fits. */
export function composeLine(parts: {
  readonly dot: Dot;
  readonly cluster: string | undefined;
  readonly subject: string;
  /** [what follows the subject, what follows the cause], longest first. */
  readonly variants: readonly (readonly [string, string])[];
  readonly cause: string;
  readonly joint?: string;
}): FirstLine {
  const { dot, variants, cause, joint = ': ' } = parts;
  const emoji = EMOJI[dot];
  const cluster =
    parts.cluster === undefined ? '' : `${clipMiddle(toPlainName(parts.cluster) || 'unnamed', CLUSTER_MAX)} `;
  const subject = toPlainName(parts.subject) || 'unnamed';
  const make = (name: string, before: string, after: string, told: string): FirstLine => {
    const head = `${cluster}${name}${before}`;
    const tail = told === '' ? after : `${joint}${told}${after}`;
    return { text: `${emoji} ${head}${tail}`, emoji, head, tail };
  };
  for (const name of [clipMiddle(subject, SUBJECT_MAX), clipMiddle(subject, SUBJECT_SHORT)]) {
    for (const [before, after] of variants) {
      const line = make(name, before, after, cause);
      if (line.text.length <= FIRST_LINE_MAX) return line;
    }
    const [before] = variants.at(-1) ?? ['', ''];
    const room = FIRST_LINE_MAX - make(name, before, '', '').text.length - joint.length;
    if (room >= CAUSE_MIN) return make(name, before, '', clip(cause, room));
  }
  const name = clipMiddle(subject, SUBJECT_SHORT - CAUSE_MIN);
  const room = FIRST_LINE_MAX - make(name, '', '', '').text.length - joint.length;
  return make(name, '', '', clip(cause, room));
}

/** `1 pod`, `17 pods`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function compose(
  view: IncidentView,
  subject: string,
  variants: readonly (readonly [string, string])[],
  { text, least }: Phrase,
  joint = ': ',
): FirstLine {
  const make = (cause: string) =>
    composeLine({ dot: view.dot, cluster: view.incident.cluster, subject, variants, cause, joint });
  const [before, after] = variants[0] ?? ['', ''];
  const hasHarm = ({ head, tail }: FirstLine) => head.endsWith(before) && (before !== '' || tail.endsWith(after));
  const full = make(text);
  if (hasHarm(full) || text === least) return full;
  const short = make(least);
  return hasHarm(short) ? short : full;
}

function told(text: string, least = text): Phrase {
  return { text, least };
}

function endingLine(view: IncidentView, phrase: Phrase): FirstLine {
  const { incident } = view;
  const lasted = formatDuration((incident.endedAt ?? incident.changedAt) - incident.firstFailedAt);
  const running = runningText(view);
  switch (view.ending) {
    case 'recovered': {
      const { repair } = view;
      const fixed = fixedPhrase(spokenRuns(view));
      const how = fixed ?? (repair === undefined ? undefined : provenPhrase(repair));
      return compose(
        view,
        subjectOf(view),
        [
          [` pulls again after ${lasted}`, running],
          [` pulls again after ${lasted}`, ''],
          [' pulls again', ''],
        ],
        how === undefined ? phrase : told(how),
        how === undefined ? ', was: ' : ': ',
      );
    }
    case 'superseded':
      // Another message, another revision or a failed run: what it is now is not known here, so nothing more is claimed.
      return compose(view, subjectOf(view), [[' no longer waits for this image', '']], phrase, ', was: ');
    default:
      return compose(
        view,
        subjectOf(view),
        [
          [` is gone after ${lasted} (deleted or scaled to 0)`, ''],
          [' is gone', ''],
        ],
        phrase,
        ', was: ',
      );
  }
}

function nodeLine(view: IncidentView, node: string, phrase: Phrase): FirstLine {
  const pods = `, ${countOf(view.failingPods, 'pod')} cannot start there`;
  const serving = view.failing.filter(({ available, oldAvailable }) => (available ?? 0) + (oldAvailable ?? 0) > 0);
  const down = view.failing.filter(({ harm }) => harm === 'down' || harm === 'never-served');
  const rest =
    down.length > 0
      ? `; ${countOf(down.length, 'workload')} DOWN`
      : serving.length === view.failing.length
        ? `; all ${countOf(serving.length, 'workload')} still serve elsewhere`
        : '';
  return compose(
    view,
    `node ${nodeName(node)}`,
    [
      ['', `${pods}${rest}`],
      ['', pods],
      ['', ''],
    ],
    phrase,
  );
}

function harmsOf(workload: WorkloadHarm): readonly (readonly [string, string])[] {
  const { harm, kind, desired, oldAvailable } = workload;
  switch (harm) {
    case 'down':
      return [
        [` is DOWN${servesText(workload)}`, ''],
        [' is DOWN', ''],
      ];
    case 'never-served':
      return [
        [` never started${servesText(workload)}`, ''],
        [' never started', ''],
      ];
    case 'stuck':
      return [
        [` rollout stuck, ${oldAvailable ?? 0}/${desired ?? 0} old pods still serve`, ''],
        [' rollout stuck', ''],
      ];
    case 'degraded':
      return [
        [` degraded${servesText(workload)}`, ''],
        [' degraded', ''],
      ];
    case 'did-not-start':
      return kind === 'Pod'
        ? [[' did not start', '']]
        : [
            [` did not start (${kind})`, ''],
            [' did not start', ''],
          ];
    default:
      return [
        [' cannot start', workload.failingPods > 1 ? `, ${countOf(workload.failingPods, 'pod')}` : ''],
        [' cannot start', ''],
      ];
  }
}

function servesText({ available, desired }: WorkloadHarm): string {
  if (available === undefined || desired === undefined) return '';
  return `, ${available}/${desired} serve`;
}

function runningText(view: IncidentView): string {
  const running = view.workloads.filter(({ state }) => state === 'running');
  const run = running.reduce((sum, { available, runningPods }) => sum + (available ?? runningPods), 0);
  const wanted = running.reduce(
    (sum, { desired, available, runningPods }) => sum + (desired ?? available ?? runningPods),
    0,
  );
  return run === 0 ? '' : `. ${run} of ${countOf(wanted, 'pod')} ${run === 1 ? 'runs' : 'run'}`;
}

function phraseOf(view: IncidentView): Phrase {
  const tried = view.ending === undefined ? triedPhrase(spokenRuns(view)) : undefined;
  const cause = causeOf(view);
  // Whatever does not fit is cut from the end: what was tried is said first.
  if (tried !== undefined) return told(`${tried}; ${cause}`, tried);
  const did = view.repair === undefined || view.ending !== undefined ? '' : toPlain(openPhrase(view.repair));
  const phrase = did === '' ? cause : `${cause}; ${did}`;
  const isOpen = view.ending === undefined && view.maybeYetUntil !== undefined;
  return told(isOpen ? `${phrase}${NOT_YET}` : phrase, phrase);
}

function causeOf(view: IncidentView): string {
  return toPlain(view.best.phrase) || toPlain(view.best.title);
}

/** `ip-10-0-3-7.eu-west-1.compute.internal` ─▶ `ip-10-0-3-7`. */
function nodeName(node: string): string {
  return node.split('.')[0] ?? node;
}

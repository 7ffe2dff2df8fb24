import { isProvable, isUnderWay } from '../../domain/incident/remedy-runs.ts';
import { countPods, describeFix } from '../../domain/incident/run-notes.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RemedyRun } from '../../domain/remedy/run.ts';
import type { SlackBlock } from '../../ports/chat.ts';
import { countOf } from '../first-line.ts';
import type { IncidentView } from '../incident-view.ts';
import { actorOf, pastOf } from '../run-view.ts';
import { formatEnd, formatTime } from '../times.ts';
import { section } from './blocks.ts';
import { escapeText, inlineCode } from './escape.ts';

const RUNS_SHOWN = 3;
const DID_SHOWN = 3;
const SENTENCE_MAX = 300;

/** Uses of remedies, the newest first: who did what when, allowed by which rule, and what came of it. */
export function runsBlock(view: IncidentView, now: Instant): SlackBlock | undefined {
  const { runs } = view;
  const shown = runs.slice(-RUNS_SHOWN).reverse();
  if (shown.length === 0) return undefined;
  const more = runs.length > shown.length ? [`and ${runs.length - shown.length} earlier, in the thread`] : [];
  return section(`*Did* ${[...shown.map((run) => describe(run, view, now)), ...more].join('\n')}`);
}

/** What a remedy leaves behind: what deploys the workload still names the image that failed. */
export function leftByRuns({ runs, ending }: IncidentView): SlackBlock | undefined {
  const run = runs.findLast(({ state }) => state === 'verified');
  if (ending !== 'recovered' || run === undefined || Object.keys(run.images).length === 0) return undefined;
  return section(
    '*Left to do* Whatever deploys it still names the image that failed: change it there too, or the next deployment brings it back.',
  );
}

function describe(run: RemedyRun, view: IncidentView, now: Instant): string {
  const at = formatTime(run.appliedAt ?? run.startedAt, now);
  const who = escapeText(actorOf(run));
  const by = run.by === 'policy' ? `${who} by itself` : who;
  const allowed = `Allowed by rule ${inlineCode(run.rule, 80)}${identityOf(run)}.`;
  if (run.state === 'applying') return `${at} ${by} is doing it: ${escapeText(run.label, 80)}. ${allowed}`;
  if (run.state === 'stopped') {
    const why = escapeText(run.why ?? 'not done', SENTENCE_MAX);
    return `${at} ${by} wanted: ${escapeText(run.label, 80)}. It stopped: ${why}.${done(run, ' Done before that')}${run.did.length === 0 ? '' : ` ${allowed}`}`;
  }
  const did = done(run, '');
  return `${at} ${by} ${escapeText(pastOf(run))}${did === '' ? '.' : `:${did}`} ${outcome(run, view, now)} ${allowed}`;
}

/** Tokens are written by the refresh; a silence is no change in the cluster. */
function identityOf({ remedyId }: RemedyRun): string {
  if (remedyId === 'silence-alert') return '';
  return `, done as pullmedic’s ${remedyId === 'refresh-pull-secret' ? 'refresh' : 'remedy'} identity`;
}

function done({ did }: RemedyRun, label: string): string {
  if (did.length === 0) return '';
  const shown = did.slice(0, DID_SHOWN).map((one) => escapeText(one, SENTENCE_MAX));
  const more = did.length > shown.length ? `; and ${did.length - shown.length} more` : '';
  return `${label === '' ? '' : `${label}:`} ${shown.join('; ')}${more}.`;
}

function outcome(run: RemedyRun, view: IncidentView, now: Instant): string {
  const why = escapeText(run.why ?? '', SENTENCE_MAX);
  switch (run.state) {
    case 'verified': {
      const { took, pods } = describeFix(run, view.members);
      // Its pods of now say nothing of then.
      return isFailingAgain(run, view) ? `*Fixed in ${took}*; it fails again since.` : `*Fixed in ${took}: ${pods}.*`;
    }
    case 'no-help':
      return `*Did not help*: now ${why}.`;
    case 'put-back':
      return `*Put back*: ${why} _(managedFields)_. Change it in Git, or where that writer takes it from: in the cluster it is undone.`;
    default:
      return progress(run, view, now);
  }
}

function isFailingAgain(run: RemedyRun, { members }: IncidentView): boolean {
  return members.some(({ key, state }) => state === 'failing' && run.members.includes(key));
}

function progress(run: RemedyRun, view: IncidentView, now: Instant): string {
  if (!isProvable(run)) return '';
  if (run.isMoot === true) return 'Nothing of it is left to prove it by.';
  if (!isUnderWay(run, view.runs)) return 'Another remedy followed before it was proven.';
  if (view.ending !== undefined && view.ending !== 'recovered') return 'Nothing of it is left to prove it by.';
  const { running, wanted } = countPods(run, view.members);
  if (running < wanted || view.watchedUntil === undefined)
    return `Being proven: ${running} of ${countOf(wanted, 'pod')} run.`;
  const until = formatEnd(view.watchedUntil, now);
  return `${running === 1 ? 'Its pod runs' : `All ${running} pods run`}, and ${running === 1 ? 'is' : 'are'} watched until ${until}: something may put the image back.`;
}

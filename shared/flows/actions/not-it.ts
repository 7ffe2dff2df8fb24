import { renderTold } from '../../chat/slack/render-dialog.ts';
import { renderNotIt, WORDS_MAX } from '../../chat/slack/render-dialog-not-it.ts';
import { PullmedicError } from '../../domain/errors.ts';
import { addNotes } from '../../domain/incident/notes.ts';
import type { Incident, LoadedIncident } from '../../domain/incident.ts';
import { redact } from '../../domain/redact.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import type { Feedback } from '../../domain/remedy/audit.ts';
import { changeIncident } from '../remedies/change-incident.ts';
import type { ActionAnswer, ActionDeps } from './deps.ts';
import { identify } from './identify.ts';
import { openDialog } from './open-dialog.ts';
import type { Press } from './parse-action.ts';
import { NOT_KNOWN } from './tell.ts';

const RECORDED =
  'Recorded, thank you: `pullmedic feedback` lists it. The diagnosis stays as it is until a look finds another.';

/** Asks what was wrong; nothing is recorded before it is submitted. */
export async function askWhatElse(press: Press, incidentId: string, deps: ActionDeps): Promise<void> {
  await openDialog(
    press,
    async () => {
      const loaded = await deps.store.load(incidentId);
      if (loaded === undefined) return renderTold(NOT_KNOWN);
      return renderNotIt({ incidentId, channelId: press.channelId, about: shownOf(loaded) });
    },
    deps,
  );
}

/** Records that a diagnosis was wrong. Submitted twice it is one record and one note: both go by person and incident. */
export async function recordNotIt(
  press: Press,
  incidentId: string,
  given: string | undefined,
  deps: ActionDeps,
): Promise<ActionAnswer> {
  // People paste what the runtime said.
  const words = given === undefined ? undefined : redact(given).slice(0, WORDS_MAX);
  const show = (text: string, title?: string): ActionAnswer => ({ kind: 'show', view: renderTold(text, title) });
  try {
    const [identity, loaded] = await Promise.all([identify(press, deps), deps.store.load(incidentId)]);
    if (identity.kind === 'refused') return show(identity.why, 'Not allowed');
    if (loaded === undefined) return show(NOT_KNOWN);
    const at = deps.clock.now();
    await deps.remedies.writeFeedback(feedbackOf(loaded.incident, identity.actor, words, at));
    deps.metrics.count('DiagnosesDoubted', 1, { cause: loaded.incident.best.causeId });
    await changeIncident(incidentId, (incident) => withNote(incident, identity.actor, words, at), deps);
    return show(RECORDED, 'Recorded');
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    deps.log.error('feedback was not recorded', { incidentId, error });
    return show('pullmedic could not write its records just now: submit it again.', 'Not recorded');
  }
}

function feedbackOf(incident: Incident, by: Actor, words: string | undefined, at: number): Feedback {
  const { best } = incident;
  return {
    incidentId: incident.id,
    cluster: incident.cluster,
    at,
    by,
    causeId: best.causeId,
    detail: best.detail,
    confidence: best.confidence,
    about: aboutOf(incident),
    words,
  };
}

function withNote(incident: Incident, by: Actor, words: string | undefined, at: number): Incident | undefined {
  const said = words === undefined ? '' : `: ${words.slice(0, 300)}`;
  const text = `${by.name} says that this is not it${said}`;
  // Said again with other words it is told again; delivered again it is not.
  const key = `not-it/${by.userId}/${words ?? ''}`.slice(0, 160);
  const notes = addNotes(incident.notes, [{ key, at, kind: 'info', text }]);
  return notes === incident.notes ? undefined : { ...incident, notes };
}

/** Over several namespaces the phrase may name what another team's channel must not see; a title names nothing. */
function shownOf({ incident, slices }: LoadedIncident): string {
  return slices.length < 2 ? aboutOf(incident) : `${incident.cluster}: ${incident.best.title}`.slice(0, 200);
}

function aboutOf({ cluster, best }: Incident): string {
  return `${cluster}: ${best.phrase}`.slice(0, 200);
}

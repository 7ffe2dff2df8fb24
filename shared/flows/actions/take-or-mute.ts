import { PullmedicError } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/incident/life.ts';
import { muteInForce } from '../../domain/incident/mute-in-force.ts';
import { addNotes } from '../../domain/incident/notes.ts';
import type { Incident, IncidentNote } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import { changeIncident } from '../remedies/change-incident.ts';
import type { ActionDeps } from './deps.ts';
import { identify } from './identify.ts';
import type { Press } from './parse-action.ts';
import { NOT_KNOWN, tellQuietly } from './tell.ts';

const MUTE_MS = 24 * 3_600_000;

/** What a press changes of the incident itself; `undefined` = nothing. Pure: it may be asked again after a conflict. */
type Change = (incident: Incident, by: { readonly actor: Actor; readonly at: Instant }) => Incident | undefined;

/** `I'm on it`: whoever presses has it, a sleepy second tap included. It takes no rights. */
export function takeIncident(press: Press, incidentId: string, deps: ActionDeps): Promise<void> {
  return changeOnce(press, incidentId, { mayGuest: true, change: take }, deps);
}

/** Whoever has it gives it back; anybody may say so for one who has gone home, and the thread tells who did. */
export function giveBackIncident(press: Press, incidentId: string, deps: ActionDeps): Promise<void> {
  return changeOnce(press, incidentId, { mayGuest: true, change: giveBack }, deps);
}

/** Mutes an incident for a day, or ends that. A guest may not: it makes others hear less. */
export function muteIncident(press: Press, incidentId: string, deps: ActionDeps): Promise<void> {
  return changeOnce(press, incidentId, { mayGuest: false, change: toggleMuted }, deps);
}

const take: Change = (incident, { actor, at }) => {
  const { taken, ...rest } = incident;
  if (taken?.by.userId === actor.userId) return undefined;
  const now = { ...rest, taken: { by: actor, at } };
  if (taken === undefined) return now;
  return noted(now, 'taken-over', `${actor.name} took it over from ${taken.by.name}`, at);
};

const giveBack: Change = (incident, { actor, at }) => {
  const { taken, ...rest } = incident;
  if (taken === undefined) return undefined;
  if (taken.by.userId === actor.userId) return rest;
  return noted(rest, 'given-back', `${actor.name} gave it back for ${taken.by.name}`, at);
};

const toggleMuted: Change = (incident, { actor, at }) => {
  const { muted, ...rest } = incident;
  if (muteInForce({ muted }, at) !== undefined) return noted(rest, 'unmuted', `${actor.name} ended the mute`, at);
  const text = `${actor.name} muted this for a day: the message is edited, nobody is called`;
  return noted({ ...rest, muted: { by: actor, at, until: at + MUTE_MS } }, 'muted', text, at);
};

function noted(incident: Incident, what: string, text: string, at: Instant): Incident {
  const note: IncidentNote = { key: `${what}/${at}`, at, kind: 'info', text };
  return { ...incident, notes: addNotes(incident.notes, [note]) };
}

/** A toggle must not flip back when its click is delivered again: each click has one id, and does one thing. */
async function changeOnce(
  press: Press,
  incidentId: string,
  { mayGuest, change }: { readonly mayGuest: boolean; readonly change: Change },
  deps: ActionDeps,
): Promise<void> {
  const { store, clock, log } = deps;
  try {
    const identity = await identify(press, deps);
    if (identity.kind === 'refused') return await tellQuietly(press, identity.why, deps);
    if (identity.isGuest && !mayGuest) {
      return await tellQuietly(press, 'Guests of the workspace may not do this. Nothing was changed.', deps);
    }
    const at = clock.now();
    if (!(await store.claimOnce(`action/${press.id}`, at))) return;
    const { actor } = identity;
    const changed = await changeIncident(
      incidentId,
      (incident) => (hasEnded(incident) ? undefined : change(incident, { actor, at })),
      deps,
    );
    if (changed === undefined) {
      await tellQuietly(press, `${NOT_KNOWN} Nothing was done.`, deps);
    } else if (hasEnded(changed)) await tellQuietly(press, 'This is over already. Nothing was changed.', deps);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.error('an incident could not be changed', { incidentId, error });
    await tellQuietly(press, 'pullmedic could not write its records just now. Nothing was changed: press again.', deps);
  }
}

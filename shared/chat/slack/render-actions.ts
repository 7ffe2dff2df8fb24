import type { SlackBlock } from '../../ports/chat.ts';
import type { IncidentView } from '../incident-view.ts';
import type { OfferButton, OfferButtons } from '../offer-buttons.ts';
import { clip, toPlain } from '../plain-text.ts';
import { ACTIONS, MORE } from './action-ids.ts';
import { plainText } from './blocks.ts';
import { SLACK_LIMITS } from './limits.ts';

/** Beside `I'm on it`: four buttons wrap on a phone. */
const ACTING_SHOWN = 2;

interface Option {
  readonly text: string;
  readonly value: string;
}

/**
 * The buttons of a message. What a sleepy person may press without harm comes first; each but `I'm on it` opens a dialog
 * before anything happens. At most three, and a menu with the rest.
 */
export function actionsBlock(view: IncidentView, buttons: OfferButtons, isMuted: boolean): SlackBlock {
  if (view.ending !== undefined) return endedBlock(view, buttons);
  const { id, taken } = view.incident;
  const { acting, hasGitFix } = buttons;
  const shown = acting.slice(0, hasGitFix ? ACTING_SHOWN - 1 : ACTING_SHOWN);
  const isHarmless = ({ danger }: OfferButton) => danger !== 'dangerous';
  const render = (one: OfferButton) => offerButton(one, acting.indexOf(one));
  const elements = [
    ...(hasGitFix ? [button('Show Git fix', ACTIONS.gitFix, id)] : []),
    ...shown.filter(isHarmless).map(render),
    button(taken === undefined ? 'I’m on it' : 'Take over', ACTIONS.take, id),
    ...shown.filter((one) => !isHarmless(one)).map(render),
    overflow(menu(view, buttons, acting.slice(shown.length), isMuted)),
  ];
  return { type: 'actions', elements };
}

/** What may still be said or taken back. A menu has two options at least. */
function endedBlock({ incident }: IncidentView, { undo }: OfferButtons): SlackBlock {
  const notIt = notItOption(incident.id);
  const element =
    undo === undefined ? button(notIt.text, ACTIONS.more, notIt.value) : overflow([offerOption(undo), notIt]);
  return { type: 'actions', elements: [element] };
}

/** First what repairs, last what is about the message. */
function menu(
  { incident }: IncidentView,
  { silence, undo }: OfferButtons,
  further: readonly OfferButton[],
  isMuted: boolean,
): readonly Option[] {
  const always: Option[] = [
    ...[silence, undo].filter((one) => one !== undefined).map(offerOption),
    ...(incident.taken === undefined ? [] : [{ text: 'Give back', value: `${MORE.giveBack}${incident.id}` }]),
    { text: isMuted ? 'End mute' : 'Mute 24 h', value: `${MORE.mute}${incident.id}` },
    notItOption(incident.id),
  ];
  const room = SLACK_LIMITS.overflowOptions.max - always.length;
  return [...further.slice(0, room).map(offerOption), ...always];
}

function notItOption(incidentId: string): Option {
  return { text: 'Not it', value: `${MORE.notIt}${incidentId}` };
}

function offerOption({ offerId, label }: OfferButton): Option {
  return { text: withDots(label, SLACK_LIMITS.optionText), value: `${MORE.offer}${offerId}` };
}

function offerButton({ offerId, label, danger }: OfferButton, place: number) {
  const style = danger === 'dangerous' ? 'danger' : place === 0 ? 'primary' : undefined;
  return button(withDots(label, SLACK_LIMITS.buttonText), `${ACTIONS.offerPrefix}${place + 1}`, offerId, style);
}

function button(text: string, actionId: string, value: string, style?: 'primary' | 'danger') {
  return { type: 'button', text: plainText(text), action_id: actionId, value, ...(style && { style }) };
}

function overflow(choices: readonly Option[]) {
  return {
    type: 'overflow',
    action_id: ACTIONS.more,
    options: choices.map(({ text, value }) => ({ text: plainText(text), value })),
  };
}

/** `…`: a dialog with the exact change comes before anything happens. */
function withDots(label: string, max: number): string {
  return `${clip(toPlain(label), max - 2)
    .replace(/…$/, '')
    .trimEnd()} …`;
}

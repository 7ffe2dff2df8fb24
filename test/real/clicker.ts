import { elementsOf, type Json } from '../../infra/local/slack/elements.ts';
import { createInteractions, type Outcome } from '../../infra/local/slack/interactions.ts';
import { createSender } from '../../infra/local/slack/send-signed.ts';
import type { LocalSlack } from '../../infra/local/slack/server.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { buttonsIn } from '../support/slack-buttons.ts';
import { until } from './processes.ts';
import { textsIn } from './texts-in.ts';

export const ALICE = 'U0ALICE00';
export const BOB = 'U0BOB0000';

/** A confirmed use of a button. */
export interface Confirmed {
  /** When it was pressed and when its dialog was confirmed (ms since the epoch). */
  readonly pressedAt: number;
  readonly confirmedAt: number;
  /** All that the dialog said. */
  readonly dialog: string;
}

export interface Confirmation {
  readonly channel: string;
  /** Of the button, or of an option of the menu. */
  readonly label: RegExp;
  readonly choice?: RegExp;
  /** Typed where a dialog asks for a name. */
  readonly typedName: string;
}

/** Presses buttons as a person does in Slack: signed requests to the product's own address. */
export interface Clicker {
  /**
   * Presses, waits for the exact plan, chooses, types the name where it is asked for, confirms.
   * @throws {Error} where there is no such button, or the dialog has nothing to confirm: with what it says
   */
  confirm(how: Confirmation): Promise<Confirmed>;
  /** Presses and waits until the dialog says something final. @returns what it says */
  ask(how: { readonly channel: string; readonly label: RegExp; readonly user: string }): Promise<string>;
  /** Waits until a message of that channel has such a button. */
  untilOffered(channel: string, label: RegExp, withinSeconds?: number): Promise<void>;
}

const BUTTON_WITHIN_SECONDS = 60;
const PLAN_WITHIN_SECONDS = 20;

/** @param actionsUrl of the product */
export function createClicker(slack: LocalSlack, actionsUrl: string, secret: string): Clicker {
  const { workspace } = slack;
  const interactions = createInteractions({
    workspace,
    send: createSender({ url: actionsUrl, secret, clock: createSystemClock() }),
    responseUrl: (channel, ts, user) => slack.responseUrl(channel, ts, user),
  });
  // A person has one dialog open at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  function findButton(channel: string, label: RegExp) {
    const id = workspace.findChannel(channel)?.id ?? '';
    for (const message of workspace.messages(id)) {
      const found = buttonsIn(message.blocks).find(({ text }) => label.test(text));
      if (found === undefined) continue;
      const { actionId, value } = found;
      return { channel: id, ts: message.ts, actionId, value };
    }
    return undefined;
  }

  const untilOffered = async (channel: string, label: RegExp, withinSeconds = BUTTON_WITHIN_SECONDS) => {
    await until(`a button ${label} in ${channel}`, withinSeconds, () => findButton(channel, label));
  };

  async function open(channel: string, label: RegExp, user: string) {
    const button = findButton(channel, label);
    if (button === undefined) throw new Error(`the button ${label} in ${channel} is gone`);
    const known = new Set(workspace.views().map(({ id }) => id));
    const pressedAt = Date.now();
    expectDone(await interactions.press({ user, ...button }), `the click on ${label}`);
    const viewId = await until('a dialog', PLAN_WITHIN_SECONDS, () => {
      const view = workspace.views().find((one) => one.user === user && !known.has(one.id));
      return view?.id;
    });
    return { pressedAt, viewId };
  }

  const viewOf = (id: string): Json => workspace.views().find((one) => one.id === id)?.view ?? {};
  /** The first thing that it says is that it is being looked at. */
  const settled = (id: string, isEnough: (view: Json) => boolean) =>
    until('the dialog with its plan', PLAN_WITHIN_SECONDS, () => {
      const view = viewOf(id);
      return isEnough(view) || !/checking/i.test(wordsOf(view)) ? view : undefined;
    });

  return {
    untilOffered,
    async confirm(how) {
      const { channel, label, choice } = how;
      await untilOffered(channel, label);
      return inTurn(async () => {
        const { pressedAt, viewId } = await open(channel, label, ALICE);
        let view = await settled(viewId, (one) => one['submit'] !== undefined);
        if (view['submit'] === undefined) throw new Error(`the dialog says: ${wordsOf(view)}`);
        if (choice !== undefined) view = await choose(viewId, view, choice);
        const inputs = elementsOf(view['blocks'] as readonly Json[]).filter(({ block }) => block['type'] === 'input');
        const values = Object.fromEntries(
          inputs
            .filter(({ element }) => element['type'] === 'plain_text_input')
            .map(({ blockId }) => [blockId, how.typedName]),
        );
        const confirmedAt = Date.now();
        const outcome = await interactions.submit({ user: ALICE, viewId, values });
        expectDone(outcome, 'the confirmation');
        return { pressedAt, confirmedAt, dialog: wordsOf(view) };
      });
    },
    async ask({ channel, label, user }) {
      await untilOffered(channel, label);
      return inTurn(async () => {
        const { viewId } = await open(channel, label, user);
        const view = await settled(viewId, () => false);
        await interactions.close({ user, viewId });
        return wordsOf(view);
      });
    },
  };

  async function choose(viewId: string, view: Json, choice: RegExp): Promise<Json> {
    const menu = elementsOf(view['blocks'] as readonly Json[]).find(
      ({ element }) => element['type'] === 'static_select',
    );
    const options = (menu?.element['options'] ?? []) as readonly Json[];
    const option = options.find((one) => choice.test(textOf(one['text'])));
    if (menu === undefined || option === undefined) throw new Error(`no choice ${choice} in: ${wordsOf(view)}`);
    const before = JSON.stringify(view);
    const actionId = String(menu.element['action_id']);
    expectDone(
      await interactions.choose({ user: ALICE, viewId, actionId, value: String(option['value']) }),
      `the choice ${choice}`,
    );
    return until('the plan of that choice', PLAN_WITHIN_SECONDS, () => {
      const next = viewOf(viewId);
      return JSON.stringify(next) !== before && next['submit'] !== undefined ? next : undefined;
    });
  }
}

function expectDone(outcome: Outcome, what: string): void {
  if (outcome.kind !== 'done') throw new Error(`${what}: ${JSON.stringify(outcome)}`);
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'text' in value ? String(value.text) : '';
}

/** All texts of a dialog, in their order. */
function wordsOf(view: Json): string {
  return textsIn(view['blocks']).join(' | ');
}

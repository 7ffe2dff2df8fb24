import { checkView } from './check-view.ts';
import { elementsOf, type Json } from './elements.ts';
import { findPlaced, messageActions, personOf, viewActions, viewClosed, viewSubmission } from './payloads.ts';
import { saveView } from './views.ts';
import type { SlackView, Workspace } from './workspace.ts';

/** What the app answered. */
export type AppAnswer =
  | { readonly status: number; readonly body: string }
  /** Nothing within 3 s, or no connection. */
  | 'silent';

/** What the person sees of it: nothing more, a warning in Slack's words, or errors at inputs by block_id. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

/** What somebody does in Slack. Every method throws {TypeError} for what is not on the screen. */
export interface Interactions {
  /** @param pressed.value of an option of a menu */
  press(pressed: {
    readonly user: string;
    readonly channel: string;
    readonly ts: string;
    readonly actionId: string;
    readonly value?: string | undefined;
  }): Promise<Outcome>;
  /** Chooses in a dialog. The app hears of it at once, unless the menu stands in an input that does not tell. */
  choose(chosen: {
    readonly user: string;
    readonly viewId: string;
    readonly actionId: string;
    readonly value?: string | undefined;
  }): Promise<Outcome>;
  /** @param submitted.values what was typed, by block_id */
  submit(submitted: {
    readonly user: string;
    readonly viewId: string;
    readonly values: Readonly<Record<string, string>>;
  }): Promise<Outcome>;
  close(closed: { readonly user: string; readonly viewId: string }): Promise<Outcome>;
}

export interface InteractionDeps {
  readonly workspace: Workspace;
  /** Posts a signed form to the app's interactivity address; gives up after 3 s. */
  readonly send: (payload: Json) => Promise<AppAnswer>;
  /** A new response_url for that message. */
  readonly responseUrl: (channel: string, ts: string, user: string) => string;
}

const DONE: Outcome = { kind: 'done' };
/** Slack's words in a dialog. */
const TROUBLE: Outcome = { kind: 'warning', text: 'We had some trouble connecting. Try again?' };

/** Slack's side of a click: the payload, the wait for the app, and what the person then sees. */
export function createInteractions({ workspace, send, responseUrl }: InteractionDeps): Interactions {
  function viewOf(id: string, user: string): SlackView {
    const view = workspace.views().find((one) => one.id === id && one.user === user);
    if (view === undefined) throw new TypeError(`no dialog ${id} is open for ${user}`);
    return view;
  }

  async function tell(payload: Json): Promise<Outcome> {
    const answer = await send(payload);
    if (answer === 'silent') return { kind: 'warning', text: 'This app did not respond within 3 seconds.' };
    return answer.status >= 200 && answer.status < 300
      ? DONE
      : { kind: 'warning', text: `This app responded with Status Code ${answer.status}.` };
  }

  /** Stores what an input holds; it stays the same dialog. */
  function hold(view: SlackView, blockId: string, actionId: string, value: Json): SlackView {
    const values = { ...view.values, [blockId]: { ...view.values[blockId], [actionId]: value } };
    const held = { ...view, values };
    workspace.putView(held);
    return held;
  }

  function typed(view: SlackView, values: Readonly<Record<string, string>>): SlackView {
    let held = view;
    for (const { blockId, block, element } of elementsOf(view.view.blocks)) {
      const text = values[blockId];
      if (text === undefined || block['type'] !== 'input') continue;
      const {
        type,
        action_id: actionId,
        options,
      } = element as {
        readonly type?: string;
        readonly action_id?: string;
        readonly options?: readonly Json[];
      };
      const value =
        type === 'plain_text_input'
          ? { type, value: text === '' ? null : text }
          : { type, selected_option: options?.find((one) => one['value'] === text) ?? null };
      held = hold(held, blockId, String(actionId), value);
    }
    return held;
  }

  async function submit(view: SlackView, user: string): Promise<Outcome> {
    const missing = missingInputs(view);
    if (Object.keys(missing).length > 0) return { kind: 'errors', errors: missing };
    const answer = await send(viewSubmission(personOf(user), view, workspace));
    if (answer === 'silent' || answer.status !== 200) return TROUBLE;
    return followUp(answer.body, view);
  }

  /** What the answer of the app to a submission asks for. */
  function followUp(body: string, view: SlackView): Outcome {
    if (body.trim() === '') {
      workspace.closeView(view.id);
      return DONE;
    }
    const answer = parse(body);
    if (answer === undefined) return TROUBLE;
    switch (answer['response_action']) {
      case undefined:
      case 'clear':
        workspace.closeView(view.id);
        return DONE;
      case 'errors': {
        const errors = (answer['errors'] ?? {}) as Readonly<Record<string, string>>;
        const inputs = inputBlocks(view);
        const isFitting = Object.keys(errors).length > 0 && Object.keys(errors).every((id) => inputs.includes(id));
        return isFitting ? { kind: 'errors', errors } : TROUBLE;
      }
      case 'update': {
        const next = answer['view'];
        if (checkView(next).error !== undefined) return TROUBLE;
        // It may have been closed or replaced while the app worked.
        const current = workspace.views().find(({ id }) => id === view.id);
        if (current !== undefined) saveView(current, next as Json, workspace);
        return DONE;
      }
      default:
        return TROUBLE;
    }
  }

  return {
    async press({ user, channel, ts, actionId, value }) {
      const message = workspace.findMessage(channel, ts);
      const found = message && findPlaced(message.blocks, actionId, value);
      if (message === undefined || found === undefined) throw new TypeError(`no element ${actionId} in message ${ts}`);
      const more = { workspace, responseUrl: responseUrl(channel, ts, user) };
      return tell(messageActions(personOf(user), message, found, more));
    },
    async choose({ user, viewId, actionId, value }) {
      const view = viewOf(viewId, user);
      const found = findPlaced(view.view.blocks, actionId, value);
      if (found === undefined) throw new TypeError(`no element ${actionId} in dialog ${viewId}`);
      const { placed, option } = found;
      const { type } = placed.element;
      const held =
        type === 'static_select' ? hold(view, placed.blockId, actionId, { type, selected_option: option }) : view;
      if (placed.block['type'] === 'input' && placed.block['dispatch_action'] !== true) return DONE;
      return tell(viewActions(personOf(user), held, found, workspace));
    },
    async submit({ user, viewId, values }) {
      const view = viewOf(viewId, user);
      if (!view.view['submit']) throw new TypeError(`dialog ${viewId} has nothing to submit`);
      return submit(typed(view, values), user);
    },
    async close({ user, viewId }) {
      const view = viewOf(viewId, user);
      workspace.closeView(viewId);
      return view.view['notify_on_close'] === true ? tell(viewClosed(personOf(user), view, workspace)) : DONE;
    },
  };
}

function inputBlocks(view: SlackView): readonly string[] {
  return view.view.blocks.filter(({ type }) => type === 'input').map(({ block_id: id }) => String(id));
}

/** Slack's client does not send a dialog whose inputs are not filled in. */
function missingInputs(view: SlackView): Readonly<Record<string, string>> {
  const missing = elementsOf(view.view.blocks).filter(({ block, blockId, element }) => {
    const held = view.values[blockId]?.[String(element['action_id'])] as
      | { readonly value?: unknown; readonly selected_option?: unknown }
      | undefined;
    return block['type'] === 'input' && block['optional'] !== true && !(held?.value ?? held?.selected_option);
  });
  return Object.fromEntries(missing.map(({ blockId }) => [blockId, 'Please complete this required field.']));
}

function parse(body: string): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
}

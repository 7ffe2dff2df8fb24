import * as z from 'zod/mini';
import { ACTIONS, DIALOGS, MORE } from '../../chat/slack/action-ids.ts';
import { type DialogState, parseDialogState } from '../../chat/slack/dialog-state.ts';

/** Who pressed, where and when, as Slack signed it. */
export interface Press {
  readonly userId: string;
  readonly userName: string;
  /** Their own workspace; `undefined` where Slack does not name it. */
  readonly teamId: string | undefined;
  readonly triggerId: string | undefined;
  /** The message's channel; of a click in a dialog, that of the button which opened it. */
  readonly channelId: string | undefined;
  /** Thread in which an answer to this person belongs. */
  readonly thread: string | undefined;
  /** The same for the same click, however often it is delivered; another for the next click. */
  readonly id: string;
}

/** What somebody did in Slack, without Slack's shapes. */
export type Action = { readonly press: Press } & (
  | { readonly kind: 'offer'; readonly offerId: string }
  | { readonly kind: 'choice'; readonly offerId: string; readonly choice: string; readonly viewId: string }
  | { readonly kind: 'take' | 'give-back' | 'mute' | 'not-it' | 'git-fix'; readonly incidentId: string }
  | {
      readonly kind: 'confirm';
      readonly offerId: string;
      readonly state: DialogState;
      readonly typed: string | undefined;
      /** What the list of choices stood at when it was confirmed. */
      readonly selected: string | undefined;
      readonly viewId: string;
    }
  | { readonly kind: 'words'; readonly incidentId: string; readonly words: string | undefined }
  /** A button of an older or a foreign message. */
  | { readonly kind: 'unknown'; readonly what: string; readonly from: 'click' | 'dialog' }
);

const Id = z.string().check(z.minLength(1), z.maxLength(255));
const User = z.object({
  id: Id,
  name: z.optional(z.string()),
  username: z.optional(z.string()),
  team_id: z.optional(z.string()),
});
const Team = z.optional(z.nullable(z.object({ id: z.optional(z.string()) })));
const View = z.object({
  id: Id,
  callback_id: z.optional(z.string()),
  private_metadata: z.optional(z.string()),
  app_id: z.optional(z.string()),
  state: z.optional(z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) })),
});
const Clicked = z.object({
  action_id: z.string(),
  action_ts: z.optional(z.string()),
  value: z.optional(z.string()),
  selected_option: z.optional(z.nullable(z.object({ value: z.string() }))),
});
const Selected = z.object({ selected_option: z.object({ value: z.string() }) });

/** docs.slack.dev/reference/interaction-payloads: of each only what is needed. */
const Payload = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('block_actions'),
    user: User,
    team: Team,
    api_app_id: z.optional(z.string()),
    trigger_id: z.optional(z.string()),
    channel: z.optional(z.object({ id: Id })),
    message: z.optional(
      z.object({ ts: z.optional(z.string()), thread_ts: z.optional(z.string()), app_id: z.optional(z.string()) }),
    ),
    view: z.optional(z.nullable(View)),
    actions: z.array(Clicked).check(z.minLength(1)),
  }),
  z.object({
    type: z.literal('view_submission'),
    user: User,
    team: Team,
    api_app_id: z.optional(z.string()),
    trigger_id: z.optional(z.string()),
    view: View,
    // What has them is a click to Bolt.
    actions: z.optional(z.undefined()),
  }),
]);
type Payload = z.infer<typeof Payload>;
type BlockActions = Payload & { readonly type: 'block_actions' };
type ViewSubmission = Payload & { readonly type: 'view_submission' };

/** `undefined` for what is neither a click nor a submitted dialog. */
export function parseAction(payload: unknown): Action | undefined {
  const { data } = Payload.safeParse(payload);
  if (data === undefined) return undefined;
  return data.type === 'block_actions' ? parseClick(data) : parseSubmission(data);
}

function parseClick(payload: BlockActions): Action {
  const [clicked] = payload.actions as [z.infer<typeof Clicked>];
  const state = parseDialogState(payload.view?.private_metadata ?? '');
  const press = pressOf(payload, {
    channelId: payload.channel?.id ?? state?.channelId,
    thread: threadOf(payload),
    id: clicked.action_ts,
  });
  const unknown = { press, kind: 'unknown', from: 'click', what: clicked.action_id.slice(0, 80) } as const;
  if (isForeign(payload.api_app_id, payload.message?.app_id ?? payload.view?.app_id)) return unknown;

  const value = clicked.value ?? clicked.selected_option?.value ?? '';
  const { action_id: id } = clicked;
  if (id === ACTIONS.choice) {
    const { view } = payload;
    if (!view || state?.offerId === undefined || value === '') return unknown;
    return { press, kind: 'choice', offerId: state.offerId, choice: value, viewId: view.id };
  }
  if (value === '' || value.length > 255) return unknown;
  if (id.startsWith(ACTIONS.offerPrefix)) return { press, kind: 'offer', offerId: value };
  if (id === ACTIONS.take) return { press, kind: 'take', incidentId: value };
  if (id === ACTIONS.gitFix) return { press, kind: 'git-fix', incidentId: value };
  return id === ACTIONS.more ? (fromMenu(press, value) ?? unknown) : unknown;
}

function fromMenu(press: Press, value: string): Action | undefined {
  const after = (prefix: string) => (value.startsWith(prefix) ? value.slice(prefix.length) || undefined : undefined);
  const offerId = after(MORE.offer);
  if (offerId !== undefined) return { press, kind: 'offer', offerId };
  for (const [kind, prefix] of [
    ['git-fix', MORE.gitFix],
    ['not-it', MORE.notIt],
    ['give-back', MORE.giveBack],
    ['mute', MORE.mute],
  ] as const) {
    const incidentId = after(prefix);
    if (incidentId !== undefined) return { press, kind, incidentId };
  }
  return undefined;
}

function parseSubmission(payload: ViewSubmission): Action {
  const { view } = payload;
  const state = parseDialogState(view.private_metadata ?? '') ?? {};
  const press = pressOf(payload, { channelId: state.channelId, thread: undefined, id: undefined });
  const unknown = { press, kind: 'unknown', from: 'dialog', what: (view.callback_id ?? '').slice(0, 80) } as const;
  if (isForeign(payload.api_app_id, view.app_id)) return unknown;
  if (view.callback_id === DIALOGS.remedy && state.offerId !== undefined) {
    const typed = inputOf(view, DIALOGS.typedNameBlock);
    const selected = selectedIn(view, DIALOGS.choiceBlock);
    return { press, kind: 'confirm', offerId: state.offerId, state, typed, selected, viewId: view.id };
  }
  if (view.callback_id === DIALOGS.notIt && state.incidentId !== undefined) {
    return { press, kind: 'words', incidentId: state.incidentId, words: inputOf(view, DIALOGS.wordsBlock) };
  }
  return unknown;
}

function pressOf(
  { user, team, trigger_id: triggerId }: Payload,
  at: { readonly channelId: string | undefined; readonly thread: string | undefined; readonly id: string | undefined },
): Press {
  return {
    userId: user.id,
    userName: user.name ?? user.username ?? user.id,
    teamId: user.team_id ?? team?.id,
    triggerId,
    channelId: at.channelId,
    thread: at.thread,
    id: `${user.id}/${at.id ?? triggerId ?? ''}`,
  };
}

/** A message with replies names itself as its thread: an answer there would be seen by nobody who has it closed. */
function threadOf({ message }: BlockActions): string | undefined {
  return message?.thread_ts === message?.ts ? undefined : message?.thread_ts;
}

/** The signature proves our app's secret; a message or dialog of another app is none of ours all the same. */
function isForeign(appId: string | undefined, ofApp: string | undefined): boolean {
  return appId !== undefined && ofApp !== undefined && appId !== ofApp;
}

function inputOf({ state }: z.infer<typeof View>, block: string): string | undefined {
  const [input] = Object.values(state?.values[block] ?? {});
  const value = typeof input === 'object' && input !== null && 'value' in input ? input.value : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function selectedIn({ state }: z.infer<typeof View>, block: string): string | undefined {
  const [list] = Object.values(state?.values[block] ?? {});
  return Selected.safeParse(list).data?.selected_option.value;
}

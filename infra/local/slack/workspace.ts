import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Clock } from '../../../shared/ports/clock.ts';
import { type Journal, openJournal } from '../stack/journal.ts';
import type { Json } from './elements.ts';
import { HOME_TEAM } from './people.ts';
import type { ViewState } from './view-state.ts';

/** A message as Slack stores it. */
export interface SlackMessage {
  readonly type: 'message';
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly bot_id: string;
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly thread_ts?: string | undefined;
  /** Set on a reply that is shown in the channel too. */
  readonly isBroadcast?: boolean | undefined;
  readonly metadata?: SlackMetadata | undefined;
  readonly edited?: { readonly user: string; readonly ts: string } | undefined;
  readonly reactions?: readonly { readonly name: string; readonly users: readonly string[]; readonly count: number }[];
}

export interface SlackMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly isDirect: boolean;
  /** Seen by its members alone. */
  readonly isPrivate: boolean;
  /** Whether the bot was invited. */
  readonly isMember: boolean;
}

/** A dialog that is open on somebody's screen. */
export interface SlackView {
  readonly id: string;
  readonly hash: string;
  /** Who sees it. */
  readonly user: string;
  readonly view: Json & { readonly blocks: readonly Json[] };
  /** What its inputs hold. */
  readonly values: ViewState;
}

/** A message that one person sees, until the workspace is read anew. */
export interface SlackEphemeral {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: SlackMessage['blocks'];
  readonly thread_ts: string | undefined;
}

type JournalEntry =
  | { readonly kind: 'put'; readonly message: SlackMessage }
  | { readonly kind: 'remove'; readonly channel: string; readonly ts: string };

function entryKey(entry: JournalEntry): string {
  const { channel, ts } = entry.kind === 'put' ? entry.message : entry;
  return `${channel} ${ts}`;
}

/** One change of the workspace, for whoever draws it. */
export type WorkspaceChange =
  | { readonly kind: 'message'; readonly message: SlackMessage; readonly isNew: boolean }
  | { readonly kind: 'deleted'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'view'; readonly view: SlackView }
  | { readonly kind: 'view-closed'; readonly id: string }
  | { readonly kind: 'ephemeral'; readonly ephemeral: SlackEphemeral };

/** The state of the embedded Slack: channels, messages and open dialogs; kept in a file where one is given. */
export interface Workspace {
  readonly team: { readonly id: string; readonly name: string };
  readonly bot: { readonly userId: string; readonly botId: string; readonly appId: string; readonly name: string };
  channels(): readonly SlackChannel[];
  /** By id, `#name` or name; a user id gives the direct message with that user. */
  findChannel(idOrName: string): SlackChannel | undefined;
  /** The bot is in it, unless it was taken out. */
  addChannel(name: string, options?: { readonly isPrivate?: boolean }): SlackChannel;
  /** Invites the bot, or takes it out. */
  setMember(channelId: string, isMember: boolean): void;
  /** All messages of a channel, oldest first, replies included. */
  messages(channelId: string): readonly SlackMessage[];
  findMessage(channelId: string, ts: string): SlackMessage | undefined;
  /** Unique and increasing. */
  nextTs(): string;
  put(message: SlackMessage): void;
  remove(channelId: string, ts: string): void;
  views(): readonly SlackView[];
  /** Of one person only the newest is open: Slack stacks them, nothing here does. */
  putView(view: SlackView): void;
  closeView(id: string): void;
  ephemerals(): readonly SlackEphemeral[];
  putEphemeral(ephemeral: SlackEphemeral): void;
  /** A trigger as a click gives it: good once, for 3 s (of the real clock, as Slack's). */
  issueTrigger(user: string): string;
  /** @returns who clicked, or Slack's error word */
  useTrigger(trigger: string): { readonly user: string } | { readonly error: string };
  onChange(listener: (change: WorkspaceChange) => void): () => void;
  close(): void;
}

const TRIGGER_LIFE_MS = 3_000;
const KEPT_EPHEMERALS = 50;

/** @param options.file where messages are kept, one JSON line a change; `undefined` = memory only */
export function createWorkspace(options: {
  readonly clock: Clock;
  readonly channels: readonly string[];
  readonly file: string | undefined;
}): Workspace {
  const { clock } = options;
  const bot = { userId: 'U0PULLMEDIC', botId: 'B0PULLMEDIC', appId: 'A0PULLMEDIC', name: 'pullmedic' };
  const channels: SlackChannel[] = [];
  const messages = new Map<string, Map<string, SlackMessage>>();
  const views = new Map<string, SlackView>();
  const triggers = new Map<string, { readonly user: string; readonly issuedAtMs: number; isUsed: boolean }>();
  const ephemerals: SlackEphemeral[] = [];
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  let lastMicros = 0;

  const journal: Journal<JournalEntry> | undefined =
    options.file === undefined ? undefined : openJournal(options.file, entryKey);
  for (const entry of journal?.entries ?? []) {
    if (entry.kind === 'put') store(entry.message);
    else messages.get(entry.channel)?.delete(entry.ts);
  }
  for (const name of options.channels) addChannel(name);

  function addChannel(name: string, { isPrivate = false } = {}): SlackChannel {
    const known = channels.find((channel) => channel.name === name);
    if (known) return known;
    // The id follows from the name, so that a restart on the same data finds the same channel.
    const letters = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
    const channel = {
      id: `C0${letters}`.slice(0, 11).padEnd(11, '0'),
      name,
      isDirect: false,
      isPrivate,
      isMember: true,
    };
    channels.push(channel);
    return channel;
  }

  function findChannel(idOrName: string): SlackChannel | undefined {
    const name = idOrName.replace(/^#/, '');
    const known = channels.find((channel) => channel.id === idOrName || channel.name === name);
    if (known || !/^U[A-Z0-9]{6,}$/.test(idOrName)) return known;
    const direct = { id: `D${idOrName.slice(1)}`, name: idOrName, isDirect: true, isPrivate: true, isMember: true };
    channels.push(direct);
    return direct;
  }

  function store(message: SlackMessage): boolean {
    const ofChannel = messages.get(message.channel) ?? new Map<string, SlackMessage>();
    messages.set(message.channel, ofChannel);
    const isNew = !ofChannel.has(message.ts);
    ofChannel.set(message.ts, message);
    lastMicros = Math.max(lastMicros, microsOf(message.ts));
    return isNew;
  }

  function closeView(id: string): void {
    if (views.delete(id)) changes.emit('change', { kind: 'view-closed', id } satisfies WorkspaceChange);
  }

  return {
    team: HOME_TEAM,
    bot,
    channels: () => channels,
    findChannel,
    addChannel,
    setMember(channelId, isMember) {
      const index = channels.findIndex(({ id }) => id === channelId);
      const channel = channels[index];
      if (channel !== undefined) channels[index] = { ...channel, isMember };
    },
    messages: (channelId) =>
      [...(messages.get(channelId)?.values() ?? [])].sort((a, b) => microsOf(a.ts) - microsOf(b.ts)),
    findMessage: (channelId, ts) => messages.get(channelId)?.get(ts),
    nextTs() {
      lastMicros = Math.max(lastMicros + 1, clock.now() * 1_000);
      return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
    put(message) {
      journal?.append({ kind: 'put', message });
      const isNew = store(message);
      changes.emit('change', { kind: 'message', message, isNew } satisfies WorkspaceChange);
    },
    remove(channel, ts) {
      journal?.append({ kind: 'remove', channel, ts });
      messages.get(channel)?.delete(ts);
      changes.emit('change', { kind: 'deleted', channel, ts } satisfies WorkspaceChange);
    },
    views: () => [...views.values()],
    putView(view) {
      for (const { id, user } of [...views.values()]) if (user === view.user && id !== view.id) closeView(id);
      views.set(view.id, view);
      changes.emit('change', { kind: 'view', view } satisfies WorkspaceChange);
    },
    closeView,
    ephemerals: () => ephemerals,
    putEphemeral(ephemeral) {
      ephemerals.push(ephemeral);
      ephemerals.splice(0, Math.max(0, ephemerals.length - KEPT_EPHEMERALS));
      changes.emit('change', { kind: 'ephemeral', ephemeral } satisfies WorkspaceChange);
    },
    issueTrigger(user) {
      const trigger = `${Date.now()}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`;
      triggers.set(trigger, { user, issuedAtMs: performance.now(), isUsed: false });
      return trigger;
    },
    useTrigger(trigger) {
      const known = triggers.get(trigger);
      if (!known) return { error: 'invalid_trigger_id' };
      if (known.isUsed) return { error: 'exchanged_trigger_id' };
      known.isUsed = true;
      const isLate = performance.now() - known.issuedAtMs > TRIGGER_LIFE_MS;
      return isLate ? { error: 'expired_trigger_id' } : { user: known.user };
    },
    onChange(listener) {
      changes.on('change', listener);
      return () => changes.off('change', listener);
    },
    close() {
      changes.removeAllListeners();
      journal?.close();
    },
  };
}

/** `1700000000.000100` ─▶ microseconds, for ordering. */
export function microsOf(ts: string): number {
  const [seconds = '0', fraction = '0'] = ts.split('.');
  return Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

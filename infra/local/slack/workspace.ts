import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Clock } from '../../../shared/ports/clock.ts';
import { type Journal, openJournal } from '../stack/journal.ts';

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
}

export interface SlackView {
  readonly id: string;
  readonly hash: string;
  readonly view: Readonly<Record<string, unknown>>;
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
  | { readonly kind: 'view'; readonly view: SlackView };

/** The state of the embedded Slack: channels, messages and open dialogs; kept in a file where one is given. */
export interface Workspace {
  readonly team: { readonly id: string; readonly name: string };
  readonly bot: { readonly userId: string; readonly botId: string; readonly appId: string; readonly name: string };
  channels(): readonly SlackChannel[];
  /** By id, `#name` or name; a user id gives the direct message with that user. */
  findChannel(idOrName: string): SlackChannel | undefined;
  addChannel(name: string): SlackChannel;
  /** All messages of a channel, oldest first, replies included. */
  messages(channelId: string): readonly SlackMessage[];
  findMessage(channelId: string, ts: string): SlackMessage | undefined;
  /** Unique and increasing. */
  nextTs(): string;
  put(message: SlackMessage): void;
  remove(channelId: string, ts: string): void;
  views(): readonly SlackView[];
  putView(view: SlackView): void;
  /** A trigger as a click gives it: good once, for 3 s (of the real clock, as Slack's). */
  issueTrigger(): string;
  useTrigger(trigger: string): 'ok' | 'expired_trigger_id' | 'exchanged_trigger_id' | 'invalid_trigger_id';
  onChange(listener: (change: WorkspaceChange) => void): () => void;
  close(): void;
}

const TRIGGER_LIFE_MS = 3_000;

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
  const triggers = new Map<string, { readonly issuedAtMs: number; isUsed: boolean }>();
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

  function addChannel(name: string): SlackChannel {
    const known = channels.find((channel) => channel.name === name);
    if (known) return known;
    // The id follows from the name, so that a restart on the same data finds the same channel.
    const letters = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
    const channel = { id: `C0${letters}`.slice(0, 11).padEnd(11, '0'), name, isDirect: false };
    channels.push(channel);
    return channel;
  }

  function findChannel(idOrName: string): SlackChannel | undefined {
    const name = idOrName.replace(/^#/, '');
    const known = channels.find((channel) => channel.id === idOrName || channel.name === name);
    if (known || !/^U[A-Z0-9]{6,}$/.test(idOrName)) return known;
    const direct = { id: `D${idOrName.slice(1)}`, name: idOrName, isDirect: true };
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

  return {
    team: { id: 'T0LOCAL0', name: 'local' },
    bot,
    channels: () => channels,
    findChannel,
    addChannel,
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
      views.set(view.id, view);
      changes.emit('change', { kind: 'view', view } satisfies WorkspaceChange);
    },
    issueTrigger() {
      const trigger = `${Date.now()}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`;
      triggers.set(trigger, { issuedAtMs: performance.now(), isUsed: false });
      return trigger;
    },
    useTrigger(trigger) {
      const known = triggers.get(trigger);
      if (!known) return 'invalid_trigger_id';
      if (known.isUsed) return 'exchanged_trigger_id';
      known.isUsed = true;
      return performance.now() - known.issuedAtMs > TRIGGER_LIFE_MS ? 'expired_trigger_id' : 'ok';
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

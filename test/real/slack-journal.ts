import { WebClient } from '@slack/web-api';
import { type LocalSlack, startSlack } from '../../infra/local/slack/server.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { problemsOfFirstLine } from '../support/first-line-rules.ts';

/** One change in a channel, as it happened. */
export interface SlackChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ts: string;
  readonly text: string;
  readonly kind: 'post' | 'edit' | 'reply' | 'broadcast';
}

/** A message as `conversations.history` gives it. */
export interface HistoryMessage {
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly threadTs: string | undefined;
  /** The id that pullmedic put into the message's metadata. */
  readonly tag: string | undefined;
}

/** The embedded Slack with a diary of what changed when. */
export interface SlackJournal {
  readonly slack: LocalSlack;
  changes(channel: string): readonly SlackChange[];
  /** The first top-level post of a channel. */
  firstPost(channel: string): SlackChange | undefined;
  /** Through the Web API, with the official client: newest first, broadcast replies included. */
  history(channel: string): Promise<readonly HistoryMessage[]>;
  /** First lines that break a rule of messages, each once. */
  readonly badLines: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts the embedded Slack with these channels, with Slack's own limits. */
export async function startSlackJournal(token: string, channels: readonly string[]): Promise<SlackJournal> {
  const slack = await startSlack({ clock: createSystemClock(), token, channels });
  const client = new WebClient(token, { slackApiUrl: slack.apiUrl });
  const diary = new Map<string, SlackChange[]>();
  const badLines = new Set<string>();
  const stopListening = slack.workspace.onChange((change) => {
    if (change.kind !== 'message') return;
    const { message, isNew } = change;
    const isReply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
    const kind = !isNew ? 'edit' : !isReply ? 'post' : message.isBroadcast === true ? 'broadcast' : 'reply';
    const ofChannel = diary.get(message.channel) ?? [];
    diary.set(message.channel, ofChannel);
    if (isReply && kind === 'edit') return;
    ofChannel.push({ at: Date.now(), ts: message.ts, text: message.text, kind });
    for (const problem of problemsOfFirstLine(message.text)) badLines.add(problem);
  });
  const idOf = (name: string) => slack.workspace.findChannel(name)?.id ?? '';
  return {
    slack,
    badLines,
    changes: (channel) => diary.get(idOf(channel)) ?? [],
    firstPost: (channel) => diary.get(idOf(channel))?.find(({ kind }) => kind === 'post'),
    async history(channel) {
      const answer = await client.conversations.history({
        channel: idOf(channel),
        include_all_metadata: true,
        limit: 200,
      });
      return (answer.messages ?? []).map((message) => ({
        ts: message.ts ?? '',
        text: message.text ?? '',
        blocks: message.blocks ?? [],
        threadTs: message.thread_ts,
        tag: (message.metadata?.event_payload as { readonly id?: string } | undefined)?.id,
      }));
    },
    async stop() {
      stopListening();
      await slack.stop();
    },
  };
}

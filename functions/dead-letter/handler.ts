import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Config } from '../../shared/config/config.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type DeadJob, describeJob } from './describe-job.ts';

export const DEAD_LETTER_EVENT_TYPE = 'pullmedic_dead_letter';

/** A message as `chat.postMessage` takes it. */
export interface DeadLetterMessage {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly metadata: {
    readonly event_type: typeof DEAD_LETTER_EVENT_TYPE;
    /** `id`: a message with this one is posted once. */
    readonly event_payload: { readonly id: string; readonly message_ids: string };
  };
}

export interface DeadLetterDeps {
  /**
   * Posts, unless a message with this metadata id was posted already, or, for an id that ends with `/`, one whose id
   * begins with it. Rejects when Slack did not take it.
   */
  readonly post: (message: DeadLetterMessage) => Promise<void>;
  readonly config: ConfigSource;
  /** Where it is said when the configuration itself cannot be read. */
  readonly fallbackChannel: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Jobs that no worker could do, from every dead-letter queue ─▶ the raw alert in the default channel, with none of the
 * code that failed: no store, no cluster, no renderer. What Slack does not take stays on the queue and comes again.
 */
export function createHandler(deps: DeadLetterDeps) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }: SQSEvent) => {
    const { channel, environmentOf } = await readTarget(deps);
    const groups = Map.groupBy(
      records.map((record) => ({ record, job: describeJob(record.body, record.messageId, environmentOf) })),
      ({ job }) => job.id,
    );

    const failed: SQSRecord[] = [];
    let lastError: unknown;
    // Those that another message may tell go last.
    for (const group of [...groups.values()].sort((a, b) => Number(isGeneral(a)) - Number(isGeneral(b)))) {
      try {
        await deps.post(toMessage(channel, group, deps.clock.now()));
      } catch (error) {
        deps.log.error('dead letter could not be posted', { error });
        lastError = error;
        failed.push(...group.map(({ record }) => record));
      }
    }
    // Nothing got through: a failed invocation, which the alarm on this function's errors sees.
    if (failed.length === records.length && failed.length > 0) throw lastError;
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
}

async function readTarget({ config, fallbackChannel, log }: DeadLetterDeps) {
  try {
    const { slack, clusters } = await config.load();
    return { channel: slack.channel, environmentOf: environmentIn(clusters) };
  } catch (error) {
    if (fallbackChannel === undefined) throw error;
    log.error('configuration unreadable, dead letters go to the fallback channel', { error });
    return { channel: fallbackChannel, environmentOf: () => undefined };
  }
}

function environmentIn(clusters: Config['clusters']) {
  return (cluster: string) => clusters.find(({ name }) => name === cluster)?.environment;
}

interface Dead {
  readonly record: SQSRecord;
  readonly job: DeadJob;
}

function isGeneral([first]: readonly Dead[]): boolean {
  return first?.job.id.endsWith('/') === true;
}

function toMessage(channel: string, group: readonly Dead[], now: number): DeadLetterMessage {
  const [{ record, job }] = group as [Dead, ...Dead[]];
  const queue = record.eventSourceARN?.split(':').at(-1) ?? 'unknown queue';
  const context = `queue ${queue} · message ${record.messageId} · as of ${new Date(now).toISOString().slice(0, 16)}Z`;
  return {
    channel,
    text: escapeText(job.text),
    blocks: [
      { type: 'section', text: { type: 'plain_text', text: job.text, emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: escapeText(job.advice) } },
      // A backtick in the raw text would end its fence.
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `\`\`\`${fitSection(escapeText(job.raw.replaceAll('`', 'ˋ')))}\`\`\`` },
      },
      { type: 'context', elements: [{ type: 'plain_text', text: context.slice(0, 300), emoji: false }] },
    ],
    metadata: {
      event_type: DEAD_LETTER_EVENT_TYPE,
      event_payload: { id: job.id, message_ids: group.map((dead) => dead.record.messageId).join(' ') },
    },
  };
}

/** Slack's three characters: text from a cluster must not ping a channel or forge a link. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A section's text has at most 3,000 characters; an entity that is cut in half is dropped whole. */
function fitSection(escaped: string): string {
  return escaped.length <= 2_900 ? escaped : `${escaped.slice(0, 2_899).replace(/&[a-z]*$/, '')}…`;
}

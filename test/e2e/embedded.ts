import { expect } from '@jest/globals';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { type Stack, type StackOptions, startStack } from '../../infra/local/stack/stack.ts';
import { LOOK_DELAYS_SECONDS } from '../../shared/flows/receive-alerts.ts';
import { problemsOfMessage } from '../support/first-line.ts';
import { until } from '../support/until.ts';

/** The embedded stack as a user drives it: kubectl's API, POST /alerts, Slack's messages. */
export interface Embedded {
  readonly stack: Stack;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  /** Top-level messages of all channels, oldest first. Each first line was held against the rules. */
  messages(): readonly SlackMessage[];
  /** Those whose first line names this subject. */
  about(subject: string): readonly SlackMessage[];
  /** Waits for a message of that subject whose first line matches. @throws with the lines that stand there instead */
  untilMessage(subject: string, seconds: number, line?: RegExp): Promise<SlackMessage>;
  replies(ts: string): readonly SlackMessage[];
  /** Ends it, and fails when any first line broke the rules. */
  stop(): Promise<void>;
}

/** No scenario runs and nobody but the test posts notifications; twice as fast as `npm start`. */
export async function startEmbedded(options: Partial<StackOptions> = {}): Promise<Embedded> {
  const stack = await startStack({ port: 0, scenarios: [], postsPerSecond: 1_000, timeScale: 0.05, ...options });
  const config = new KubeConfig();
  config.loadFromFile(stack.ready.kubernetes.kubeconfig);
  const workspace = stack.slack?.workspace;
  if (workspace === undefined) throw new Error('the embedded Slack is missing');
  const all = () => workspace.channels().flatMap(({ id }) => workspace.messages(id));
  // Every line that ever stood in Slack, edits included.
  const problems: string[] = [];
  const unsubscribe = workspace.onChange((change) => {
    if (change.kind === 'message') problems.push(...problemsOfMessage(change.message));
  });
  const messages = () => all().filter(({ thread_ts }) => thread_ts === undefined);
  const about = (subject: string) => messages().filter(({ text }) => text.includes(subject));
  return {
    stack,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    messages,
    about,
    async untilMessage(subject, seconds, line = /./u) {
      try {
        return await until('', seconds, () => about(subject).find(({ text }) => line.test(text)));
      } catch {
        const lines = messages().map(({ text }) => text);
        throw new Error([`${line} of ${subject}: not within ${seconds} s; there is:`, ...lines].join('\n'));
      }
    },
    replies: (ts) => all().filter(({ thread_ts }) => thread_ts === ts),
    async stop() {
      unsubscribe();
      await stack.stop();
      expect(problems).toEqual([]);
    },
  };
}

/**
 * Waits out all looks that an alert asks for, and the publishing that follows: what has not happened by then does not
 * happen because of it. (The queues are never empty for long while an incident is open: the sweeper looks on.)
 */
export async function settle({ stack }: Embedded): Promise<void> {
  const last = Math.max(...LOOK_DELAYS_SECONDS) * stack.timeScale;
  await new Promise((resolve) => setTimeout(resolve, last * 1_000 + 300));
  await until('everything is published', 90, async () => (await stack.engine.jobs()).publish === 0);
}

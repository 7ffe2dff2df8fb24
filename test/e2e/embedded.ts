import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { type Stack, type StackOptions, startStack } from '../../infra/local/stack/stack.ts';
import { assertFirstLine } from '../support/first-line.ts';

/** The embedded stack as a user drives it: kubectl's API, POST /alerts, Slack's messages. */
export interface Embedded {
  readonly stack: Stack;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  /** Top-level messages of all channels, oldest first. Each first line was held against the rules. */
  messages(): readonly SlackMessage[];
  replies(ts: string): readonly SlackMessage[];
  stop(): Promise<void>;
}

/** Quiet unless something is wrong; no scenario runs and nobody but the test posts notifications. */
export async function startEmbedded(options: Partial<StackOptions> = {}): Promise<Embedded> {
  const stack = await startStack({ port: 0, scenarios: [], postsPerSecond: 1_000, ...options });
  const config = new KubeConfig();
  config.loadFromFile(stack.ready.kubernetes.kubeconfig);
  const workspace = stack.slack?.workspace;
  if (workspace === undefined) throw new Error('the embedded Slack is missing');
  const all = () => workspace.channels().flatMap(({ id }) => workspace.messages(id));
  // Every line that ever stood in Slack, edits included.
  const unsubscribe = workspace.onChange((change) => {
    if (change.kind === 'message') assertFirstLine(change.message.text);
  });
  return {
    stack,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    messages: () => all().filter(({ thread_ts }) => thread_ts === undefined),
    replies: (ts) => all().filter(({ thread_ts }) => thread_ts === ts),
    async stop() {
      unsubscribe();
      await stack.stop();
    },
  };
}

/** Waits for a thing, never for a time. @throws naming the thing when it does not come */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until every queue is empty and all due looks are done: what has not happened by then does not happen. */
export async function settle({ stack }: Embedded): Promise<void> {
  await until('the queues are empty', 30, async () => {
    const { triage, publish } = await stack.engine.jobs();
    return triage + publish === 0;
  });
}

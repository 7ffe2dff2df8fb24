import type { PodObject } from '../../../infra/local/kubernetes/objects.ts';
import { PODS } from '../../../infra/local/kubernetes/resources.ts';
import { type LocalSlack, startSlack } from '../../../infra/local/slack/server.ts';
import type { SlackMessage } from '../../../infra/local/slack/workspace.ts';
import { createClosers } from '../../../infra/local/stack/closers.ts';
import { type DataFolder, openDataFolder } from '../../../infra/local/stack/data-folder.ts';
import { type Fakes, startFakes } from '../../../infra/local/stack/fakes.ts';
import { CLUSTER, DEFAULT_CHANNEL, TEAM_CHANNELS } from '../../../infra/local/stack/stack-config.ts';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { problemsOfMessage } from '../../support/first-line.ts';
import { until } from '../../support/until.ts';
import { notification, podAlert } from '../alerts.ts';
import { QUIET } from './quiet.ts';

/** Everything around pullmedic: it lives on when pullmedic dies. */
export interface World extends Omit<Fakes, 'ecr'> {
  readonly clock: AdjustableClock;
  readonly folder: DataFolder;
  readonly slack: LocalSlack;
  readonly timeScale: number;
  /** Creates a pod whose tag does not exist, and waits until its pull fails. */
  breakPod(namespace: string): Promise<void>;
  /** Gives it the tag that does, and waits until it runs. */
  repairPod(namespace: string): Promise<void>;
  /** Top-level messages that name this pod, oldest first. */
  about(namespace: string): readonly SlackMessage[];
  /** Top-level messages, oldest first. */
  messages(): readonly SlackMessage[];
  replies(ts: string): readonly SlackMessage[];
  /** Every first line that ever stood in Slack, edits included. */
  readonly lines: readonly string[];
  /** Rules for first lines that one of them broke. */
  readonly lineProblems: readonly string[];
  stop(): Promise<void>;
}

/** A kubelet gives up a pull after 30 s times this: shorter, and a busy machine makes other errors of it. */
const CLUSTER_TIME_SCALE = 0.5;
const TAG = 'v9-missing';
const HOST = 'registry.example.com';

/**
 * Starts the cluster, the registry and Slack; each namespace has a repository of its own, so an incident of its own.
 * @param options.timeScale of pullmedic's waits
 */
export async function startWorld({ timeScale = 0.1 } = {}): Promise<World> {
  const closers = createClosers();
  const folder = openDataFolder(undefined);
  closers.add(() => folder.close());
  const clock = createAdjustableClock();
  const fakes = await startFakes({ clock, log: QUIET, timeScale: CLUSTER_TIME_SCALE, folder, closers });
  const slack = await startSlack({
    clock,
    token: folder.memory.slackToken,
    channels: [DEFAULT_CHANNEL, ...TEAM_CHANNELS],
    postsPerSecond: 1_000,
    postBurst: 1_000,
  });
  closers.add(() => slack.stop());
  const { cluster, registry } = fakes;
  const lines: string[] = [];
  const lineProblems: string[] = [];
  slack.workspace.onChange((change) => {
    if (change.kind !== 'message') return;
    lines.push(change.message.text);
    lineProblems.push(...problemsOfMessage(change.message));
  });

  const all = () => slack.workspace.channels().flatMap(({ id }) => slack.workspace.messages(id));
  const messages = () => all().filter(({ thread_ts }) => thread_ts === undefined);
  const status = (namespace: string) => (cluster.get(PODS, namespace, 'web') as PodObject | undefined)?.status;

  return {
    ...fakes,
    clock,
    folder,
    slack,
    timeScale,
    lines,
    lineProblems,
    async breakPod(namespace) {
      registry.addImage(`${HOST}/${namespace}/app:v1`);
      const containers = [{ name: 'app', image: `${HOST}/${namespace}/app:${TAG}` }];
      cluster.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace }, spec: { containers } }]);
      await until(`${namespace} fails`, 60, () =>
        status(namespace)?.containerStatuses?.some(({ state }) => /ImagePull/.test(state?.waiting?.reason ?? '')),
      );
    },
    async repairPod(namespace) {
      cluster.api.edit<PodObject>(PODS, { namespace, name: 'web' }, { manager: 'kubectl-edit' }, ({ spec }) => {
        for (const container of spec.containers) Object.assign(container, { image: `${HOST}/${namespace}/app:v1` });
      });
      await until(`${namespace} runs`, 90, () => status(namespace)?.containerStatuses?.every(({ ready }) => ready));
    },
    about: (namespace) => messages().filter(({ text }) => text.includes(`${CLUSTER} ${namespace}/web`)),
    messages,
    replies: (ts) => all().filter(({ thread_ts }) => thread_ts === ts),
    stop: () => closers.close(),
  };
}

/** Posts an alert about the namespace's pod as Alertmanager does. @returns the status; `undefined` = no answer */
export async function postAlert(
  alerts: { readonly url: string; readonly token: string },
  namespace: string,
): Promise<number | undefined> {
  try {
    const response = await fetch(alerts.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${alerts.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(notification([podAlert(namespace, 'web')])),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Again and again while the answer is 5xx or none, as Alertmanager does. @returns all answers, the last one final */
export async function postUntilTaken(
  alerts: () => { readonly url: string; readonly token: string },
  namespace: string,
): Promise<readonly (number | undefined)[]> {
  const answers: (number | undefined)[] = [];
  for (let tries = 0; tries < 60; tries += 1) {
    const answer = await postAlert(alerts(), namespace);
    answers.push(answer);
    if (answer !== undefined && answer < 500) return answers;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`the alert about ${namespace} was never taken: ${answers.join(', ')}`);
}

/** What is wrong with the one message of an incident that is over; empty = nothing. */
export function problemsOfEnding(world: World, namespace: string): readonly string[] {
  const problems: string[] = [];
  const posts = world.about(namespace);
  if (posts.length !== 1) problems.push(`${posts.length} messages: ${posts.map(({ text }) => text).join(' | ')}`);
  const told = world.lines.filter((line) => line.includes(` ${namespace}/web`));
  if (!told.some((line) => line.includes(`tag ${TAG} does not exist`) && !line.startsWith('🟢')))
    problems.push(`the cause was never told: ${told.join(' | ')}`);
  for (const { ts, text } of posts) {
    if (!text.startsWith('🟢')) problems.push(`did not end green: ${text}`);
    const ids = world.replies(ts).map(({ metadata }) => String(metadata?.event_payload['id']));
    if (new Set(ids).size < ids.length) problems.push(`replies posted twice: ${ids.join(' ')}`);
    if (ids.length === 0) problems.push('no details in the thread');
  }
  return problems.map((problem) => `${namespace}: ${problem}`);
}

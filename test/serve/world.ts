import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Ecr } from '../../infra/local/ecr/ecr.ts';
import { type LocalSlack, startSlack } from '../../infra/local/slack/server.ts';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { createClosers } from '../../infra/local/stack/closers.ts';
import { openDataFolder } from '../../infra/local/stack/data-folder.ts';
import { startFakes } from '../../infra/local/stack/fakes.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { until } from '../support/until.ts';

const BIN = join(import.meta.dirname, '..', '..', 'functions', 'cli', 'bin.js');
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const TIME_SCALE = 0.05;
export const ALERTS_TOKEN = 'alerts-token-of-the-test';
const BOT_TOKEN = 'xoxb-of-the-test';

/** What is around a `pullmedic serve`: an embedded cluster, an embedded Slack, a configuration, a place for its data. */
export interface World {
  readonly slack: LocalSlack;
  readonly core: CoreV1Api;
  readonly ecr: Ecr;
  readonly data: string;
  readonly config: string;
  messages(): readonly SlackMessage[];
  /** One more process; it is killed with the world. */
  spawn(args?: readonly string[], env?: Readonly<Record<string, string>>, bin?: string): Process;
  stop(): Promise<void>;
}

export interface Process {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The one line of `--json`. @throws with what it wrote when it ends instead */
  ready(): Promise<{ readonly ready: true; readonly url: string }>;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
}

export async function startWorld(moreConfig = ''): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-serve-'));
  const closers = createClosers();
  closers.add(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createSystemClock();
  const fakes = await startFakes({
    clock,
    log: QUIET,
    timeScale: TIME_SCALE,
    folder: openDataFolder(join(folder, 'fakes')),
    closers,
  });
  const slack = await startSlack({ clock, token: BOT_TOKEN, channels: ['incidents'], postsPerSecond: 1_000 });
  closers.add(() => slack.stop());

  const config = join(folder, 'pullmedic.yaml');
  writeFileSync(
    config,
    [
      // Tests leave the machine alone: its images are those of the embedded registry.
      'askRegistries: false',
      'clusters:',
      `  - { name: prod-eu, access: { kind: kubeconfig, kubeconfig: ${JSON.stringify(`file:${fakes.kubeconfig}`)} } }`,
      'alerts: { tokens: [{ current: "env:ALERTS_TOKEN" }] }',
      'slack:',
      '  channel: incidents',
      '  botToken: env:BOT_TOKEN',
      `  apiUrl: ${slack.apiUrl}`,
      moreConfig,
      `limits: { timeScale: ${TIME_SCALE}, buzzesPerHour: 100 }`,
      '',
    ].join('\n'),
  );
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(fakes.kubeconfig);
  const data = join(folder, 'data');

  return {
    slack,
    ecr: fakes.ecr,
    data,
    config,
    core: kubeconfig.makeApiClient(CoreV1Api),
    messages: () =>
      slack.workspace.channels().flatMap(({ id }) => slack.workspace.messages(id).filter(({ thread_ts: at }) => !at)),
    spawn(args = ['--data', data, '--config', config, '--port', '0', '--json'], env = {}, bin = BIN) {
      const process = startProcess(bin, args, env);
      closers.add(() => void process.child.kill('SIGKILL'));
      return process;
    },
    stop: () => closers.close(),
  };
}

function startProcess(bin: string, args: readonly string[], env: Readonly<Record<string, string>>): Process {
  const child = spawn(process.execPath, [bin, 'serve', ...args], {
    env: { PATH: process.env['PATH'], ALERTS_TOKEN, BOT_TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal }));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async ready() {
      let hasEnded = false;
      void ended.then(() => {
        hasEnded = true;
      });
      const line = await until('the ready line', 30, () => {
        if (hasEnded) throw new Error(`serve ended: ${stderr}`);
        return stdout.includes('\n') && stdout.split('\n')[0];
      });
      return JSON.parse(line) as { ready: true; url: string };
    },
  };
}

/** A notification as Alertmanager posts it, of one pod. @returns the status */
export async function postAlert(url: string, namespace: string, pod: string): Promise<number> {
  const labels = { alertname: 'KubePodImagePullBackOff', namespace, pod, container: 'app', reason: 'ImagePullBackOff' };
  const response = await fetch(`${url}alerts/prod-eu`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ALERTS_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      version: '4',
      status: 'firing',
      alerts: [{ status: 'firing', labels, annotations: {}, startsAt: new Date().toISOString(), fingerprint: pod }],
    }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** A pod whose tag no registry has, failing. */
export async function createFailingPod({ core }: World, namespace: string): Promise<void> {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'app', image: 'docker.io/library/nginx:1.99' }] },
    },
  });
  await until('the pod fails', 20, async () => {
    const { status } = await core.readNamespacedPod({ namespace, name: 'web' });
    return status?.containerStatuses?.[0]?.state?.waiting?.reason?.match(/^(ErrImagePull|ImagePullBackOff)$/) !== null;
  });
}

export async function repairPod({ core }: World, namespace: string): Promise<void> {
  const at = { namespace, name: 'web' };
  await core.patchNamespacedPod({
    ...at,
    body: [{ op: 'replace', path: '/spec/containers/0/image', value: 'docker.io/library/nginx:1.27' }],
  });
  await until('the pod runs', 60, async () => (await core.readNamespacedPod(at)).status?.phase === 'Running');
}

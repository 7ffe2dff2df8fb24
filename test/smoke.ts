// The main job, as somebody sees it who types the README's first command: starts `npm start`, creates a pod that cannot
// pull, posts the notification that Alertmanager would, and waits for the message. Ends everything with SIGTERM to npm
// and looks whether anything is left. Prints each step with its seconds; exit status 1 at the first thing that is wrong.
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { until } from './support/until.ts';

interface Ready {
  readonly console: string;
  readonly alerts: { readonly url: string; readonly token: string };
  readonly slack: { readonly apiUrl: string; readonly token: string; readonly channel: string };
  readonly kubernetes: { readonly kubeconfig: string };
}

interface SlackMessage {
  readonly text: string;
  readonly ts: string;
}

const began = Date.now();

function step(text: string): void {
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function readReadyLine(child: ChildProcess, seconds: number): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no ready line within ${seconds} s`)), seconds * 1000);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((candidate) => candidate.startsWith('{'));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Ready);
    });
  });
}

async function messages(ready: Ready): Promise<readonly SlackMessage[]> {
  const response = await fetch(new URL('conversations.history', ready.slack.apiUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.slack.token}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ channel: ready.slack.channel, limit: '100' }),
  });
  const body = (await response.json()) as { readonly ok: boolean; readonly messages?: readonly SlackMessage[] };
  if (!body.ok) throw new Error(`conversations.history: ${JSON.stringify(body)}`);
  return body.messages ?? [];
}

async function notify(ready: Ready, pod: string, status: 'firing' | 'resolved'): Promise<void> {
  const labels = {
    alertname: 'KubePodImagePullBackOff',
    namespace: 'default',
    pod,
    container: pod,
    reason: 'ErrImagePull',
  };
  const at = new Date().toISOString();
  const alert = {
    status,
    labels,
    annotations: {},
    startsAt: at,
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : at,
    generatorURL: '',
    fingerprint: 'a3e06aaff754a3fa',
  };
  const response = await fetch(ready.alerts.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.alerts.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      version: '4',
      groupKey: '{}:{alertname="KubePodImagePullBackOff"}',
      truncatedAlerts: 0,
      status,
      receiver: 'pullmedic',
      groupLabels: { alertname: labels.alertname },
      commonLabels: labels,
      commonAnnotations: {},
      externalURL: 'http://127.0.0.1:9093',
      alerts: [alert],
    }),
  });
  if (response.status !== 202) throw new Error(`POST /alerts: ${response.status} ${await response.text()}`);
}

async function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function run(child: ChildProcess, port: number): Promise<void> {
  const ready = await readReadyLine(child, 60);
  step(`ready: ${ready.console}`);

  const page = await (await fetch(ready.console)).text();
  if (!page.includes('<html')) throw new Error('the page at / is not HTML');

  const config = new KubeConfig();
  config.loadFromFile(ready.kubernetes.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const pod = 'smoke';
  await core.createNamespacedPod({
    namespace: 'default',
    body: {
      metadata: { name: pod },
      spec: { containers: [{ name: pod, image: 'docker.io/library/nginx:v0-no-such-tag' }] },
    },
  });
  await until('the pod fails to pull', 30, async () => {
    const { status } = await core.readNamespacedPod({ namespace: 'default', name: pod });
    return status?.containerStatuses?.[0]?.state?.waiting?.reason?.match(/ErrImagePull|ImagePullBackOff/) ?? undefined;
  });
  step('the pod fails to pull');

  const notified = Date.now();
  await notify(ready, pod, 'firing');
  const message = await until('a message about the pod', 5, async () =>
    (await messages(ready)).find(({ text }) => text.includes(`default/${pod}`)),
  );
  step(`message after ${Date.now() - notified} ms: ${message.text}`);
  if (!/tag v0-no-such-tag does not exist/.test(message.text)) throw new Error('the message does not name the cause');

  await core.patchNamespacedPod({
    namespace: 'default',
    name: pod,
    body: [{ op: 'replace', path: '/spec/containers/0/image', value: 'docker.io/library/nginx:1.27' }],
  });
  const green = await until('the message turns green', 45, async () =>
    (await messages(ready)).find(({ ts, text }) => ts === message.ts && text.startsWith('🟢')),
  );
  step(`repaired: ${green.text}`);
  const about = (await messages(ready)).filter(({ text }) => text.includes(`default/${pod}`));
  if (about.length !== 1) throw new Error(`one message was expected, there are ${about.length}`);

  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.kill('SIGTERM');
  await Promise.race([
    gone,
    new Promise((_, reject) => setTimeout(() => reject(new Error('still running 2 s after SIGTERM')), 2_000)),
  ]);
  if (await isPortOpen(port)) throw new Error(`port ${port} is still open after SIGTERM`);
  step('SIGTERM: process and port are gone');
}

const port = await freePort();
const child = spawn('npm', ['start', '--', '--json', '--scenarios', 'none'], {
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'pipe', 'inherit'],
  // A group of its own, so that whatever a failed run leaves behind can be ended by its id.
  detached: true,
});
try {
  await run(child, port);
} catch (error) {
  process.stdout.write(`smoke: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of it is left: as it should be.
  }
}

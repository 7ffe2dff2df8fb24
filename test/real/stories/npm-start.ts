import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { freePort } from '../free-ports.ts';
import { startMonitoring } from '../monitoring.ts';
import { type Daemon, startDaemon, until } from '../processes.ts';
import { startRelay } from '../relay.ts';
import { story } from './story.ts';

const NAME = 'npm-start';
/** What the configuration of `npm start` calls its cluster. */
const EMBEDDED = 'prod-eu';
const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** The line that `npm start -- --json` prints. */
interface Ready {
  readonly alerts: { readonly url: string; readonly token: string };
  readonly slack: { readonly apiUrl: string; readonly token: string; readonly channel: string };
  readonly kubernetes: { readonly kubeconfig: string };
}

/**
 * The shipped rules and the shipped alertmanager.yml, with a real kube-state-metrics, Prometheus and Alertmanager in front
 * of `npm start`: what fails in its embedded cluster is alerted, delivered, and told in its Slack.
 */
export const npmStart = story(
  NAME,
  [],
  async ({ options, closing: atEnd }, problems, tell) => {
    const folder = mkdtempSync(join(tmpdir(), 'pullmedic-npm-start-'));
    const closing: (() => unknown)[] = [];
    const closeAll = async () => {
      for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
      rmSync(folder, { recursive: true, force: true });
    };
    // A run that is interrupted does not come to its end here.
    atEnd.push(closeAll);
    try {
      const { npm, ready } = await startNpm(folder);
      closing.push(() => npm.stop());
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, ready.alerts.token, { mode: 0o600 });
      const relay = await startRelay(ready.alerts.url);
      closing.push(() => relay.stop());
      const logs = join(folder, 'monitoring-logs');
      mkdirSync(logs);
      const monitoring = await startMonitoring({
        ...{ folder: join(folder, 'monitoring'), logs, tokenFile, webhookUrl: relay.url },
        ...{ cluster: EMBEDDED, secondCluster: undefined, unseenNamespace: 'none', probedRegistries: [] },
        alertmanagerPort: await freePort(),
        forSeconds: options.forSeconds,
        kubeconfig: ready.kubernetes.kubeconfig,
      });
      closing.push(() => monitoring.stop());

      const createdAt = Date.now();
      await createPod(ready, 'docker.io/library/nginx:v0-no-such-tag');
      const fired = await until('Prometheus fires', 60, () => monitoring.firedAt('default', createdAt));
      tell({
        fails: { text: 'a pod of the embedded cluster: tag does not exist' },
        alert: { text: `${fired.alert}, by the shipped rules`, seconds: (fired.at - createdAt) / 1_000 },
      });
      const taken = await until('Alertmanager delivers it', 60, () => relay.firstFiring('default', createdAt));
      if (taken.code !== 202) problems.push(`npm start answered ${taken.code}`);
      if (!taken.isAuthenticated) problems.push('the notification carried no token');
      const message = await until('its message', 60, async () =>
        (await messages(ready)).find(
          (text) => text.includes('default/app') && text.includes('tag v0-no-such-tag does not exist'),
        ),
      );
      tell({ message: { text: message.slice(0, 120), seconds: (Date.now() - taken.at) / 1_000 } });
    } finally {
      await closeAll();
    }
  },
  ({ monitoring, monitoringMissing }) => (monitoring === undefined ? monitoringMissing : undefined),
);

async function startNpm(folder: string): Promise<{ readonly npm: Daemon; readonly ready: Ready }> {
  const args = ['start', '--', '--json', '--scenarios', 'none'];
  // With one in its environment it would take the testbed's cluster for its own.
  const { KUBECONFIG: _, ...others } = process.env;
  const env = { ...others, PORT: String(await freePort()) };
  const npm = await startDaemon(NAME, 'npm', args, { logs: folder, cwd: CHECKOUT, env });
  const line = await until('npm start is ready', 60, () => {
    if (!npm.isAlive()) throw new Error(`npm start ended:\n${npm.tail()}`);
    return npm
      .log()
      .split('\n')
      .find((text) => text.startsWith('{"ready":true') && text.endsWith('}'));
  });
  return { npm, ready: JSON.parse(line) as Ready };
}

/** Not by kubectl: it keeps what it knows of a server by its port, and an earlier run may have had that one. */
async function createPod({ kubernetes }: Ready, image: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubernetes.kubeconfig);
  const body = { metadata: { name: 'app' }, spec: { containers: [{ name: 'app', image }] } };
  await config.makeApiClient(CoreV1Api).createNamespacedPod({ namespace: 'default', body });
}

async function messages({ slack }: Ready): Promise<readonly string[]> {
  const response = await fetch(new URL('conversations.history', slack.apiUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.token}` },
    body: new URLSearchParams({ channel: slack.channel, limit: '50' }),
  });
  const body = (await response.json()) as { readonly ok: boolean; readonly messages?: readonly { text: string }[] };
  if (!body.ok) throw new Error(`conversations.history: ${JSON.stringify(body).slice(0, 300)}`);
  return (body.messages ?? []).map(({ text }) => text);
}

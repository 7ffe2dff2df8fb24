import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Kubectl } from '../real/kubectl.ts';
import { until } from '../real/processes.ts';
import { NAMESPACE } from './kubeconfig-rung.ts';
import { pushServeImage } from './serve-image.ts';
import type { Walker, World } from './walker.ts';
import { CHANNEL } from './world.ts';

/** As the README names it; the testbed's node reaches that host, and this is where its images come from. */
const IMAGE = 'pullmedic:0.1.0';
const OPEN_REGISTRY = '127.0.0.1:5000';
const OURS = { name: 'pullmedic', namespace: 'pullmedic' };
const LETS_SHARE_THE_NETWORK = { 'pod-security.kubernetes.io/enforce': 'privileged' };
const KUSTOMIZATION = 'infra/serve/kubernetes/kustomization.yaml';

/** Rung 2: `serve` runs in the cluster by the shipped manifests, and says in Slack what fails. */
export async function clusterRung(walker: Walker, world: World): Promise<void> {
  const { folder, kubectl, slack } = world;
  walker.excuse('docker build', 'no container engine here: the same files by the same instructions, pushed by skopeo');
  // The Dockerfile's first stage.
  execFileSync(process.execPath, ['infra/build/build.ts'], { cwd: folder, stdio: 'ignore' });
  pushServeImage(folder, `${OPEN_REGISTRY}/${IMAGE}`);
  adaptToTestbed(folder, slack.slack.apiUrl);
  await offerVolume(world);
  world.onClose(await openServicePort(world));

  await walker.run('kubectl create namespace pullmedic', /successfully rolled out/).catch(async (error: unknown) => {
    process.stdout.write(await kubectl.run('describe', 'pods,replicasets', '-n', 'pullmedic'));
    throw error;
  });
  const token = await kubectl.run(
    ...['get', 'secret', 'pullmedic-credentials', '-n', 'pullmedic', '-o', 'jsonpath={.data.alerts-token}'],
  );
  await postAlert('http://127.0.0.1:8787/alerts', Buffer.from(token, 'base64').toString(), kubectl);
  const post = await until('a message from the cluster', 60, () => slack.firstPost(CHANNEL));
  if (!/shop\/checkout.*tag no-such-tag/.test(post.text)) throw new Error(`Slack heard: ${post.text}`);
  process.stdout.write(`\n  Slack: ${post.text}\n`);

  await walker.run('overlays/read-secrets', /serverside-applied/);
  // The next rung has the channel and the port to itself.
  await kubectl.run('scale', 'deployment/pullmedic', '-n', 'pullmedic', '--replicas=0');
}

/** What Alertmanager sends of the failing pod. */
export async function postAlert(url: string, token: string, kubectl: Kubectl): Promise<void> {
  const pods = await kubectl.run('get', 'pods', '-n', NAMESPACE, '-o', 'name');
  const pod = /^pod\/(checkout-.*)$/m.exec(pods)?.[1] ?? '';
  const now = new Date().toISOString();
  const labels = { alertname: 'ImagePullBackOff', namespace: NAMESPACE, pod, container: 'checkout' };
  const alert = { status: 'firing', labels, annotations: {}, startsAt: now, endsAt: now, fingerprint: '00' };
  const body = { version: '4', groupKey: 'walk', status: 'firing', receiver: 'pullmedic', alerts: [alert] };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ ...body, groupLabels: {}, commonLabels: labels, commonAnnotations: {}, externalURL: '' }),
  });
  if (answer.status !== 202) throw new Error(`POST ${url}: ${answer.status} ${await answer.text()}`);
}

/**
 * What this node is not: it has no service network and no cluster DNS, so the pod shares the node's network and finds the
 * API server by its name there; and its Slack is the embedded one.
 */
function adaptToTestbed(folder: string, slackUrl: string): void {
  const path = join(folder, KUSTOMIZATION);
  const kustomization = parse(readFileSync(path, 'utf8'));
  const spec = { hostNetwork: true, hostAliases: [{ ip: '127.0.0.1', hostnames: ['kubernetes.default.svc'] }] };
  const patches = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: OURS, spec: { template: { spec } } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pullmedic', labels: LETS_SHARE_THE_NETWORK } },
  ].map((patch) => ({ patch: stringify(patch) }));
  writeFileSync(path, stringify({ ...kustomization, patches }));
  const configPath = join(folder, 'infra', 'serve', 'kubernetes', 'pullmedic.yaml');
  const config = parse(readFileSync(configPath, 'utf8'));
  writeFileSync(configPath, stringify({ ...config, slack: { ...config.slack, apiUrl: slackUrl } }));
}

/** A cloud's cluster makes the volume of a claim by itself. */
async function offerVolume({ kubectl, onClose }: World): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'pullmedic-volume-'));
  onClose(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(path, { recursive: true });
  chownSync(path, 65_532, 65_532);
  await kubectl.apply(undefined, [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pullmedic-walk' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    },
  ]);
}

/** `kubernetes.default.svc:443`, as the service network would have it. @returns what closes it */
async function openServicePort({ kubectl }: World): Promise<() => void> {
  const server = await kubectl.run('config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}');
  const { hostname, port } = new URL(server);
  const door = createServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    for (const socket of [incoming, outgoing]) socket.on('error', () => socket.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject);
    door.listen(443, '127.0.0.1', resolve);
  });
  return () => door.close();
}

// Proves pullmedic on a real cluster: `node test/real/run.ts --help`, or test/real/testbed.sh, which starts one.
// Exit status: 0 every row passed or was skipped with its reason, 1 a row failed, 2 wrong usage or nothing could start.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterwards } from './afterwards.ts';
import { readAudit } from './audit.ts';
import { runCase } from './case-run.ts';
import { ASKED } from './cases/asked.ts';
import type { Case } from './cases/case.ts';
import { RECORDED } from './cases/recorded.ts';
import { seedCases } from './cases/seed.ts';
import { ALICE, createClicker } from './clicker.ts';
import { startClusterWatch } from './cluster-watch.ts';
import { compareEmbedded } from './compare-embedded.ts';
import { type EcrRegistry, EXPIRING_ECR_HOST, startEcrRegistry } from './ecr-registry.ts';
import { freePort } from './free-ports.ts';
import { createTriageIdentity, userOf, writeKubeconfig } from './identity.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { missingForMonitoring, startMonitoring } from './monitoring.ts';
import { createNamespaces } from './namespaces.ts';
import { type Options, readOptions } from './options.ts';
import {
  CLUSTER,
  PLATFORM_CHANNEL,
  type RefreshOptions,
  SECOND_CLUSTER,
  SIGNING_SECRET,
  startProduct,
} from './product.ts';
import { startRelay } from './relay.ts';
import { renderReport } from './report.ts';
import type { Row } from './row.ts';
import { prepareSecondCluster } from './second-cluster.ts';
import { startSlackJournal } from './slack-journal.ts';
import { ECR_NAMESPACE, ECR_SECRET } from './stories/ecr-token-ends.ts';
import { STORIES } from './stories/index.ts';
import { PROBED_REGISTRIES, PROBES } from './stories/probed-registries.ts';
import { ADVISED_NAMESPACE, ADVISED_SECRET } from './stories/remedies.ts';
import { UNSEEN_NAMESPACE } from './stories/sweep-only.ts';
import { startTokenRegistry } from './token-registry.ts';
import { namespaceOf, type Universe } from './universe.ts';

/** A case begins this long after the one before: a cluster does not lose everything in one second. */
const STAGGER_MS = 1_000;
/** A small node is busy with so many cases at once. */
const CROWD = 20;
const SLACK_TOKEN = 'xoxb-e2e-0000000000';

const began = Date.now();

function say(text: string): void {
  process.stdout.write(`${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
}

async function main(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-e2e-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const closing: (() => unknown)[] = [];
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // A group is told as a whole and by its shell again: the second signal must not cut the cleaning up short.
    process.on(signal, () => reject(new Error(`ended by ${signal}`)));
  }
  try {
    return await Promise.race([run(options, folder, logs, closing), interrupted]);
  } finally {
    for (const close of closing.reverse()) await close();
    if (options.keepFolder) say(`logs and data: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function run(options: Options, folder: string, logs: string, closing: (() => unknown)[]): Promise<number> {
  const isWanted = ({ name }: { readonly name: string }) => options.only === undefined || options.only.has(name);
  const cases = [...RECORDED, ...seedCases(Date.now(), await hubDigest(options)), ...ASKED]
    .map(distinct)
    .filter(isWanted);
  const stories = STORIES.filter(isWanted);
  const kubectl = createKubectl(process.env['KUBECONFIG'] ?? '');
  const nodes = await kubectl.json<NodeList>('get', 'nodes');
  const second =
    options.secondCluster === undefined
      ? undefined
      : await prepareSecondCluster({
          kubeconfig: options.secondCluster,
          folder,
          logs,
          isWanted,
          onStart: (daemon) => closing.push(() => daemon.stop()),
        });
  for (const { name, message } of second?.rows ?? []) say(`${name}: ${message.text}`);
  const identity = await createTriageIdentity(kubectl, folder, 'triage');
  const namespaces = [...cases.map(({ name }) => name), ...stories.flatMap((story) => story.namespaces)].map(
    namespaceOf,
  );
  const readable = cases.filter(({ readsSecrets }) => readsSecrets === true).map(({ name }) => namespaceOf(name));
  await createNamespaces(namespaces, readable, { kubectl, identity });
  say(`${namespaces.length} namespaces, triage identity`);

  const channels = Object.fromEntries(namespaces.map((name, index) => [name, channelName(index, name)]));
  const slack = await startSlackJournal(SLACK_TOKEN, [PLATFORM_CHANNEL, ...Object.values(channels)]);
  closing.push(() => slack.stop());
  let ecr: EcrRegistry | undefined;
  if (options.registries === 'testbed') {
    const registry = await startTokenRegistry();
    closing.push(() => registry.stop());
  }
  if (options.registries === 'testbed' && options.registryCa !== undefined) {
    const started = await startEcrRegistry(join(dirname(options.registryCa), 'containerd'));
    closing.push(() => started.stop());
    ecr = started;
  }
  const monitoringMissing = await missingForMonitoring();
  const alertmanagerPort = await freePort();
  const product = await startProduct({
    folder: join(folder, 'product'),
    logs,
    triageKubeconfig: identity.kubeconfig,
    secondKubeconfig: second?.identity.kubeconfig,
    alertmanagerUrl: monitoringMissing === undefined ? `http://127.0.0.1:${alertmanagerPort}` : undefined,
    registryCa: options.registryCa,
    refresh: await refreshOptions(ecr, kubectl, folder),
    remedies: {
      kubeconfig: await writeKubeconfig(kubectl, 'pullmedic-remedy', join(folder, 'remedy.kubeconfig')),
      userId: ALICE,
    },
    slack: { apiUrl: slack.slack.apiUrl, token: SLACK_TOKEN },
    channels,
    timeScale: options.timeScale,
  });
  closing.push(() => product.stop());
  const relay = await startRelay(product.alertsUrl);
  closing.push(() => relay.stop());
  const monitoring =
    monitoringMissing === undefined
      ? await startMonitoring({
          folder: join(folder, 'monitoring'),
          logs,
          cluster: CLUSTER,
          secondCluster: second && SECOND_CLUSTER,
          alertmanagerPort,
          webhookUrl: relay.url,
          tokenFile: product.alertTokenFile,
          forSeconds: options.forSeconds,
          unseenNamespace: namespaceOf(UNSEEN_NAMESPACE),
          probedRegistries: isWanted({ name: PROBES }) && options.registries === 'testbed' ? PROBED_REGISTRIES : [],
        })
      : undefined;
  if (monitoring === undefined) say(`!! no alerts: ${monitoringMissing}; the sweep alone finds what fails`);
  else closing.push(() => monitoring.stop());
  const watch = await startClusterWatch(700);
  closing.push(() => watch.stop());
  say('pullmedic serve, Slack, monitoring: ready');

  const universe: Universe = {
    options,
    kubectl,
    watch,
    identity,
    ecr,
    second,
    product,
    relay,
    slack,
    clicker: createClicker(slack.slack, product.actionsUrl, SIGNING_SECRET),
    isCrowded: cases.length > CROWD,
    closing,
    deletedBy: (account, namespace, since) => countDeletions(options, account, namespace, since),
    monitoring,
    monitoringMissing,
    nodeCreatedAt: Math.min(...nodes.items.map(({ metadata }) => Date.parse(metadata.creationTimestamp))),
    words: new Map(),
    channelOf: (namespace) => channels[namespace] ?? PLATFORM_CHANNEL,
    say,
  };
  const [rows, told] = await Promise.all([
    Promise.all(cases.map((one, index) => sleep(index * STAGGER_MS).then(() => runCase(one, universe)))),
    Promise.all(stories.filter(({ isAlone }) => isAlone !== true).map((story) => story.run(universe))),
  ]);
  const alone: Row[] = [];
  for (const story of stories.filter(({ isAlone }) => isAlone === true)) alone.push(...(await story.run(universe)));
  const same = await compareEmbedded(cases, universe.words);
  const storyRows = [...(second?.rows ?? []), ...told.flat(), ...alone, ...(await afterwards(rows, universe)), same];
  return finish(options, rows, storyRows, universe, nodes);
}

/** The audit log is written a moment later than the call is answered. */
async function countDeletions({ auditLog }: Options, account: string, namespace: string, since: number) {
  if (auditLog === undefined) throw new Error('deletions cannot be counted without --audit-log');
  await sleep(2_000);
  const calls = await readAudit(auditLog, userOf(account));
  return calls.filter(
    (call) => call.verb === 'delete' && call.what === 'pods' && call.namespace === namespace && call.at >= since,
  ).length;
}

async function refreshOptions(
  ecr: EcrRegistry | undefined,
  kubectl: Kubectl,
  folder: string,
): Promise<RefreshOptions | undefined> {
  return (
    ecr && {
      kubeconfig: await writeKubeconfig(kubectl, 'pullmedic-refresh', join(folder, 'refresh.kubeconfig')),
      ecrEndpoint: ecr.endpoint,
      host: EXPIRING_ECR_HOST,
      targets: [
        { namespace: namespaceOf(ECR_NAMESPACE), secretName: ECR_SECRET, mode: 'auto' },
        { namespace: namespaceOf(ADVISED_NAMESPACE), secretName: ADVISED_SECRET, mode: 'advise' },
      ],
    }
  );
}

function finish(
  options: Options,
  rows: readonly Row[],
  stories: readonly Row[],
  universe: Universe,
  nodes: NodeList,
): number {
  const all = [...rows, ...stories];
  const info = nodes.items[0]?.status.nodeInfo;
  const report = renderReport(rows, stories, {
    at: began,
    tookMs: Date.now() - began,
    versions: [
      `kubelet ${info?.kubeletVersion ?? 'unknown'}`,
      info?.containerRuntimeVersion?.replace('://', ' ') ?? 'unknown runtime',
      ...(universe.monitoring?.versions ?? []),
      `Node ${process.version}`,
    ],
    changes: universe.monitoring?.changes ?? [`no alerts: ${universe.monitoringMissing}`],
    notes: [
      notificationsNote(universe),
      'the node is as new as the cluster: on a node younger than five minutes what may heal is told five minutes later',
    ],
    timeScale: options.timeScale,
  });
  if (options.report !== undefined) writeFileSync(options.report, report);
  const failed = all.filter(({ problems }) => problems.length > 0);
  for (const { name, problems } of failed) say(`FAILED ${name}: ${problems.join('; ')}`);
  const skipped = all.filter((row) => row.skipped !== undefined);
  say(`${all.length - failed.length - skipped.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length === 0 && skipped.length < all.length ? 0 : 1;
}

function notificationsNote({ relay }: Universe): string {
  const beats = relay.notifications.filter(({ firing }) => firing.some(({ name }) => name === 'Watchdog'));
  const taken = relay.notifications.filter(({ code }) => code === 202);
  return `${relay.notifications.length} notifications came from Alertmanager, ${beats.length} of them heartbeats; ${taken.length} were answered 202`;
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly creationTimestamp: string };
    readonly status: {
      readonly nodeInfo: { readonly kubeletVersion: string; readonly containerRuntimeVersion: string };
    };
  }[];
}

/** Two tables have a case of this name. */
function distinct(one: Case): Case {
  return one.from === 'seed' && RECORDED.some(({ name }) => name === one.name)
    ? { ...one, name: `${one.name}-seed` }
    : one;
}

/** The embedded Slack makes a channel's id of its first letters: they must differ. */
function channelName(index: number, namespace: string): string {
  return `c${String(index).padStart(3, '0')}-${namespace.replace(/^e2e-/, '')}`.slice(0, 80);
}

/** What `nginx:1.27` is on the testbed's registry. */
async function hubDigest({ registries }: Options): Promise<string | undefined> {
  if (registries !== 'testbed') return undefined;
  const answer = await fetch('http://127.0.0.1:5000/v2/library/nginx/manifests/1.27', {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json' },
  });
  return answer.headers.get('docker-content-digest') ?? undefined;
}

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
const status = await main(options).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 2;
});
// Whatever still waits for a step of an interrupted run must not keep the process.
process.exit(status);

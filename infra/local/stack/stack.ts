import type { Engine, EngineWraps } from '../../../functions/serve/engine.ts';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { type CounterRegistry, createCounterRegistry } from '../../../shared/adapters/log/counter-registry.ts';
import type { RegistryNetwork } from '../../../shared/adapters/registry/registry-network.ts';
import type { Pod } from '../../../shared/domain/kubernetes.ts';
import type { Chat } from '../../../shared/ports/chat.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { type AlertmanagerApi, startAlertmanagerApi } from '../alertmanager/api.ts';
import { startAlertmanager } from '../alertmanager/driver.ts';
import { startConsole } from '../console/console.ts';
import type { Ecr } from '../ecr/ecr.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { PODS } from '../kubernetes/resources.ts';
import { registryDispatcher } from '../registry/dispatcher.ts';
import type { Registry } from '../registry/registry.ts';
import { type LocalSlack, startSlack } from '../slack/server.ts';
import { createClosers } from './closers.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { startFakes } from './fakes.ts';
import { startHandlers } from './handlers.ts';
import type { ReadyLine } from './ready-line.ts';
import { checkScenarioNames, runScenarios, type ScenarioRun } from './run-scenarios.ts';
import { CLUSTER, DEFAULT_CHANNEL, TEAM_CHANNELS } from './stack-config.ts';
import { createTries } from './tries.ts';

/** A Slack of somebody's own. */
export interface RealSlack {
  readonly token: string;
  readonly channel: string;
  readonly signingSecret: string;
}

export interface StackOptions {
  /** Port of the console; 0 = any free one. */
  readonly port: number;
  /** Scenario ids; `undefined` = all, one after another; none = an empty, healthy cluster. */
  readonly scenarios?: readonly string[] | undefined;
  /** Whether the first scenario is repaired after a while, so that a terminal shows how a message ends. */
  readonly repairsFirst?: boolean | undefined;
  /** Kept across restarts; `undefined` = a temporary folder. */
  readonly data?: string | undefined;
  /** Grace periods and rhythms times this. */
  readonly timeScale?: number | undefined;
  /** A kubeconfig's path: that cluster takes the embedded one's place. */
  readonly realKubeconfig?: string | undefined;
  readonly realSlack?: RealSlack | undefined;
  readonly log?: Log | undefined;
  /** Gets each incident's first line as it comes and changes. */
  readonly say?: ((channel: string, text: string) => void) | undefined;
  /** The embedded Slack's limit for a channel; its own is 1. */
  readonly postsPerSecond?: number | undefined;
  /** Tests let calls fail here. */
  readonly wrap?: EngineWraps | undefined;
  readonly wrapChat?: ((chat: Chat) => Chat) | undefined;
}

/** A running embedded stack. */
export interface Stack {
  readonly ready: ReadyLine;
  readonly engine: Engine;
  readonly timeScale: number;
  readonly clock: AdjustableClock;
  readonly metrics: CounterRegistry;
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly ecr: Ecr;
  readonly alertmanager: AlertmanagerApi;
  /** `undefined` with a real one. */
  readonly slack: LocalSlack | undefined;
  /** Moves the clock for everybody. @returns how far it is ahead of the machine's, in seconds */
  advanceClock(seconds: number): number;
  stop(): Promise<void>;
}

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
const DEFAULT_TIME_SCALE = 0.1;

/** Starts everything on loopback: the fakes, the real handlers over SQLite, the console, the scenarios. */
export async function startStack(options: StackOptions): Promise<Stack> {
  checkScenarioNames(options.scenarios ?? []);
  const closers = createClosers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: StackOptions, closers: ReturnType<typeof createClosers>): Promise<Stack> {
  const { log = QUIET, timeScale = DEFAULT_TIME_SCALE } = options;
  const folder = openDataFolder(options.data);
  closers.add(() => folder.close());
  const clock = createAdjustableClock();
  clock.advance(folder.memory.clockAheadSeconds);
  const metrics = createCounterRegistry();

  const { ecr, registry, cluster, kubeconfig } = await startFakes({ clock, log, timeScale, folder, closers });
  const slack = options.realSlack === undefined ? await openSlack(options, folder, clock) : undefined;
  if (slack) closers.add(() => slack.stop());

  const alertmanager = await startAlertmanagerApi(clock);
  closers.add(() => alertmanager.stop());

  const { engine, clusters } = await startHandlers({
    options,
    log,
    timeScale,
    folder,
    clock,
    metrics,
    closers,
    // A real cluster pulls from real registries.
    registryNetwork: options.realKubeconfig === undefined ? embeddedNetwork(registry, closers) : undefined,
    registryAddress: registry.address,
    ecrEndpoint: ecr.endpoint,
    kubeconfig: options.realKubeconfig ?? kubeconfig,
    slackApiUrl: slack?.apiUrl,
    alertmanagerUrl: alertmanager.url,
    channelIds: slack?.workspace.channels().map(({ id }) => id) ?? [],
  });

  function advanceClock(seconds: number): number {
    clock.advance(seconds);
    const aheadSeconds = folder.memory.clockAheadSeconds + seconds;
    if (seconds > 0) {
      folder.rememberClock(aheadSeconds);
      cluster.wake();
      engine.wake();
    }
    return aheadSeconds;
  }

  async function listPods(): Promise<readonly Pod[]> {
    if (options.realKubeconfig === undefined) return cluster.list(PODS) as unknown as readonly Pod[];
    const read = await (await clusters.reader(CLUSTER)).listPods({});
    return read.ok ? read.value : [];
  }

  const watched = new Set<string>();
  const watch = (namespace: string) => void watched.add(namespace);
  const isDemo = options.realKubeconfig === undefined;
  const world = { cluster, registry, ecr, clock };
  let scenarios: ScenarioRun | undefined;
  const tries = createTries({ ...world, advanceClock, watch, started: () => scenarios?.started ?? [] });
  const console = await startConsole({
    port: options.port,
    clock,
    log,
    route: engine.route,
    slack,
    slackSigningSecret: options.realSlack?.signingSecret ?? folder.memory.slackSigningSecret,
    listPods,
    tries: isDemo ? tries : [],
    advanceClock,
  });
  closers.add(() => console.stop());

  const ready = readyLine(console.url, folder, options, { ecr, registry, cluster, slack, kubeconfig });
  if (isDemo) {
    const driver = startAlertmanager({
      url: ready.alerts.url,
      token: ready.alerts.token,
      cluster: CLUSTER,
      clock,
      log,
      isSilenced: alertmanager.isSilenced,
      listPods: async () => (await listPods()).filter(({ metadata }) => watched.has(metadata?.namespace ?? '')),
    });
    closers.add(() => driver.stop());
    const { scenarios: names, repairsFirst = false } = options;
    scenarios = runScenarios({ names, repairsFirst, watch, world, log });
    closers.add(() => scenarios?.stop());
  }
  return {
    ready,
    engine,
    timeScale,
    clock,
    metrics,
    cluster,
    registry,
    ecr,
    alertmanager,
    slack,
    advanceClock,
    stop: () => closers.close(),
  };
}

/** The embedded registry answers pullmedic as it answers the nodes; nothing leaves the machine. */
function embeddedNetwork(registry: Registry, closers: ReturnType<typeof createClosers>): RegistryNetwork {
  const dispatcher = registryDispatcher(registry);
  closers.add(() => dispatcher.destroy());
  return { open: async () => ({ dispatcher, close: async () => {} }) };
}

function openSlack(options: StackOptions, folder: DataFolder, clock: AdjustableClock): Promise<LocalSlack> {
  const { postsPerSecond } = options;
  return startSlack({
    clock,
    token: folder.memory.slackToken,
    channels: [DEFAULT_CHANNEL, ...TEAM_CHANNELS],
    file: folder.slackMessages,
    ...(postsPerSecond === undefined ? {} : { postsPerSecond, postBurst: postsPerSecond }),
  });
}

function readyLine(
  url: string,
  { memory }: DataFolder,
  { realSlack, realKubeconfig }: StackOptions,
  fakes: {
    readonly ecr: Ecr;
    readonly registry: Registry;
    readonly cluster: Cluster;
    readonly slack: LocalSlack | undefined;
    readonly kubeconfig: string;
  },
): ReadyLine {
  const idOf = (name: string) => fakes.slack?.workspace.findChannel(name)?.id ?? realSlack?.channel ?? '';
  const names = fakes.slack ? [DEFAULT_CHANNEL, ...TEAM_CHANNELS] : [];
  return {
    ready: true,
    console: url,
    alerts: { url: `${url}alerts`, token: memory.alertsToken },
    slack: {
      apiUrl: fakes.slack?.apiUrl ?? 'https://slack.com/api/',
      // A token of somebody's own is theirs: it is not printed.
      token: realSlack === undefined ? memory.slackToken : '',
      channel: idOf(DEFAULT_CHANNEL),
      channels: { default: idOf(DEFAULT_CHANNEL), ...Object.fromEntries(names.map((name) => [name, idOf(name)])) },
      signingSecret: realSlack === undefined ? memory.slackSigningSecret : '',
      actionsUrl: `${url}slack`,
    },
    kubernetes: {
      server: realKubeconfig === undefined ? fakes.cluster.server : '',
      kubeconfig: realKubeconfig ?? fakes.kubeconfig,
    },
    registry: { host: fakes.registry.address },
    ecr: { endpoint: fakes.ecr.endpoint },
  };
}

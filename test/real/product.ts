import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import type { IncidentStore } from '../../shared/ports/incident-store.ts';
import { freePort } from './free-ports.ts';
import { type Daemon, startDaemon, until } from './processes.ts';
import { testbedRegistries } from './registries.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
export const CLUSTER = 'testbed';
/** A control plane without a node: what its alerting and its API server may do wrong disturbs no case. */
export const SECOND_CLUSTER = 'edge';
/** The least that the schema takes. */
export const SILENT_AFTER_MINUTES = 1;
export const SIGNING_SECRET = 'e2e-signing-secret';
export const PLATFORM_CHANNEL = 'platform';

/** `pullmedic serve`, as somebody without Lambda runs it. */
export interface Product {
  /** Where Alertmanager posts. */
  readonly alertsUrl: string;
  readonly metricsUrl: string;
  /** Where Slack posts clicks. */
  readonly actionsUrl: string;
  readonly alertTokenFile: string;
  readonly configText: string;
  /** What it stored, read beside it. */
  readonly store: IncidentStore;
  readonly daemon: () => Daemon;
  /** kill −9. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The targets of the run, and who writes them. */
export interface RefreshOptions {
  /** Of the refresh identity. */
  readonly kubeconfig: string;
  readonly ecrEndpoint: string;
  readonly host: string;
  readonly targets: readonly {
    readonly namespace: string;
    readonly secretName: string;
    readonly mode: 'auto' | 'advise';
  }[];
}

/** Who may press, and as whom it is done. */
export interface RemedyOptions {
  readonly kubeconfig: string;
  readonly userId: string;
}

export interface ProductOptions {
  readonly folder: string;
  readonly logs: string;
  readonly triageKubeconfig: string;
  /** `undefined` = there is no second cluster. */
  readonly secondKubeconfig: string | undefined;
  /** Root of the Alertmanager that hears the diagnoses; `undefined` = there is none. */
  readonly alertmanagerUrl: string | undefined;
  /** The CA of the testbed's registries; `undefined` = the product asks no registry but the public ones. */
  readonly registryCa: string | undefined;
  readonly slack: { readonly apiUrl: string; readonly token: string };
  /** What keeps pull secrets fresh, where the run has an ECR. */
  readonly refresh?: RefreshOptions | undefined;
  readonly remedies: RemedyOptions;
  /** Namespace ─▶ channel. */
  readonly channels: Readonly<Record<string, string>>;
  readonly timeScale: number;
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const { folder, logs, slack } = options;
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const alertTokenFile = file('alerts.token', 'e2e-alerts-token');
  const config = {
    clusters: [
      {
        ...clusterConfig(CLUSTER, options.triageKubeconfig),
        ...refreshAccess(options.refresh),
        remedyAccess: { kind: 'kubeconfig', kubeconfig: `file:${options.remedies.kubeconfig}` },
      },
      ...(options.secondKubeconfig === undefined ? [] : [clusterConfig(SECOND_CLUSTER, options.secondKubeconfig)]),
    ],
    alerts: {
      tokens: [{ current: `file:${alertTokenFile}` }],
      watchdog: { silentAfterMinutes: SILENT_AFTER_MINUTES },
    },
    ...(options.alertmanagerUrl && { alertmanagers: [{ url: options.alertmanagerUrl, clusters: [CLUSTER] }] }),
    ...(options.refresh && { targets: targetsOf(options.refresh) }),
    // What cases break on purpose is theirs to tell; its story asks for itself.
    preflight: { everyHours: 0 },
    policy: { rules: [{ name: 'e2e', users: [options.remedies.userId] }] },
    ...(options.registryCa && { registries: testbedRegistries(options.registryCa) }),
    routes: {
      rules: Object.entries(options.channels).map(([namespace, channel]) => ({ namespaces: [namespace], channel })),
    },
    slack: {
      channel: PLATFORM_CHANNEL,
      botToken: `file:${file('slack.token', slack.token)}`,
      signingSecret: `file:${file('slack.signing-secret', SIGNING_SECRET)}`,
      apiUrl: slack.apiUrl,
    },
    // Dozens of failures at once in one hour are this run's nature; the roll-up has tests of its own.
    limits: { timeScale: options.timeScale, buzzesPerHour: 1_000 },
  };
  const configText = stringify(config);
  const configFile = file('pullmedic.yaml', configText);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  let daemon = await start();

  async function start(): Promise<Daemon> {
    const started = await startDaemon(
      'serve',
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', join(CHECKOUT, 'functions', 'cli', 'bin.js')],
        ...['serve', '--data', data, '--config', configFile, '--port', String(port), '--json'],
      ],
      { logs, cwd: folder, env: { ...process.env, ...awsVariables(options.refresh) } },
    );
    await until('pullmedic serve answers', 30, async () => {
      if (!started.isAlive()) throw new Error(`pullmedic serve ended:\n${started.tail()}`);
      return await fetch(`${url}alerts`, { method: 'POST', body: '{}' }).then(
        ({ status }) => status === 401,
        () => false,
      );
    });
    return started;
  }

  const db = openDatabase(join(data, 'pullmedic.db'));
  return {
    alertsUrl: `${url}alerts`,
    metricsUrl: `${url}metrics`,
    actionsUrl: `${url}slack`,
    alertTokenFile,
    configText,
    store: createRecordIncidentStore(createSqliteRecordStore({ db, clock: createSystemClock() })),
    daemon: () => daemon,
    kill: () => daemon.stop('SIGKILL'),
    async restart() {
      daemon = await start();
    },
    async stop() {
      db.close();
      await daemon.stop();
    },
  };
}

function refreshAccess(refresh: RefreshOptions | undefined) {
  return refresh && { refreshAccess: { kind: 'kubeconfig', kubeconfig: `file:${refresh.kubeconfig}` } };
}

function targetsOf({ targets, host }: RefreshOptions) {
  return targets.map(({ namespace, secretName, mode }) => ({
    name: namespace,
    clusters: [CLUSTER],
    namespaces: [namespace],
    secretNames: [secretName],
    registries: [host],
    roleArn: 'none',
    retryPods: true,
    mode,
  }));
}

/** AWS as the SDK finds it everywhere: by its environment. */
function awsVariables(refresh: RefreshOptions | undefined): NodeJS.ProcessEnv {
  if (refresh === undefined) return {};
  return {
    AWS_ACCESS_KEY_ID: 'AKIAE2EEXAMPLE000000',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL_ECR: refresh.ecrEndpoint,
  };
}

function clusterConfig(name: string, kubeconfig: string) {
  return { name, environment: 'prod', access: { kind: 'kubeconfig', kubeconfig: `file:${kubeconfig}` } };
}

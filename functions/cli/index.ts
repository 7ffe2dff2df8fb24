import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import type { ClusterConnections } from '../../shared/adapters/kubernetes/clusters.ts';
import { createPlainLog } from '../../shared/adapters/log/plain-log.ts';
import { CredentialError } from '../../shared/domain/errors.ts';
import { Secret } from '../../shared/domain/secret.ts';
import type { Clusters } from '../../shared/ports/cluster.ts';
import type { InventoryReaders } from '../../shared/ports/inventory-reader.ts';
import type { SecretWriters } from '../../shared/ports/secret-writer.ts';
import type { About } from './bug-report.ts';
import { type CliIo, EXIT } from './io.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { parsePackage } from './parse-package.ts';
import { createRemedyRecordsWorld } from './remedy-records.ts';
import { type CliDependencies, run } from './run.ts';
import type { ServeWorld } from './serve.ts';

const EXIT_AFTER_MS = 500;

const { stdin, stdout, stderr, env, argv } = process;
const clock = createSystemClock();
const about = readPackage();

const io: CliIo = {
  stdin,
  stdout: (text) => {
    stdout.write(text);
  },
  stderr: (text) => {
    stderr.write(text);
  },
  hasColours: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  columns: stdout.isTTY === true ? stdout.columns : 80,
};

const serve: ServeWorld = {
  // A terminal gets words, whatever collects logs gets JSON lines.
  log: createPlainLog({ write: (line) => stderr.write(line), format: stderr.isTTY === true ? 'text' : 'json', clock }),

  async start({ config = env['PULLMEDIC_CONFIG'] || 'pullmedic.yaml', ...options }) {
    const [{ startServe }, { ssm, secretsManager, awsKeys }] = await Promise.all([
      import('../serve/start-serve.ts'),
      openConfigured(),
    ]);
    const { url, stop } = await startServe(
      { ...options, config },
      { log: serve.log, env, ssm, secretsManager, awsKeys, version: about.version },
    );
    return {
      url,
      async stop() {
        await stop();
        // A connection that somebody keeps open must not keep a process that is done.
        setTimeout(() => process.exit(), EXIT_AFTER_MS).unref();
      },
    };
  },

  untilSignal: () =>
    new Promise((resolve) => {
      // Once: whoever asks twice ends it at once.
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    }),
};

function awsRegion(): string {
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  if (region === undefined || region === '') {
    throw new CredentialError('AWS_REGION is not set: ssm: and aws-sm: references need it', { retry: 'give-up' });
  }
  return region;
}

/** Both this file and its bundle, `dist/cli/index.cjs`, stand two folders below it. */
function readPackage(): About {
  const file = new URL('../../package.json', import.meta.url);
  return parsePackage(JSON.parse(readFileSync(file, 'utf8')));
}

/** Opens a context of the user's kubeconfig (`undefined` = the current one), and closes it again. */
async function withClusters<T>(
  context: string | undefined,
  use: (clusters: Clusters & InventoryReaders & SecretWriters & ClusterConnections, name: string) => Promise<T>,
): Promise<T> {
  // Most commands ask no cluster and need not wait for these to load.
  const [{ createClusters }, { defaultProvider }] = await Promise.all([
    import('../../shared/adapters/kubernetes/clusters.ts'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const name = context ?? 'current context';
  const kubeconfig = await readKubeconfig(kubeconfigPaths());
  const clusters = createClusters({
    component: 'cli',
    config: {
      load: async () => ({
        clusters: [{ name, environment: 'prod', access: { kind: 'kubeconfig', kubeconfig: 'KUBECONFIG', context } }],
      }),
    },
    credentials: { read: async () => new Secret(kubeconfig) },
    clock,
    log: createPlainLog({ write: (line) => stderr.write(line), level: 'error' }),
    awsKeys: ({ profile }) => defaultProvider(profile === undefined ? {} : { profile }),
  });
  try {
    return await use(clusters, name);
  } finally {
    await clusters.close();
  }
}

function kubeconfigPaths(): readonly string[] {
  const paths = env['KUBECONFIG'] ?? '';
  return paths === '' ? [join(homedir(), '.kube', 'config')] : paths.split(delimiter);
}

/** What commands use that go by the configuration: where its credentials are, and the keys of AWS. */
async function openConfigured() {
  const [{ createSignedSources }, { defaultProvider }] = await Promise.all([
    import('../../shared/adapters/credentials/signed-sources.ts'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const keys = defaultProvider();
  const endpoint = env['AWS_ENDPOINT_URL'];
  // Asked only where the configuration names such a reference: without AWS there is no region.
  const sources = () => createSignedSources({ region: awsRegion(), keys, fetch, endpoint });
  return {
    clock,
    env,
    ssm: (name: string) => sources().ssm(name),
    secretsManager: (name: string) => sources().secretsManager(name),
    awsKeys: ({ profile }: { readonly profile?: string | undefined }) =>
      defaultProvider(profile === undefined ? {} : { profile }),
  };
}

const dependencies: CliDependencies = {
  clock,
  about,
  serve,
  async openRegistry() {
    const [{ createRegistry }, { createConfigSource }, { createCredentials }, { parseConfig }, configured] =
      await Promise.all([
        import('../../shared/adapters/registry/create-registry.ts'),
        import('../../shared/adapters/config-source/create-config-source.ts'),
        import('../../shared/adapters/credentials/create-credentials.ts'),
        import('../../shared/config/load.ts'),
        openConfigured(),
      ]);
    const from = env['PULLMEDIC_CONFIG'] ?? '';
    const config =
      from === ''
        ? { load: async () => ({ askRegistries: true, registries: [], ecr: { accounts: [] } }) }
        : createConfigSource({ from, parse: parseConfig, clock, log: serve.log, readParameter: configured.ssm });
    if (!(await config.load()).askRegistries) return undefined;
    return createRegistry({
      config,
      credentials: createCredentials(configured),
      clock,
      awsKeys: configured.awsKeys,
      userAgent: `pullmedic/${about.version}`,
    });
  },

  withCluster: (context, use) => withClusters(context, async (clusters, name) => use(await clusters.reader(name))),
  withSecrets: (context, use) =>
    withClusters(context, async (clusters, name) =>
      use({ reader: await clusters.reader(name), writer: await clusters.writer(name) }),
    ),

  remedyRecords: createRemedyRecordsWorld({ clock, env }),
  readKubeconfig: () => readKubeconfig(kubeconfigPaths()),

  preflight: {
    withInventory: (context, use) =>
      withClusters(context, async (clusters, name) => use(await clusters.inventory(name))),
    progress: drawProgress,
  },

  prepull: {
    withCluster: (context, use) =>
      withClusters(context, async (clusters, name) => {
        const { createDaemonSets } = await import('../../shared/adapters/kubernetes/daemon-sets.ts');
        const daemonSets = createDaemonSets(await clusters.connection(name));
        return use({ reader: await clusters.reader(name), daemonSets });
      }),
    interrupted() {
      const controller = new AbortController();
      // Once: whoever asks twice ends it at once.
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort());
      return controller.signal;
    },
  },

  doctor: {
    progress: drawProgress,
    async open(options, use) {
      const [{ createDoctorWorld }, configured] = await Promise.all([import('./doctor-world.ts'), openConfigured()]);
      const log = createPlainLog({ write: (line) => stderr.write(line), level: 'error' });
      return createDoctorWorld({ ...configured, log, fetch, progress: drawProgress }).open(options, use);
    },
  },

  refresh: {
    async open(options, use) {
      const [{ createRefreshWorld }, configured] = await Promise.all([import('./refresh-world.ts'), openConfigured()]);
      const world = createRefreshWorld({
        ...configured,
        log: serve.log,
        readKubeconfig: () => readKubeconfig(kubeconfigPaths()),
      });
      return world.open(options, use);
    },
  },
};

/** The line is drawn over itself and wiped in the end; in a file it would be noise. */
function drawProgress(text: string | undefined): void {
  if (stderr.isTTY === true) stderr.write(`\r\u001b[K${text ?? ''}`);
}

// A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

run(argv.slice(2), io, dependencies).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    stderr.write(`pullmedic: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);

import type { AddressInfo } from 'node:net';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import type { CredentialSource } from '../../shared/adapters/credentials/credential-source.ts';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import { type ClustersDependencies, createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { createCounterRegistry } from '../../shared/adapters/log/counter-registry.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { createSlackChat } from '../../shared/adapters/slack/slack-chat.ts';
import { createSlackDialogs } from '../../shared/adapters/slack/slack-dialogs.ts';
import { type SocketMode, startSocketMode } from '../../shared/adapters/slack/socket-mode.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createWriteProbe } from '../../shared/adapters/sqlite/write-probe.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { PullmedicError } from '../../shared/domain/errors.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import type { Log } from '../../shared/ports/log.ts';
import { createSlackPoster } from '../dead-letter/slack-poster.ts';
import { createSlackAccess } from '../wiring/slack-access.ts';
import { checkCredentials } from './check-credentials.ts';
import { createCloseStack } from './close-stack.ts';
import { COUNTER_HELP } from './counter-help.ts';
import { holdDataFolder } from './data-folder.ts';
import { startEngine } from './engine.ts';
import { renderGauges } from './gauges.ts';
import { listen } from './http.ts';
import { readGauges } from './read-gauges.ts';
import { createSite } from './site.ts';
import { watchLooks } from './watch-looks.ts';

export interface ServeOptions {
  /** Where the state is kept; created if it does not exist. */
  readonly data: string;
  /** `PULLMEDIC_CONFIG`: a file's path or `ssm:NAME`. */
  readonly config: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

/** What the command's edge hands in. */
export interface ServeDeps {
  readonly log: Log;
  /** For `env:` references. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ssm: CredentialSource;
  readonly secretsManager: CredentialSource;
  readonly awsKeys: ClustersDependencies['awsKeys'];
  readonly version: string;
}

/** A running `pullmedic serve`. */
export interface Serve {
  /** Ends with a slash. */
  readonly url: string;
  /** Takes no more alerts, lets what runs end within 10 s, closes everything. What is left comes at the next start. */
  stop(): Promise<void>;
}

/** Kubernetes gives a pod 30 s; a person at a terminal waits less. */
const STOP_WITHIN_MS = 9_000;

/**
 * Every function in one process: the handlers of the Lambdas over one SQLite file.
 * @throws {ConfigError} for a configuration that cannot be used
 * @throws {StoreError} for a folder that is in use or cannot be written
 * @throws the server's own error, such as EADDRINUSE
 */
export async function startServe(options: ServeOptions, deps: ServeDeps): Promise<Serve> {
  const closing = createCloseStack(deps.log);
  try {
    return await start(options, deps, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(
  options: ServeOptions,
  { log, env, ssm, secretsManager, awsKeys, version }: ServeDeps,
  closing: ReturnType<typeof createCloseStack>,
): Promise<Serve> {
  const clock = createSystemClock();
  const config = createConfigSource({ from: options.config, parse: parseConfig, clock, log, readParameter: ssm });
  const first = await config.load();
  const credentials = createCredentials({ clock, env, ssm, secretsManager });
  await checkCredentials(first, credentials, log);

  const folder = holdDataFolder(options.data);
  closing.add(() => folder.release());
  const db = openDatabase(folder.database);
  closing.add(() => db.close());
  const access = { config, credentials, clock, log, awsKeys, component: 'serve' };
  const clusters = createClusters(access);
  closing.add(() => clusters.close());
  const writers = createClusters({ ...access, identity: 'refresh', connections: CONCURRENCY });
  closing.add(() => writers.close());
  const remedyClusters = createClusters({ ...access, identity: 'remedy' });
  closing.add(() => remedyClusters.close());

  const slackAccess = createSlackAccess({ config, credentials });
  const counters = createCounterRegistry({ help: COUNTER_HELP });
  const looks = watchLooks(clock);
  const probe = createWriteProbe(db);

  // The port first: where it is taken, no job has been touched yet. Nothing is answered before there is an engine.
  const site = Promise.withResolvers<ReturnType<typeof createSite>>();
  const server = await listen(async (request, response) => (await site.promise).handle(request, response), options);
  closing.add(() => {
    server.close();
    server.closeAllConnections();
  });

  const engine = startEngine({
    db,
    config,
    credentials,
    clusters,
    inventories: clusters,
    registry: createRegistry({ config, credentials, clock, awsKeys, userAgent: `pullmedic/${version}` }),
    refresh: { writers, issuer: createCredentialIssuer({ awsKeys: awsKeys({ profile: undefined }), clock }) },
    remedyClusters,
    chat: createSlackChat({ access: slackAccess }),
    dialogs: createSlackDialogs({ access: slackAccess, clock }),
    postDeadLetter: createSlackPoster({ fetch, connect: slackAccess, clock }),
    clock,
    log,
    metrics: counters,
    timeScale: first.limits.timeScale,
    wrap: { store: looks.wrap },
  });
  const socketMode = startSockets();
  const running = createSite({
    route: engine.route,
    problems: () => findProblems([() => probe(clock.now()), () => config.load()]),
    metrics: async () =>
      renderGauges(
        await readGauges({ engine, looks, socketMode, config: await config.load(), version, now: clock.now() }),
      ) + counters.render(),
  });
  site.resolve(running);

  function startSockets(): SocketMode | undefined {
    const { appToken } = first.slack;
    if (appToken === undefined) return undefined;
    return startSocketMode({
      access: async () => ({ token: await credentials.read(appToken), apiUrl: (await config.load()).slack.apiUrl }),
      onAction: engine.act,
      log,
    });
  }

  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${urlHost(options.host)}:${port}/`,
    async stop() {
      const end = performance.now() + STOP_WITHIN_MS;
      const left = () => Math.max(0, end - performance.now());
      await Promise.all([running.drain(left()), engine.stop(left()), socketMode?.stop(left())]);
      await closing.close();
    },
  };
}

/** @returns one line for each check that failed */
async function findProblems(checks: readonly (() => unknown)[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}

/** Whoever listens on every address is reached on loopback; IPv6 stands in brackets. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

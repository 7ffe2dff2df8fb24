import { createSlackPoster } from '../../../functions/dead-letter/slack-poster.ts';
import { type Engine, startEngine } from '../../../functions/serve/engine.ts';
import { createSystemClock } from '../../../shared/adapters/clock.ts';
import { createCredentials } from '../../../shared/adapters/credentials/create-credentials.ts';
import { createCredentialIssuer } from '../../../shared/adapters/ecr/create-credential-issuer.ts';
import { createClusters } from '../../../shared/adapters/kubernetes/clusters.ts';
import { createRegistry } from '../../../shared/adapters/registry/create-registry.ts';
import type { RegistryNetwork } from '../../../shared/adapters/registry/registry-network.ts';
import { createSlackChat } from '../../../shared/adapters/slack/slack-chat.ts';
import { createSlackDialogs } from '../../../shared/adapters/slack/slack-dialogs.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { parseConfig } from '../../../shared/config/load.ts';
import { ConfigError } from '../../../shared/domain/errors.ts';
import { CONCURRENCY } from '../../../shared/flows/refreshing/refresh-cluster.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Clusters } from '../../../shared/ports/cluster.ts';
import type { CredentialIssuer } from '../../../shared/ports/credential-issuer.ts';
import type { Log, Metrics } from '../../../shared/ports/log.ts';
import { announceFirstLines } from './announce.ts';
import type { Closers } from './closers.ts';
import type { DataFolder } from './data-folder.ts';
import type { StackOptions } from './stack.ts';
import { DEFAULT_CHANNEL, stackConfigText } from './stack-config.ts';

/** The embedded ECR asks for a signature and checks none. */
const ECR_KEYS = async () => ({ accessKeyId: 'AKIAEMBEDDEDEXAMPLE0', secretAccessKey: 'none' });
const SLACK_API_URL = 'https://slack.com/api/';

/** The real handlers with their real adapters; only addresses and credentials differ from an installation. */
export async function startHandlers(deps: {
  readonly options: StackOptions;
  readonly log: Log;
  readonly timeScale: number;
  readonly folder: DataFolder;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly closers: Closers;
  readonly kubeconfig: string;
  /** Its way to registries; `undefined` = the real, guarded one. */
  readonly registryNetwork: RegistryNetwork | undefined;
  /** Where the embedded registry listens. */
  readonly registryAddress: string;
  /** The embedded ECR; `undefined` = no pull secret is refreshed. */
  readonly ecrEndpoint: string | undefined;
  /** `undefined` = a real Slack. */
  readonly slackApiUrl: string | undefined;
  /** Left out = there is none. */
  readonly alertmanagerUrl?: string | undefined;
  /** Of the embedded Slack. */
  readonly channelIds: readonly string[];
}): Promise<{ readonly engine: Engine; readonly clusters: Clusters }> {
  const { options, log, timeScale, folder, clock, closers } = deps;
  const { realSlack } = options;
  const apiUrl = deps.slackApiUrl ?? SLACK_API_URL;
  const text = stackConfigText({
    kubeconfig: `file:${deps.kubeconfig}`,
    slackApiUrl: apiUrl,
    channel: realSlack?.channel ?? DEFAULT_CHANNEL,
    timeScale,
    registryAddress: deps.registryAddress,
    alertmanagerUrl: deps.alertmanagerUrl,
    channelIds: realSlack === undefined ? deps.channelIds : [realSlack.channel].filter(isChannelId),
  });
  const parsed = parseConfig(text, 'embedded configuration');
  const config = { load: async () => parsed };
  const credentials = createCredentials({
    clock,
    env: {
      PULLMEDIC_ALERTS_TOKEN: folder.memory.alertsToken,
      SLACK_BOT_TOKEN: realSlack?.token ?? folder.memory.slackToken,
      SLACK_SIGNING_SECRET: realSlack?.signingSecret ?? folder.memory.slackSigningSecret,
    },
  });

  const access = {
    config,
    credentials,
    clock,
    log,
    awsKeys: () => {
      throw new ConfigError(
        'the embedded stack has no AWS keys: use a kubeconfig with a token or a client certificate',
      );
    },
  };
  const clusters = createClusters({ ...access, component: 'npm start' });
  closers.add(() => clusters.close());
  const writers = createClusters({ ...access, component: 'npm start', identity: 'refresh', connections: CONCURRENCY });
  closers.add(() => writers.close());
  const remedyClusters = createClusters({ ...access, component: 'npm start', identity: 'remedy' });
  closers.add(() => remedyClusters.close());
  const registry = createRegistry({
    config,
    credentials,
    clock,
    network: deps.registryNetwork,
    userAgent: 'pullmedic/npm-start',
  });
  const slackAccess = async () => ({ token: await credentials.read(parsed.slack.botToken), apiUrl });
  const plainChat = createSlackChat({ access: slackAccess });
  const chat = options.wrapChat?.(plainChat) ?? plainChat;
  const db = openDatabase(folder.database);
  closers.add(() => db.close());
  const engine = startEngine({
    db,
    config,
    credentials,
    clusters,
    remedyClusters,
    registry,
    refresh: deps.ecrEndpoint === undefined ? undefined : { writers, issuer: embeddedIssuer(deps.ecrEndpoint, clock) },
    dialogs: createSlackDialogs({ access: slackAccess, clock }),
    // Clicks are signed by the machine's clock, as a real Slack's are, wherever the embedded one was moved.
    wallClock: createSystemClock(),
    chat: options.say === undefined ? chat : announceFirstLines(chat, options.say),
    postDeadLetter: createSlackPoster({ fetch, connect: slackAccess, clock }),
    clock,
    log,
    metrics: deps.metrics,
    timeScale,
    wrap: options.wrap,
  });
  closers.add(() => engine.stop());
  return { engine, clusters };
}

/** A name would not do: policies know channels by their ids. */
function isChannelId(channel: string): boolean {
  return /^[CG][A-Z0-9]{8,}$/.test(channel);
}

function embeddedIssuer(endpoint: string, clock: Clock): CredentialIssuer {
  return createCredentialIssuer({ awsKeys: ECR_KEYS, clock, endpoints: { ecr: endpoint } });
}

import { stat } from 'node:fs/promises';
import { createWebhookProbe } from '../../shared/adapters/alertmanager/webhook-probe.ts';
import { createAwsInspector } from '../../shared/adapters/aws/aws-inspector.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import type { CredentialSource } from '../../shared/adapters/credentials/credential-source.ts';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import { createClusterInspector } from '../../shared/adapters/kubernetes/cluster-inspector.ts';
import { type ClustersDependencies, createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { createSlackInspector } from '../../shared/adapters/slack/slack-inspector.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { ConfigError } from '../../shared/domain/errors.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import { createSlackAccess } from '../wiring/slack-access.ts';
import type { DoctorWorld } from './doctor.ts';
import { errorCode } from './error-code.ts';

export interface DoctorWorldOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ssm: CredentialSource;
  readonly secretsManager: CredentialSource;
  readonly awsKeys: ClustersDependencies['awsKeys'];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly progress: DoctorWorld['progress'];
  /** Instead of AWS's own; and less time for each check. Only tests set these. */
  readonly awsEndpoints?: { readonly ecr?: string; readonly sts?: string } | undefined;
  readonly limitMs?: number | undefined;
}

/** What to write where there is no configuration yet: docs/configuration.md has the smallest one too. */
const SMALLEST = 'the smallest one is: clusters: [{ name: prod-eu }], slack: { channel: image-pulls }';

/** The configuration and what it names, reached by the very adapters that the product uses. */
export function createDoctorWorld(world: DoctorWorldOptions): DoctorWorld {
  const { clock, log, env, ssm, secretsManager, awsKeys, fetch, awsEndpoints } = world;

  async function loadConfig(from: string) {
    try {
      return await createConfigSource({ from, parse: parseConfig, clock, log, readParameter: ssm }).load();
    } catch (error) {
      const isMissing = error instanceof ConfigError && error.message === `${from}: there is no such file`;
      throw isMissing
        ? new ConfigError(`${error.message}; give --config, or set PULLMEDIC_CONFIG; ${SMALLEST}`, error)
        : error;
    }
  }

  return {
    progress: world.progress,
    async open(options, use) {
      const from = options.config ?? (env['PULLMEDIC_CONFIG'] || 'pullmedic.yaml');
      const config = await loadConfig(from);
      const source = { load: async () => config };
      const credentials = createCredentials({ clock, env, ssm, secretsManager });
      const access = { config: source, credentials, clock, log, awsKeys, component: 'doctor' };
      const clusters = {
        triage: createClusters({ ...access, identity: 'triage' }),
        refresh: createClusters({ ...access, identity: 'refresh' }),
        remedy: createClusters({ ...access, identity: 'remedy' }),
      };
      try {
        return await use({
          config,
          origin: from,
          credentials,
          clock,
          inspectCluster: async (cluster, identity) =>
            createClusterInspector(await clusters[identity].connection(cluster)),
          aws: createAwsInspector({ awsKeys: awsKeys({}), endpoint: awsEndpoints?.sts }),
          issuer: createCredentialIssuer({ awsKeys: awsKeys({}), clock, endpoints: awsEndpoints }),
          region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined,
          slack: createSlackInspector({ access: createSlackAccess({ config: source, credentials }) }),
          webhook: createWebhookProbe({ credentials, fetch }),
          files: { mode: fileMode },
          limitMs: world.limitMs,
        });
      } finally {
        await Promise.all(Object.values(clusters).map((one) => one.close()));
      }
    },
  };
}

async function fileMode(path: string): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

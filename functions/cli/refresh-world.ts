import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import type { CredentialSource } from '../../shared/adapters/credentials/credential-source.ts';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import { type ClustersDependencies, createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import type { Config } from '../../shared/config/config.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import { UsageError } from './io.ts';
import type { RefreshWorld } from './refresh.ts';

export interface RefreshWorldOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ssm: CredentialSource;
  readonly secretsManager: CredentialSource;
  readonly awsKeys: ClustersDependencies['awsKeys'];
  /** The user's kubeconfig as one text. */
  readonly readKubeconfig: () => Promise<string>;
  /** Only tests set this. */
  readonly ecrEndpoint?: string | undefined;
}

/** The configured clusters and AWS, as `pullmedic refresh` uses them. */
export function createRefreshWorld(world: RefreshWorldOptions): RefreshWorld {
  const { clock, log, env, ssm, secretsManager, awsKeys, readKubeconfig } = world;

  function clustersFor(
    config: Config,
    kubeconfig: { readonly name: string; readonly context: string | undefined } | undefined,
  ) {
    if (kubeconfig === undefined) {
      const credentials = createCredentials({ clock, env, ssm, secretsManager });
      const source = { load: async () => config };
      return createClusters({
        config: source,
        credentials,
        clock,
        log,
        awsKeys,
        component: 'refresh',
        connections: CONCURRENCY,
      });
    }
    const { name, context } = kubeconfig;
    const access = { kind: 'kubeconfig', kubeconfig: 'KUBECONFIG', context } as const;
    return createClusters({
      config: { load: async () => ({ clusters: [{ name, environment: 'prod', access }] }) },
      credentials: { read: async () => new Secret(await readKubeconfig()) },
      clock,
      log,
      awsKeys,
      component: 'refresh',
      connections: CONCURRENCY,
    });
  }

  return {
    async open(options, use) {
      const from = options.config ?? (env['PULLMEDIC_CONFIG'] || 'pullmedic.yaml');
      const config = await createConfigSource({ from, parse: parseConfig, clock, log, readParameter: ssm }).load();
      const one =
        options.context === undefined ? undefined : { name: clusterOf(config, options), context: options.context };
      const clusters = clustersFor(config, one);
      try {
        return await use({
          config:
            one === undefined
              ? config
              : { ...config, clusters: config.clusters.filter(({ name }) => name === one.name) },
          writers: clusters,
          issuer: createCredentialIssuer({ awsKeys: awsKeys({}), clock, endpoints: { ecr: world.ecrEndpoint } }),
          clock,
          log,
        });
      } finally {
        await clusters.close();
      }
    },
  };
}

/** Which configured cluster a context of the kubeconfig stands for: targets go by the configured name. */
function clusterOf(
  config: Config,
  { context, cluster = [] }: { readonly context?: string; readonly cluster?: readonly string[] },
): string {
  const names = config.clusters.map(({ name }) => name);
  const [only] = names;
  if (cluster.length === 1 && cluster[0] !== undefined) return cluster[0];
  if (context !== undefined && names.includes(context)) return context;
  if (names.length === 1 && only !== undefined) return only;
  throw new UsageError(`refresh: say by --cluster which of ${names.join(', ')} the context ${context} is`);
}

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSecretsManagerSource } from '../../shared/adapters/credentials/secrets-manager-source.ts';
import { createSsmSource } from '../../shared/adapters/credentials/ssm-source.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { type ClustersDependencies, createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';

/** What the function's own `index.ts` read of its environment. */
export interface ClusterWorkerVariables {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: string;
  readonly table: string;
  /** As whom clusters are reached, and by how many connections each; those of a look by default. */
  readonly identity?: ClustersDependencies['identity'];
  readonly connections?: number | undefined;
}

/**
 * What every Lambda function needs that reads clusters and writes incidents: one of each, built once a process, when its
 * `index.ts` is loaded. Nothing here is in the bundle of a function that does not ask for it.
 */
export function wireClusterWorker(serviceName: string, variables: ClusterWorkerVariables) {
  const { env, config: from, table, identity, connections } = variables;
  const logger = new Logger({ serviceName });
  const log = createLambdaLog({ logger });
  const metrics = createEmfMetrics({ metrics: new Metrics({ serviceName }) });
  const clock = createSystemClock();
  const readParameter = createSsmSource(() => new SSMClient(awsClientSettings()));
  const credentials = createCredentials({
    clock,
    env,
    ssm: readParameter,
    secretsManager: createSecretsManagerSource(() => new SecretsManagerClient(awsClientSettings())),
  });
  const config = createConfigSource({ from, parse: parseConfig, clock, log, readParameter });
  const awsKeys = ({ profile }: { readonly profile?: string | undefined }) =>
    defaultProvider(profile === undefined ? {} : { profile });
  // The SDK's clients read it by themselves; requests that are signed by hand must be told.
  const awsEndpoint = env['AWS_ENDPOINT_URL'];
  const records = createDynamoRecordStore({
    client: new DynamoDBClient(awsClientSettings()),
    tableName: table,
    clock,
  });
  const clusters = createClusters({
    component: serviceName,
    identity,
    connections,
    config,
    credentials,
    clock,
    log,
    awsKeys,
    awsEndpoint,
  });
  const store = createRecordIncidentStore(records);
  return { logger, log, metrics, clock, credentials, config, awsKeys, awsEndpoint, records, clusters, store };
}

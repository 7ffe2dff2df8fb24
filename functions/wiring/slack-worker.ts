import { Logger } from '@aws-lambda-powertools/logger';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSignedSources } from '../../shared/adapters/credentials/signed-sources.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { lambdaKeys } from '../middleware/lambda-keys.ts';
import { requiredVariable } from '../middleware/required-variable.ts';

/** What the function's own `index.ts` read of its environment. */
export interface SlackWorkerVariables {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: string;
}

/**
 * What a Lambda function needs that speaks to Slack and to no cluster. Credentials are read without the AWS SDK: it is
 * smaller, and what may have broken the other functions is not in dead-letter.
 */
export function wireSlackWorker(serviceName: string, { env, config: from }: SlackWorkerVariables) {
  const logger = new Logger({ serviceName });
  const log = createLambdaLog({ logger });
  const clock = createSystemClock();
  const sources = createSignedSources({
    region: requiredVariable(env, 'AWS_REGION'),
    keys: async () => lambdaKeys(env),
    fetch,
    endpoint: env['AWS_ENDPOINT_URL'],
  });
  const credentials = createCredentials({ clock, env, ...sources });
  const config = createConfigSource({ from, parse: parseConfig, clock, log, readParameter: sources.ssm });
  return { logger, log, clock, credentials, config };
}

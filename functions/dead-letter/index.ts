import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSignedSources } from '../../shared/adapters/credentials/signed-sources.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { DEFAULT_BOT_TOKEN, SLACK_API_URL } from '../../shared/config/defaults.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { lambdaKeys } from '../middleware/lambda-keys.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createHandler } from './handler.ts';
import { createSlackPoster } from './slack-poster.ts';

const env = process.env;
const logger = new Logger({ serviceName: 'dead-letter' });
const log = createLambdaLog({ logger });
const clock = createSystemClock();

// Without the AWS SDK: what may have broken the other functions is not in this one.
const sources = createSignedSources({
  region: requiredVariable(env, 'AWS_REGION'),
  keys: async () => lambdaKeys(env),
  fetch,
  endpoint: env['AWS_ENDPOINT_URL'],
});
const credentials = createCredentials({ clock, env, ...sources });
const config = createConfigSource({
  from: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  parse: parseConfig,
  clock,
  log,
  readParameter: sources.ssm,
});

/** Where Slack is, also when the configuration cannot be read: what it would have said may be the reason for this. */
async function readSlack(): Promise<{ readonly botToken: string; readonly apiUrl: string }> {
  try {
    return (await config.load()).slack;
  } catch (error) {
    log.error('configuration unreadable, Slack is reached with the fallback token', { error });
    return { botToken: env['PULLMEDIC_FALLBACK_BOT_TOKEN'] || DEFAULT_BOT_TOKEN, apiUrl: SLACK_API_URL };
  }
}

export const handler = createHandler({
  post: createSlackPoster({
    fetch,
    connect: async () => {
      const { botToken, apiUrl } = await readSlack();
      return { token: await credentials.read(botToken), apiUrl };
    },
    clock,
  }),
  config,
  fallbackChannel: env['PULLMEDIC_FALLBACK_CHANNEL'] || undefined,
  clock,
  log,
}).use(injectLambdaContext(logger));

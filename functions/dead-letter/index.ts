import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { DEFAULT_BOT_TOKEN, SLACK_API_URL } from '../../shared/config/defaults.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireSlackWorker } from '../wiring/slack-worker.ts';
import { createHandler } from './handler.ts';
import { createSlackPoster } from './slack-poster.ts';

const env = process.env;
const { logger, log, clock, credentials, config } = wireSlackWorker('dead-letter', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
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

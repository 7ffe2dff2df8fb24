import type { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFields } from '../../ports/log.ts';
import { plainFields } from './plain-fields.ts';

/** Keys that Powertools keeps for itself: it would drop the field and warn. */
const RESERVED = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

/** The log of a Lambda: Powertools' JSON, with request id and cold start once the middleware has added them. */
export function createLambdaLog({ logger }: { readonly logger: Logger }): Log {
  return {
    debug: (message, fields) => logger.debug(message, safe(fields)),
    info: (message, fields) => logger.info(message, safe(fields)),
    warn: (message, fields) => logger.warn(message, safe(fields)),
    error: (message, fields) => logger.error(message, safe(fields)),
  };
}

function safe(fields: LogFields = {}): Record<string, unknown> {
  const renamed = Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]);
  return plainFields(Object.fromEntries(renamed));
}

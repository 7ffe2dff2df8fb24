import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { type WatchPreflightDeps, watchPreflight } from '../../shared/flows/preflight/watch-preflight.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';

export interface PreflightDeps extends Omit<WatchPreflightDeps, 'config'> {
  readonly config: ConfigSource;
}

/** What is left of the function's time for the findings and their messages. */
const END_MS = 20_000;

/**
 * Every hour. The period is the configuration's; most hours read one record a cluster. What failed makes the invocation
 * fail, for the alarm.
 */
export function createHandler(deps: PreflightDeps) {
  return middy<ScheduledEvent, void>().handler(async (_event, context) => {
    const signal = AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - END_MS));
    await watchPreflight({ ...deps, config: await deps.config.load() }, signal);
  });
}

import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { type SweepDeps, sweep } from '../../shared/flows/sweep.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';

export interface SweeperDeps extends Omit<SweepDeps, 'config'> {
  readonly config: ConfigSource;
}

/** Every minute. What failed of a sweep makes the invocation fail, for the alarm; the next minute repeats it anyway. */
export function createHandler(deps: SweeperDeps) {
  return middy<ScheduledEvent, void>().handler(async () => {
    await sweep({ ...deps, config: await deps.config.load() }, deps.clock.now());
  });
}

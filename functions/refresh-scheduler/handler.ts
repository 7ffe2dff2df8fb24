import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { type ScheduleRefreshDeps, scheduleRefresh } from '../../shared/flows/schedule-refresh.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';

export interface RefreshSchedulerDeps extends Omit<ScheduleRefreshDeps, 'config'> {
  readonly config: ConfigSource;
}

/**
 * Every minute. It begins a run where one is due, so that the period is the configuration's and not the rule's, and a
 * new deployment or a new target does not wait for it. What failed makes the invocation fail, for the alarm.
 */
export function createHandler(deps: RefreshSchedulerDeps) {
  return middy<ScheduledEvent, void>().handler(async () => {
    await scheduleRefresh({ ...deps, config: await deps.config.load() });
  });
}

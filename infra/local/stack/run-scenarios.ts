import type { Log } from '../../../shared/ports/log.ts';

/** Scenarios that are being started, one after another. */
export interface ScenarioRun {
  stop(): void;
}

export function runScenarios(ids: readonly string[] | undefined, deps: { readonly log: Log }): ScenarioRun {
  if (ids === undefined || ids.length > 0) deps.log.info('scenarios', { ids });
  return { stop() {} };
}

import type { AuditEntry } from '../../domain/remedy/audit.ts';
import type { RemedyRun } from '../../domain/remedy/run.ts';
import { buildAudit } from '../remedies/build-run.ts';
import { beside } from './beside.ts';
import type { LookDeps } from './look-deps.ts';

/** What looks conclude. */
const OUTCOMES = ['verified', 'no-help', 'put-back'] as const;

/** The audit gets what a look has just concluded of remedies: until then it says only that they were applied. */
export async function auditOutcomes(
  before: readonly RemedyRun[],
  after: readonly RemedyRun[],
  deps: Pick<LookDeps, 'remedies' | 'log' | 'metrics'>,
): Promise<void> {
  const known = new Map(before.map((run) => [run.offerId, run.state]));
  for (const run of after) {
    const outcome = OUTCOMES.find((one) => one === run.state);
    if (outcome === undefined || known.get(run.offerId) === run.state) continue;
    const { offerId, remedyId, why } = run;
    deps.metrics.count('RemedyOutcomes', 1, { remedy: remedyId, outcome });
    deps.log.info('what came of a remedy', { offerId, remedyId, outcome, why });
    await beside('audit', write(run, outcome, deps.remedies), deps);
  }
}

async function write(
  { offerId, why, endedAt }: RemedyRun,
  outcome: AuditEntry['outcome'],
  remedies: LookDeps['remedies'],
): Promise<void> {
  const offer = await remedies?.offer(offerId);
  if (offer !== undefined) await remedies?.writeAudit({ ...buildAudit(offer), outcome, why, endedAt });
}

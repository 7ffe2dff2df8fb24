import type { RefreshReport, SecretResult } from '../../domain/refresh/result.ts';
import type { Metrics } from '../../ports/log.ts';

/** What became of each secret of one cluster, as numbers by reason. */
export function countResults(cluster: string, report: RefreshReport, metrics: Metrics): void {
  const refreshed = report.secrets.filter(({ outcome }) => outcome === 'refreshed').length;
  if (refreshed > 0) metrics.count('Refreshed', refreshed, { cluster });
  for (const [reason, value] of byReason(report.secrets, 'skipped')) {
    metrics.count('RefreshSkipped', value, { cluster, reason });
  }
  for (const [reason, value] of byReason(report.secrets, 'failed')) {
    metrics.count('RefreshFailed', value, { cluster, reason });
  }
  if (report.tokensIssued > 0) metrics.count('RefreshTokensIssued', report.tokensIssued, { cluster });
}

function byReason(secrets: readonly SecretResult[], outcome: SecretResult['outcome']): ReadonlyMap<string, number> {
  const groups = Map.groupBy(
    secrets.filter((secret) => secret.outcome === outcome),
    ({ reason }) => reason ?? 'unknown',
  );
  return new Map([...groups].map(([reason, all]) => [reason, all.length]));
}

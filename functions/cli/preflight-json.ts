import type { Evidence } from '../../shared/domain/finding.ts';
import type { PreflightFinding } from '../../shared/domain/preflight/finding.ts';
import type { PreflightReport } from '../../shared/domain/preflight/report.ts';

/** The report for scripts: times are ISO 8601, evidence is as in `diagnose --json`. */
export function preflightJson(report: PreflightReport): unknown {
  const { cluster, observedAt, checked, findings, gaps, silentRegistries } = report;
  return { cluster, at: iso(observedAt), findings: findings.map(findingJson), gaps, silentRegistries, checked };
}

function findingJson({ id: _id, breaks, evidence, fixes, ...finding }: PreflightFinding): unknown {
  return {
    ...finding,
    breaks: breaks.kind,
    ...(breaks.kind === 'at' ? { breaksAt: iso(breaks.at) } : {}),
    evidence: evidence.map(evidenceText),
    fixes: fixes.map(({ id, title, commands, kind }) => ({ id, title, commands, kind })),
  };
}

function evidenceText({ text, source, at }: Evidence): string {
  return `${text} (${[source, ...(at === undefined ? [] : [iso(at)])].join(', ')})`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

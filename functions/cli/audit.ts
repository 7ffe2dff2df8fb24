import type { AuditEntry } from '../../shared/domain/remedy/audit.ts';
import { describeApplied, describeChange } from '../../shared/remedies/describe-change.ts';
import { iso, minute, recordPrinter } from './record-printer.ts';
import { plain } from './text-layout.ts';

/** `pullmedic audit`: every use of a remedy: who, when, what, and what came of it. */
export const audit = recordPrinter<AuditEntry>({
  read: (records, ...range) => records.audit(...range),
  none: 'No remedy was used',
  describe,
  toJson: (entry) => ({ ...entry, at: iso(entry.at), endedAt: iso(entry.endedAt) }),
});

/** The head of an entry, then one line for each change. */
function describe({ at, by, cluster, remedyId, outcome, rule, why, changes }: AuditEntry): string {
  const who = by === 'policy' ? 'policy' : `${by.name} (${by.userId})`;
  const head = [minute(at), outcome.padEnd(8), cluster, remedyId, `by ${who}`, `allowed by "${rule}"`];
  const lines = changes.map(({ change, result }) =>
    result === undefined ? `not done: ${describeChange(change)}` : describeApplied(change, result),
  );
  const told = why === undefined || lines.includes(why) ? lines : [...lines, why];
  return [head.map(cell).join('  '), ...told.map((line) => `  ${plain(line)}`)].map((line) => `${line}\n`).join('');
}

/** What a cluster or a person named may not reach the terminal as it is; what pads a column may. */
function cell(text: string): string {
  return plain(text).padEnd(text.length);
}

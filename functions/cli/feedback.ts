import type { Feedback } from '../../shared/domain/remedy/audit.ts';
import { iso, minute, recordPrinter } from './record-printer.ts';
import { plain } from './text-layout.ts';

/** `pullmedic feedback`: diagnoses that somebody called wrong in Slack. */
export const feedback = recordPrinter<Feedback>({
  read: (records, ...range) => records.feedback(...range),
  none: 'Nobody called a diagnosis wrong',
  describe,
  toJson: (entry) => ({ ...entry, at: iso(entry.at) }),
});

function describe({ at, by, cluster, causeId, detail, confidence, about, words }: Feedback): string {
  const cause = detail === undefined ? causeId : `${causeId} (${detail})`;
  const lines = [
    [minute(at), cluster, cause, confidence, `by ${by.name} (${by.userId})`].map(plain).join('  '),
    `  ${plain(about)}`,
    ...(words === undefined ? [] : [`  "${plain(words)}"`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

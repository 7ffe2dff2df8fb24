import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import { fingerprintText } from '../../domain/text-fingerprint.ts';
import type { Log, Metrics } from '../../ports/log.ts';

/** Distinct texts of one process that get a metric of their own; the rest is counted together. */
const MAX_FINGERPRINTS = 100;

/** What was logged already, by the log that it went to: one process has one. */
const logged = new WeakMap<Log, Set<string>>();

/**
 * Counts the texts that no cause recognised, each once a look, by a fingerprint that names nobody, and logs the
 * normalised words once: who reads the metric finds there what it stands for.
 */
export function countUnknown(
  diagnosed: readonly DiagnosedFailure[],
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
): void {
  const texts = diagnosed.flatMap(({ failure, findings }) =>
    findings.some(({ causeId }) => causeId === 'unknown') && failure.error.text !== '' ? [failure.error.text] : [],
  );
  const told = logged.get(log) ?? new Set();
  logged.set(log, told);
  const counted = new Set<string>();
  for (const { hash, text } of [...new Set(texts)].map(fingerprintText)) {
    const isNew = !told.has(hash) && told.size < MAX_FINGERPRINTS;
    if (isNew) {
      told.add(hash);
      log.info('a pull error was not understood', { fingerprint: hash, text });
    }
    const fingerprint = told.has(hash) ? hash : 'other';
    if (!counted.has(fingerprint)) metrics.count('UnknownPullErrors', 1, { fingerprint });
    counted.add(fingerprint);
  }
}

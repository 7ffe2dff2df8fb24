import type { PullSecretFact } from '../../domain/pull-secret.ts';
import { moment, named } from './evidence.ts';

/** Who wrote a secret last and when, as the end of a sentence; empty where its managedFields were not read. */
export function lastWriter({ lastWrittenBy, lastWrittenAt }: PullSecretFact): string {
  if (lastWrittenBy === undefined || lastWrittenAt === undefined) return '';
  return `; last written ${moment(lastWrittenAt)} by ${named(lastWrittenBy)}`;
}

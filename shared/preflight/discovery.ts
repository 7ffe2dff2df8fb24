import type { PreflightFinding } from '../domain/preflight/finding.ts';
import type { ExaminedUse } from './examine.ts';

/** What a check says of one use; discoveries of one kind and subject become one finding. */
export type Discovery = Pick<
  PreflightFinding,
  'kind' | 'subject' | 'breaks' | 'confidence' | 'phrase' | 'evidence' | 'fixes'
>;

/** Judges one use. It does no I/O and says nothing where it knows nothing. */
export type UseCheck = (examined: ExaminedUse) => Discovery | undefined;

/** A check that may find several things at once. */
export type ManyCheck = (examined: ExaminedUse) => readonly Discovery[];

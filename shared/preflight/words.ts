import { fact, named } from '../diagnosis/support/evidence.ts';
import type { Evidence } from '../domain/finding.ts';
import type { ExaminedUse } from './examine.ts';

const NAMES_SHOWN = 3;

/** `a, b, c and 4 more`. */
export function listNames(names: readonly string[], most = NAMES_SHOWN): string {
  const more = names.length - most;
  return `${names.slice(0, most).map(named).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Where the image survives, so far as it is known. */
export function heldBy({ use, holders, failure }: ExaminedUse): readonly Evidence[] {
  if (holders.length === 0) return [];
  const runs = use.running.length;
  const pods = runs === 0 ? '' : `; ${runs === 1 ? '1 pod runs' : `${runs} pods run`} from there`;
  const nodes = holders.length === 1 ? 'node' : 'nodes';
  return [
    fact(
      `${nodes} ${listNames(holders)} hold${holders.length === 1 ? 's' : ''} the image${pods}`,
      'node status',
      failure.observedAt,
    ),
  ];
}

/** `1 pod`, `17 pods`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

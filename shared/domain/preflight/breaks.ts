import type { Instant } from '../instant.ts';

/**
 * When a finding breaks something.
 * - `now`: the next pod that starts cannot get its image
 * - `at`: from that moment on
 * - `next-node`: pods start on the nodes that hold the image, and on no other: a replaced or added node is enough
 * - `drift`: nothing fails for sure; what is pulled next may be another image, or be refused
 */
export type Breaks =
  | { readonly kind: 'now' }
  | { readonly kind: 'at'; readonly at: Instant }
  | { readonly kind: 'next-node' }
  | { readonly kind: 'drift' };

/** What ends sooner than this comes before whatever waits for a node to be replaced. */
const SOON_MS = 24 * 60 * 60_000;

/** What breaks first comes first. @returns as `sort` wants it */
export function compareBreaks(a: Breaks, b: Breaks, now: Instant): number {
  return rank(a, now) - rank(b, now) || momentOf(a) - momentOf(b);
}

/** Whether it breaks within that time. That a node is replaced is no matter of time. */
export function breaksWithin(breaks: Breaks, ms: number, now: Instant): boolean {
  return breaks.kind === 'now' || (breaks.kind === 'at' && breaks.at - now <= ms);
}

/** The sooner one. */
export function soonerOf(a: Breaks, b: Breaks, now: Instant): Breaks {
  return compareBreaks(a, b, now) <= 0 ? a : b;
}

function rank(breaks: Breaks, now: Instant): number {
  switch (breaks.kind) {
    case 'now':
      return 0;
    case 'at':
      return breaks.at - now <= SOON_MS ? 1 : 3;
    case 'next-node':
      return 2;
    case 'drift':
      return 4;
  }
}

function momentOf(breaks: Breaks): number {
  return breaks.kind === 'at' ? breaks.at : 0;
}

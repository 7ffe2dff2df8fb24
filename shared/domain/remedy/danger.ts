import type { Danger } from './proposal.ts';

/** Least harm first. */
export const DANGERS: readonly Danger[] = ['safe', 'careful', 'dangerous'];

/** Of what is done together. */
export function worstDanger(dangers: readonly Danger[]): Danger {
  return DANGERS[Math.max(...dangers.map((danger) => DANGERS.indexOf(danger)))] ?? 'dangerous';
}

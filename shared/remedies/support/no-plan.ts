import type { NoPlan } from '../../domain/remedy/plan.ts';

/** Why nothing is planned, as a sentence for the one who pressed. */
export function noPlan(refused: string): NoPlan {
  return { refused };
}

export function isRefused<T extends object>(value: T | NoPlan): value is NoPlan {
  return 'refused' in value;
}

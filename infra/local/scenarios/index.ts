import { FAILING } from './failing.ts';
import { REPAIRABLE } from './repairable.ts';
import { RUNNING } from './running.ts';
import type { Scenario } from './scenario.ts';

/** In the order in which `npm start` plays them: the product's best story first. */
const FIRST: readonly string[] = [
  'expired-ecr-token',
  'bad-tag-rollout',
  'unattached-secret',
  'gitops-bad-tag',
  'missing-secret',
];

const ALL: readonly Scenario[] = [...FAILING, ...REPAIRABLE, ...RUNNING];

export const SCENARIOS: readonly Scenario[] = [
  ...FIRST.flatMap((name) => ALL.filter((one) => one.name === name)),
  ...ALL.filter(({ name }) => !FIRST.includes(name)),
];

export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((one) => one.name === name);
}

import fc from 'fast-check';
import type { Applied, Change } from '../../shared/domain/remedy/change.ts';
import type { Offer } from '../../shared/domain/remedy/offer.ts';
import type { NoPlan, Plan } from '../../shared/domain/remedy/plan.ts';
import { offerOf } from '../support/remedy-builders.ts';

export function planOf(changes: readonly Change[]): Plan {
  return {
    remedyId: 'roll-back',
    label: 'Roll back to v1',
    danger: 'careful',
    changes,
    radius: ['3 pods'],
    warnings: [],
    choices: [],
    choice: undefined,
    members: ['shop/Deployment/web/app'],
    pods: 3,
  };
}

/** An offer that was applied with these results. */
export function anOffer(plan: Plan, results: readonly Applied[]): Offer {
  const { remedyId, changes } = plan;
  return offerOf(0, { remedyId, state: 'applied', plan, step: changes.length, results, endedAt: 1 });
}

export function planned(plan: Plan | NoPlan): Plan {
  if ('refused' in plan) throw new Error(plan.refused);
  return plan;
}

export function refusal(plan: Plan | NoPlan): string {
  return 'refused' in plan ? plan.refused : `planned ${plan.label}`;
}

const name = () => fc.constantFrom('a', 'b', 'c');
const workload = () =>
  fc.record({ kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const), namespace: name(), name: name() });

/** Any change, of few names so that they meet. */
export function changeArbitrary(): fc.Arbitrary<Change> {
  return fc.oneof(
    fc.record({
      kind: fc.constant('set-images' as const),
      workload: workload(),
      containers: fc.uniqueArray(fc.record({ name: name(), isInit: fc.boolean(), before: name(), after: name() }), {
        minLength: 1,
        maxLength: 2,
        selector: (one) => `${one.isInit}${one.name}`,
      }),
    }),
    fc.record({
      kind: fc.constant('set-pull-secrets' as const),
      on: fc.oneof(
        workload(),
        fc.record({ kind: fc.constant('ServiceAccount' as const), namespace: name(), name: name() }),
      ),
      before: fc.uniqueArray(name(), { maxLength: 2 }),
      after: fc.uniqueArray(name(), { maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant('delete-pod' as const),
      namespace: name(),
      name: name(),
      uid: name(),
      node: fc.option(name(), { nil: undefined }),
      controller: name(),
    }),
    fc.record({
      kind: fc.constant('refresh-secret' as const),
      namespace: name(),
      name: name(),
      target: name(),
      identity: name(),
      isMissing: fc.boolean(),
      image: name(),
    }),
    fc.record({
      kind: fc.constant('silence-alerts' as const),
      alertmanager: name(),
      matchers: fc.array(fc.record({ name: name(), value: name() }), { maxLength: 2 }),
      minutes: fc.constantFrom(60, 240),
    }),
    fc.record({ kind: fc.constant('end-silence' as const), alertmanager: name(), silenceId: name() }),
  );
}

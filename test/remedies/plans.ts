import fc from 'fast-check';
import type { Applied, Change } from '../../shared/domain/remedy/change.ts';
import type { Offer } from '../../shared/domain/remedy/offer.ts';
import type { Plan } from '../../shared/domain/remedy/plan.ts';

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
  return {
    id: 'offer-1',
    incidentId: 'incident-1',
    cluster: 'prod-eu',
    remedyId: plan.remedyId,
    namespaces: undefined,
    channel: '#ops',
    undoes: undefined,
    offeredAt: 0,
    expiresAt: 1,
    state: 'applied',
    claim: undefined,
    plan,
    step: plan.changes.length,
    results,
    endedAt: 1,
    why: undefined,
  };
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

import { describe, expect, it } from '@jest/globals';
import type { RemedyDeps } from '../../../shared/flows/run-remedy.ts';
import { notFoundText } from '../kube-objects.ts';
import { busyText, openRemedyStage } from './remedy-stage.ts';

class Crash extends Error {}

/** Every call of a port of the worker, counted; the worker dies before or after the `at`th. */
function dyingAt(
  deps: RemedyDeps,
  at: number,
  when: 'before' | 'after',
): { readonly deps: RemedyDeps; calls(): number } {
  let calls = 0;
  let isDead = false;
  const watched = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...given: readonly unknown[]) => {
          if (isDead) throw new Crash('dead');
          calls += 1;
          const isHere = calls === at;
          if (isHere) isDead = true;
          if (isHere && when === 'before') throw new Crash('before');
          const answer = (await Reflect.apply(method, target, given)) as unknown;
          if (isHere) throw new Crash('after');
          return name === 'changer' ? watched(answer as object) : answer;
        };
      },
    });
  return {
    calls: () => calls,
    deps: {
      ...deps,
      store: watched(deps.store),
      remedies: watched(deps.remedies),
      clusters: watched(deps.clusters),
      silencer: watched(deps.silencer),
      dialogs: watched(deps.dialogs),
      publishQueue: watched(deps.publishQueue),
    },
  };
}

describe.each([
  { remedyId: 'roll-back' as const, text: notFoundText, pods: 1, made: ['set-images shop/web'] },
  {
    remedyId: 'retry-now' as const,
    text: busyText,
    pods: 3,
    made: [1, 2, 3].map((n) => `delete-pod shop/web-new01-${n}`),
  },
])('a worker that dies during $remedyId', ({ remedyId, text, pods, made }) => {
  it.each(['before', 'after'] as const)(
    '%s any call is followed by one that ends it, and nothing is done twice',
    async (when) => {
      let points = 0;
      for (let at = 1; ; at += 1) {
        const stage = await openRemedyStage({ text, pods });
        const hash = await stage.press(remedyId);
        await stage.claim(hash ?? '');
        const dying = dyingAt(stage.deps, at, when);
        const error = await stage.work('message-1', dying.deps).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (dying.calls() < at) break;
        points += 1;
        // Half of them by the queue's own re-delivery, half by the sweeper once nobody is at it any more.
        const isSweeper = at % 2 === 0;
        if (isSweeper) stage.looks.advance(61);
        const stuck = await stage.deps.remedies.stuckOffers(stage.looks.now() + 61_000, 9);
        if (error !== undefined) {
          if (stuck.length === 0) {
            // Released: it had told everything.
            expect((await stage.offer()).state).toBe('applied');
          }
          await stage.work(isSweeper ? 'message-2' : 'message-1');
        }
        const { incident } = await stage.incident();
        const seen = {
          at,
          made: [...stage.made],
          state: (await stage.offer()).state,
          runs: incident.runs?.map((run) => run.state),
          audits: (await stage.deps.remedies.audit({ from: 0, until: stage.looks.now() + 1 }, 9)).map(
            (one) => one.outcome,
          ),
          stuck: (await stage.deps.remedies.stuckOffers(Number.MAX_SAFE_INTEGER, 9)).length,
        };
        expect(seen).toEqual({ at, made, state: 'applied', runs: ['applied'], audits: ['applied'], stuck: 0 });
      }
      expect(points).toBeGreaterThan(12);
    },
    60_000,
  );
});

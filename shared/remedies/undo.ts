import type { Applied, Change } from '../domain/remedy/change.ts';
import type { Offer } from '../domain/remedy/offer.ts';
import type { NoPlan, Plan } from '../domain/remedy/plan.ts';
import { labelOf } from './support/label.ts';
import { noPlan } from './support/no-plan.ts';

/**
 * The inverse of what an offer did, last change first. What stands otherwise by now is left alone when it is applied: the
 * `before` here is the `after` of then.
 */
export function planUndo({ plan, results, state }: Offer): Plan | NoPlan {
  if (plan === undefined || (state !== 'applied' && state !== 'stopped'))
    return noPlan('nothing was done that could be undone');
  const inverses = plan.changes.map((change, index) => invert(change, results[index]));
  const changes = inverses.filter((change) => change !== undefined).reverse();
  if (changes.length === 0) return noPlan(`${plan.label} has no undo: ${whyNone(plan)}`);
  const images = changes.some(({ kind }) => kind === 'set-images');
  return {
    remedyId: 'undo',
    label: labelOf(`Undo ${plan.label}`, 'Undo'),
    danger: plan.danger === 'safe' && images ? 'careful' : plan.danger,
    changes,
    radius: [
      ...(images ? ['the images go back to what they were: pods that need those fail again'] : []),
      ...(changes.length < plan.changes.length
        ? ['pods that were deleted and tokens that were refreshed stay as they are']
        : []),
    ],
    warnings: [],
    choices: [],
    choice: undefined,
    members: [],
    pods: Math.max(0, plan.pods - plan.changes.filter(({ kind }) => kind === 'delete-pod').length),
  };
}

/** Whether a plan holds anything that has an inverse. */
export function isUndoable({ changes }: Pick<Plan, 'changes'>): boolean {
  return changes.some(({ kind }) => kind === 'set-images' || kind === 'set-pull-secrets' || kind === 'silence-alerts');
}

function invert(change: Change, result: Applied | undefined): Change | undefined {
  if (result?.kind !== 'done' && result?.kind !== 'already') return undefined;
  switch (change.kind) {
    case 'set-images':
      return {
        ...change,
        containers: change.containers.map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before })),
      };
    case 'set-pull-secrets':
      return { ...change, before: change.after, after: change.before };
    case 'silence-alerts':
      return result.id === undefined
        ? undefined
        : { kind: 'end-silence', alertmanager: change.alertmanager, silenceId: result.id };
    case 'delete-pod':
    case 'refresh-secret':
    case 'end-silence':
      return undefined;
  }
}

function whyNone({ changes }: Pick<Plan, 'changes'>): string {
  if (isUndoable({ changes })) return 'none of it was done';
  return changes.some(({ kind }) => kind === 'refresh-secret')
    ? 'a token that was refreshed ends by itself'
    : 'pods that were deleted were made anew';
}

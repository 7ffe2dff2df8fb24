import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { counted } from '../support/label.ts';
import { type MayBeOver, mayBeOver } from '../support/may-be-over.ts';
import { isRefused, noPlan } from '../support/no-plan.ts';
import { findStuckPods, type StuckPods } from '../support/stuck-pods.ts';

const LABEL = 'Retry now';
/** What was corrected comes first; what passes by itself, after repairs of the cause; another node, last. */
const RANKS: Readonly<Record<Exclude<MayBeOver['kind'], 'no'>, number>> = { likely: 5, perhaps: 50, elsewhere: 60 };

/** Deletes stuck pods, so that new ones pull at once instead of after the kubelet's back-off of up to 5 minutes. */
export const retryNow: Remedy = {
  id: 'retry-now',
  title: 'Retry now: one stuck pod per node',

  propose(context) {
    const over = mayBeOver(context);
    if (over.kind === 'no' || isRefused(planRetry(context, over))) return undefined;
    return { remedyId: 'retry-now', label: LABEL, danger: 'safe', choices: [], rank: RANKS[over.kind] };
  },

  plan(context) {
    const over = mayBeOver(context);
    return over.kind === 'no' ? noPlan(over.why) : planRetry(context, over);
  },
};

function planRetry(context: RemedyContext, over: Exclude<MayBeOver, { kind: 'no' }>): Plan | NoPlan {
  const { member } = context;
  const isEach = over.kind === 'likely' && over.needsNewPods;
  const pods = findStuckPods(context, { isEach });
  const label = `${member.namespace}/${member.workloadName}`;
  if (pods.deleted.length === 0) {
    return noPlan(`no stuck pod of ${label} may be deleted: ${pods.obstacle ?? 'none is stuck any more'}`);
  }
  return {
    remedyId: 'retry-now',
    label: LABEL,
    danger: 'safe',
    changes: pods.deleted,
    radius: describeRetry(pods, label, isEach),
    warnings: over.kind === 'elsewhere' ? ['the scheduler may choose the same node again'] : [],
    choices: [],
    choice: undefined,
    members: [member.key],
    pods: pods.deleted.length,
  };
}

/** Who is deleted, who follows by itself, and that nothing else is touched. */
export function describeRetry(
  { deleted, stuck, replaceable }: StuckPods,
  label: string,
  isEach: boolean,
): readonly string[] {
  const [first] = deleted;
  const many = deleted.length === 1 ? `pod ${first?.name}` : `${deleted.length} of them`;
  const others = replaceable - deleted.length;
  const left = stuck - replaceable;
  const follow = isEach
    ? 'stay as they are: press again for them'
    : 'start by themselves once the image is on their node';
  return [
    `${counted(stuck, 'pod')} of ${label} ${stuck === 1 ? 'is' : 'are'} stuck and never started; ${many} ${deleted.length === 1 ? 'is' : 'are'} deleted, and made anew`,
    ...(others > 0 ? [`the other ${others} ${follow}`] : []),
    ...(left > 0 ? [`${left} may not be deleted and ${left === 1 ? 'waits' : 'wait'} for the kubelet's next try`] : []),
    'no pod that ever started is touched',
  ];
}

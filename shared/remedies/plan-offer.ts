import { worstDanger } from '../domain/remedy/danger.ts';
import type { NoPlan, Plan } from '../domain/remedy/plan.ts';
import type { Choice, RemedyId } from '../domain/remedy/proposal.ts';
import { REMEDIES } from './catalogue/index.ts';
import { mergeChanges } from './merge-changes.ts';
import type { RemedyContext } from './remedy.ts';
import { counted } from './support/label.ts';
import { isRefused, noPlan } from './support/no-plan.ts';

/** Sentences of a dialog; what is left out is counted. */
const MAX_SENTENCES = 8;
const MAX_REASONS = 3;

/**
 * What a remedy would do now for all members of an offer that it fits, as one plan.
 * @param contexts its failing members; those that it does not fit are named in the warnings
 * @param maxPods that the policy lets one use restart: of stuck pods that need nothing else, no more are taken
 */
export function planOffer(
  remedyId: RemedyId,
  contexts: readonly RemedyContext[],
  choice: string | undefined,
  maxPods?: number | undefined,
): Plan | NoPlan {
  const remedy = REMEDIES.find(({ id }) => id === remedyId);
  if (remedy === undefined) return noPlan(`${remedyId} is planned for whole incidents, not for their members`);
  if (contexts.length === 0) return noPlan('nothing fails any more: there is nothing to repair');

  // Where two plans of one workload disagree the first one counts: the order must not depend on who asks.
  const ordered = [...contexts].sort((a, b) => (a.member.key < b.member.key ? -1 : 1));
  const planned = ordered.map((context) => ({ context, plan: remedy.plan(context, choice) }));
  const plans = planned.flatMap(({ plan }) => (isRefused(plan) ? [] : [plan]));
  const refusals = planned.flatMap(({ context, plan }) =>
    isRefused(plan) ? [{ member: context.member.key, why: plan.refused }] : [],
  );
  if (plans.length === 0) return noPlan(joinReasons(refusals.map(({ why }) => why)));

  return withinLimit(mergePlans(remedyId, remedy.title, plans, refusals), maxPods);
}

function mergePlans(
  remedyId: RemedyId,
  title: string,
  plans: readonly Plan[],
  refusals: readonly { readonly member: string; readonly why: string }[],
): Plan {
  const first = plans[0] as Plan;
  const changes = mergeChanges(plans.flatMap((plan) => plan.changes));
  return {
    remedyId,
    label: plans.every(({ label }) => label === first.label) ? first.label : title,
    danger: worstDanger(plans.map(({ danger }) => danger)),
    changes,
    radius: cut(distinct(plans.flatMap(({ radius }) => radius))),
    warnings: cut([
      ...distinct(plans.flatMap(({ warnings }) => warnings)),
      ...refusals.map(({ member, why }) => `${member} is left out: ${why}`),
    ]),
    choices: mergeChoices(plans),
    choice: first.choice,
    members: distinct(plans.flatMap(({ members }) => members)).sort(),
    pods: countPods(plans),
  };
}

/** Stuck pods can be taken in turns; a rollout cannot: of that the policy says whether it is too much. */
function withinLimit(plan: Plan, maxPods: number | undefined): Plan {
  const deletions = plan.changes.filter(({ kind }) => kind === 'delete-pod');
  if (maxPods === undefined || plan.pods <= maxPods || plan.pods !== deletions.length) return plan;
  const left = deletions.slice(maxPods);
  const note = `${counted(left.length, 'more stuck pod')} would be deleted: the policy allows ${maxPods} at a time, press again for them`;
  return {
    ...plan,
    changes: plan.changes.filter((change) => !left.includes(change)),
    warnings: [note, ...plan.warnings],
    pods: maxPods,
  };
}

/** Pods that are deleted are counted once; those that a rollout makes anew once for each workload. */
function countPods(plans: readonly Plan[]): number {
  const deleted = new Set<string>();
  const rollouts = new Map<string, number>();
  for (const { changes, pods } of plans) {
    const own = changes.flatMap((change) => (change.kind === 'delete-pod' ? [change.uid] : []));
    for (const uid of own) deleted.add(uid);
    for (const change of changes) {
      const workload =
        change.kind === 'set-images' ? change.workload : change.kind === 'set-pull-secrets' ? change.on : undefined;
      if (workload === undefined || workload.kind === 'ServiceAccount') continue;
      const key = `${workload.kind}/${workload.namespace}/${workload.name}`;
      rollouts.set(key, Math.max(rollouts.get(key) ?? 0, pods - own.length));
    }
  }
  return deleted.size + [...rollouts.values()].reduce((sum, pods) => sum + pods, 0);
}

function mergeChoices(plans: readonly Plan[]): readonly Choice[] {
  const all = new Map<string, Choice>();
  for (const choice of plans.flatMap(({ choices }) => choices)) {
    if (!all.has(choice.value)) all.set(choice.value, choice);
  }
  return [...all.values()];
}

function joinReasons(reasons: readonly string[]): string {
  const all = distinct(reasons);
  const rest = all.length - MAX_REASONS;
  return `${all.slice(0, MAX_REASONS).join('; ')}${rest > 0 ? `; and ${counted(rest, 'more reason')}` : ''}`;
}

function cut(sentences: readonly string[]): readonly string[] {
  const rest = sentences.length - MAX_SENTENCES;
  return rest > 0 ? [...sentences.slice(0, MAX_SENTENCES), `and ${rest} more like these`] : sentences;
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)];
}

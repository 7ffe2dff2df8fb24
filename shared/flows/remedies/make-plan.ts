import type { LoadedIncident } from '../../domain/incident.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import type { Change } from '../../domain/remedy/change.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import { planHash } from '../../remedies/plan-hash.ts';
import { planOffer } from '../../remedies/plan-offer.ts';
import { type Asker, decideAllowed, maxPodsOf, type PolicyAnswer } from '../../remedies/policy.ts';
import { planSilence } from '../../remedies/silence.ts';
import { planUndo } from '../../remedies/undo.ts';
import { namespacesOf } from '../actions/authorise.ts';
import { identify } from '../actions/identify.ts';
import { readGroups } from '../actions/read-groups.ts';
import { readContexts } from './read-contexts.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** Who wants it, where they pressed, and what they chose. */
export interface PlanRequest {
  readonly by: Actor | 'policy';
  readonly channelId: string;
  readonly choice: string | undefined;
}

export type MadePlan =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly hash: string; readonly answer: Allowed }
  /** As a sentence. */
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'denied'; readonly answer: Denied };

type Allowed = PolicyAnswer & { readonly kind: 'allowed' };
type Denied = PolicyAnswer & { readonly kind: 'denied' };

/**
 * What an offer would do now, and whether that is allowed: the world is read again, and the person judged again, each
 * time. Nothing is changed.
 * @throws {PullmedicError} when the cluster or the store did not answer
 */
export async function makePlan(
  offer: Offer,
  loaded: LoadedIncident,
  request: PlanRequest,
  deps: RemedyDeps,
): Promise<MadePlan> {
  const [planned, asker] = await Promise.all([planNow(offer, loaded, request.choice, deps), readAsker(request, deps)]);
  if (asker.kind === 'refused') return { kind: 'none', why: asker.why };
  if ('refused' in planned) return { kind: 'none', why: planned.refused };
  const touched = namespacesIn(planned.changes);
  const answer = decideAllowed({
    policy: deps.config.policy,
    remedyId: offer.remedyId,
    cluster: offer.cluster,
    // A silence touches no object: there the incident's own namespaces count.
    namespaces: touched.length > 0 ? touched : namespacesOf(offer, loaded),
    pods: planned.pods,
    by: asker.by,
    danger: planned.danger,
  });
  if (answer.kind === 'denied') return { kind: 'denied', answer };
  return { kind: 'plan', plan: planned, hash: planHash(planned), answer };
}

async function planNow(
  offer: Offer,
  loaded: LoadedIncident,
  choice: string | undefined,
  deps: RemedyDeps,
): Promise<Plan | NoPlan> {
  const { cluster, remedyId, undoes } = offer;
  switch (remedyId) {
    case 'silence-alert': {
      const { alertmanagers } = deps.config;
      return planSilence({ alerts: loaded.incident.alerts, alertmanagers, cluster, choice });
    }
    case 'undo': {
      const undone = undoes === undefined ? undefined : await deps.remedies.offer(undoes);
      return undone === undefined ? { refused: 'what it would undo is not known any more' } : planUndo(undone);
    }
    default: {
      const contexts = await readContexts(offer, loaded, deps);
      const namespaces = [...new Set(contexts.map(({ member }) => member.namespace))];
      const maxPods = maxPodsOf(deps.config.policy, remedyId, cluster, namespaces);
      return planOffer(remedyId, contexts, choice, maxPods);
    }
  }
}

async function readAsker(
  { by, channelId }: PlanRequest,
  deps: RemedyDeps,
): Promise<{ readonly kind: 'known'; readonly by: Asker } | { readonly kind: 'refused'; readonly why: string }> {
  if (by === 'policy') return { kind: 'known', by };
  const [identity, groups] = await Promise.all([identify(by, deps), readGroups(by.userId, deps)]);
  if (identity.kind === 'refused') return identity;
  const { isGuest } = identity;
  return { kind: 'known', by: { userId: by.userId, channelId, groups: new Set(groups), isGuest } };
}

function namespacesIn(changes: readonly Change[]): readonly string[] {
  return [...new Set(changes.map(namespaceOf))].filter((namespace) => namespace !== undefined).sort();
}

function namespaceOf(change: Change): string | undefined {
  switch (change.kind) {
    case 'set-images':
      return change.workload.namespace;
    case 'set-pull-secrets':
      return change.on.namespace;
    case 'delete-pod':
    case 'refresh-secret':
      return change.namespace;
    case 'silence-alerts':
    case 'end-silence':
      return undefined;
  }
}

import type { LoadedIncident } from '../../domain/incident.ts';
import type { AlertHint } from '../../domain/jobs.ts';
import { isAdvised, MODE_ANNOTATION } from '../../domain/refresh/plan-secret.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import type { Change } from '../../domain/remedy/change.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import { planHash } from '../../remedies/plan-hash.ts';
import { planOffer } from '../../remedies/plan-offer.ts';
import { type Asker, decideAllowed, maxPodsOf, type PolicyAnswer } from '../../remedies/policy.ts';
import { planSilence } from '../../remedies/silence.ts';
import { isRefused } from '../../remedies/support/no-plan.ts';
import { planUndo } from '../../remedies/undo.ts';
import { namespacesOf } from '../actions/authorise.ts';
import { identify } from '../actions/identify.ts';
import { readGroups } from '../actions/read-groups.ts';
import { isClusterChange } from './apply-change.ts';
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
  if (isRefused(planned)) return { kind: 'none', why: planned.refused };
  const answer = decideAllowed({
    policy: deps.config.policy,
    remedyId: offer.remedyId,
    cluster: offer.cluster,
    namespaces: namespacesTouched(planned, offer, loaded),
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
      return planSilence({ alerts: alertsOf(offer, loaded), alertmanagers, cluster, choice });
    }
    case 'undo': {
      const undone = undoes === undefined ? undefined : await deps.remedies.offer(undoes);
      if (undone === undefined) return { refused: 'what it would undo is not known any more' };
      const plan = planUndo(undone);
      return isRefused(plan) ? plan : ((await findAdvisedNamespace(plan, cluster, deps)) ?? plan);
    }
    default: {
      const contexts = await readContexts(offer, loaded, deps);
      const namespaces = [...new Set(contexts.map(({ member }) => member.namespace))];
      const maxPods = maxPodsOf(deps.config.policy, remedyId, cluster, namespaces);
      return planOffer(remedyId, contexts, choice, maxPods);
    }
  }
}

/** An undo reads no pods: what its namespace asks for since is read here. The changer reads what the object asks for. */
async function findAdvisedNamespace(
  { changes }: Plan,
  cluster: string,
  { clusters }: RemedyDeps,
): Promise<NoPlan | undefined> {
  const names = new Set(changes.filter(isClusterChange).map(namespaceOf));
  if (names.size === 0) return undefined;
  const reader = await clusters.reader(cluster);
  for (const name of names) {
    const read = await reader.getNamespace(name ?? '');
    if (!read.ok) return { refused: `${read.gap.what} (${read.gap.why}), and it may ask to be left alone` };
    if (read.value !== 'missing' && isAdvised(read.value)) {
      return { refused: `namespace ${name} asks that nothing of it be changed (${MODE_ANNOTATION}: advise)` };
    }
  }
  return undefined;
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

/** A team's channel silences what its message is about: no alert of another team, and none that is about everybody. */
function alertsOf({ namespaces }: Offer, { incident }: LoadedIncident): readonly AlertHint[] {
  if (namespaces === undefined) return incident.alerts;
  return incident.alerts.filter(({ labels }) =>
    namespaces.includes(labels['exported_namespace'] ?? labels['namespace'] ?? ''),
  );
}

/** Every namespace that the changes reach. What names none (a silence of a node's alert) is about all of the offer's. */
function namespacesTouched({ changes }: Plan, offer: Offer, loaded: LoadedIncident): readonly string[] {
  const named = changes.map(namespaceOf);
  const own = named.includes(undefined) ? namespacesOf(offer, loaded) : [];
  return [...new Set([...named, ...own])].filter((namespace) => namespace !== undefined).sort();
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
    case 'silence-alerts': {
      const label = (wanted: string) => change.matchers.find(({ name }) => name === wanted)?.value;
      return label('exported_namespace') ?? label('namespace');
    }
    case 'end-silence':
      return undefined;
  }
}

import type { LoadedIncident } from '../../domain/incident.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Danger } from '../../domain/remedy/proposal.ts';
import { decideAllowed, type PolicyAnswer } from '../../remedies/policy.ts';
import type { ActionDeps } from './deps.ts';
import type { Identity } from './identify.ts';

/** What policy says of one person and one offer; the worker asks again with the plan in its hand. */
export function authorise(
  offer: Offer,
  loaded: LoadedIncident,
  by: {
    readonly identity: Identity & { readonly kind: 'known' };
    readonly channelId: string | undefined;
    readonly groups: readonly string[];
  },
  plan: { readonly pods?: number | undefined; readonly danger?: Danger | undefined },
  { config }: Pick<ActionDeps, 'config'>,
): PolicyAnswer {
  return decideAllowed({
    policy: config.policy,
    remedyId: offer.remedyId,
    cluster: offer.cluster,
    namespaces: namespacesOf(offer, loaded),
    // Before there is a plan, how many restart is not known: the worker asks again.
    pods: plan.pods ?? 0,
    danger: plan.danger,
    by: {
      userId: by.identity.actor.userId,
      channelId: by.channelId ?? '',
      groups: new Set(by.groups),
      isGuest: by.identity.isGuest,
    },
  });
}

/** Those that the offer is about: what still fails there, or everything where nothing does (an undo). */
export function namespacesOf(offer: Offer, { slices }: LoadedIncident): readonly string[] {
  const inside = slices.filter(({ namespace }) => offer.namespaces?.includes(namespace) ?? true);
  const failing = inside.filter(({ members }) => members.some(({ state }) => state === 'failing'));
  const chosen = failing.length > 0 ? failing : inside;
  return [...new Set(chosen.length > 0 ? chosen.map(({ namespace }) => namespace) : (offer.namespaces ?? []))].sort();
}

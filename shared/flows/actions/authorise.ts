import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Danger, RemedyId } from '../../domain/remedy/proposal.ts';
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

/**
 * Those that the offer is about: of an undo, where it was done; else where the remedy fits, as for the button itself; else
 * what still fails, or everything.
 */
export function namespacesOf(offer: Offer, { incident, slices }: LoadedIncident): readonly string[] {
  const inside = slices.filter(({ namespace }) => offer.namespaces?.includes(namespace) ?? true);
  const undone = incident.runs?.find(({ offerId }) => offerId === offer.undoes)?.members ?? [];
  const whereAny = (isWanted: (member: Member) => boolean) => inside.filter(({ members }) => members.some(isWanted));
  const chosen = [
    whereAny(({ key }) => undone.includes(key)),
    whereAny((member) => isFitting(member, offer.remedyId)),
    whereAny(({ state }) => state === 'failing'),
    inside,
  ].find((some) => some.length > 0);
  return [...new Set(chosen?.map(({ namespace }) => namespace) ?? offer.namespaces ?? [])].sort();
}

function isFitting({ state, proposals = [] }: Member, wanted: RemedyId): boolean {
  return state === 'failing' && proposals.some(({ remedyId, gitFix }) => remedyId === wanted && gitFix === undefined);
}

import { hasEnded } from '../../domain/incident/life.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import { newOffer } from '../../domain/remedy/new-offer.ts';
import { type Offer, STUCK_AFTER_MS } from '../../domain/remedy/offer.ts';
import { offerEpoch, offerId, offerRound } from '../../domain/remedy/offer-id.ts';
import { type AutoRun, decideAuto } from '../../remedies/decide-auto.ts';
import { decideAllowed } from '../../remedies/policy.ts';
import type { LookDeps } from './look-deps.ts';

/** No message shows it. */
const channel = '';

type Auto = NonNullable<LookDeps['auto']>;

/**
 * Begins what the policy lets run by itself for the failing members of a namespace: an offer that is claimed at once, in
 * the policy's name. Its id is the same for the same round, so that of two looks one begins it. The worker plans anew,
 * and asks the policy again with the plan in its hand.
 */
export async function beginAuto(
  { cluster, namespace }: { readonly cluster: string; readonly namespace: string },
  deps: LookDeps,
): Promise<void> {
  const { auto, store, clock, config } = deps;
  const { policy } = config;
  if (auto === undefined || !policy.rules.some(({ mode }) => mode === 'auto')) return;
  const now = clock.now();
  for (const loaded of await store.incidentsIn(cluster, namespace, now)) {
    const { incident } = loaded;
    if (hasEnded(incident)) continue;
    const members = membersIn([loaded], namespace);
    for (const run of decideAuto({ policy, cluster, members, runs: incident.runs ?? [], now })) {
      await begin(run, loaded, now, auto, deps);
    }
  }
}

async function begin(
  run: AutoRun,
  { incident }: LoadedIncident,
  now: Instant,
  { remedies, queue }: Auto,
  { config, log, metrics }: LookDeps,
): Promise<void> {
  const { remedyId, namespaces, members } = run;
  const { id: incidentId, cluster, openedAt, runs = [] } = incident;
  const question = { policy: config.policy, remedyId, cluster, namespaces, pods: 0, by: 'policy' } as const;
  const answer = decideAllowed({ ...question, danger: 'safe' });
  if (answer.kind === 'denied') return;

  // A use in another namespace must not make a second offer of one that waits for its worker here.
  const isOf = (key: string) => namespaces.includes(key.slice(0, key.indexOf('/')));
  const own = runs.filter((one) => one.members.some(isOf));
  const round = offerRound(own, remedyId);
  const id = offerId({
    ...{ incidentId, channel, namespaces, remedyId },
    ...{ undoes: undefined, round, epoch: offerEpoch(openedAt, now) },
  });
  const fresh = { id, incidentId, cluster, remedyId, namespaces, members, channel, undoes: undefined, offeredAt: now };
  await remedies.ensureOffers([newOffer(fresh)]);
  const stored = await remedies.offer(id);
  if (stored === undefined || stored.state !== 'offered') return;
  const { version, ...offer } = stored;
  const claim = {
    by: 'policy',
    at: now,
    planHash: '',
    choice: undefined,
    rule: answer.rule,
    viewId: undefined,
  } as const;
  const claimed: Offer = { ...offer, members, state: 'claimed', claim };
  if ((await remedies.saveOffer(claimed, version, now + STUCK_AFTER_MS)) === 'conflict') return;
  metrics.count('RemediesBegun', 1, { remedy: remedyId });
  log.info('a remedy runs by itself', { offerId: id, incidentId, remedy: remedyId, rule: answer.rule });
  await queue.send({ kind: 'apply', offerId: id, at: now });
}

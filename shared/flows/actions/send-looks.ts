import { PullmedicError } from '../../domain/errors.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Scope } from '../../domain/scope.ts';
import { lookDelays } from '../receive-alerts.ts';
import { namespacesOf } from './authorise.ts';
import type { ActionDeps } from './deps.ts';

/** Beyond these one look of the whole cluster stands for all: a click must not wait for hundreds of sends. */
const MAX_NAMESPACES = 20;

/**
 * Asks for the looks that prove a remedy: at once and for a minute, as after an alert. They come `from` a sweep, because
 * no alert said anything: what else they find there waits its grace, and an Alertmanager's silences hold.
 */
export async function sendLooks(
  offer: Offer,
  loaded: LoadedIncident,
  now: Instant,
  { config, triageQueue, log }: Pick<ActionDeps, 'config' | 'triageQueue' | 'log'>,
): Promise<void> {
  const delays = lookDelays(config.limits.timeScale);
  const jobs = scopesOf(offer, loaded).flatMap((scope) =>
    delays.map((delaySeconds) => ({
      job: {
        kind: 'look' as const,
        scope,
        hintedAt: now + delaySeconds * 1_000,
        from: 'sweep' as const,
        alerts: [],
        alertCount: 0,
        isClusterAssumed: false,
      },
      options: { delaySeconds },
    })),
  );
  try {
    await triageQueue.sendAll(jobs);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('looks after a remedy were not asked for; the sweeper will', { offerId: offer.id, error });
  }
}

function scopesOf(offer: Offer, loaded: LoadedIncident): readonly Scope[] {
  const { cluster } = offer;
  const namespaces = namespacesOf(offer, loaded);
  if (namespaces.length > MAX_NAMESPACES) return [{ kind: 'cluster', cluster }];
  return namespaces.map((namespace) => ({ kind: 'namespace', cluster, namespace }));
}

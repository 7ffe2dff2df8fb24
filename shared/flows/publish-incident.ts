import { type Audience, routeIncident, sameChannel } from '../chat/route.ts';
import { ChatError } from '../domain/errors.ts';
import type { LoadedIncident, Publication } from '../domain/incident.ts';
import { type Instant, soonest } from '../domain/instant.ts';
import type { PublishPoke } from '../domain/jobs.ts';
import { guarded, type PublishPorts } from './publishing/ports.ts';
import { publishToChannel } from './publishing/publish-to-channel.ts';

type Stored = Publication & { readonly version: number };

/**
 * Brings Slack to what an incident says now: the only writer of its messages and threads. The poke carries no content;
 * running it twice, late or after a crash at any point gives one message with the right content.
 * @throws {ChatError} when a channel could not be served now: the poke is not settled, and comes again
 */
export async function publishIncident(poke: PublishPoke, given: PublishPorts): Promise<void> {
  const ports = guarded(given);
  const { store, config, log } = ports;
  // Read before the incident: a newer revision then makes settling conflict, and its own poke survives.
  const due = await store.poke(poke.incidentId);
  const loaded = await store.load(poke.incidentId);
  if (loaded === undefined) {
    log.warn('poked for an incident that is not in the store', { incidentId: poke.incidentId });
    return;
  }
  const publications = await store.publications(poke.incidentId);
  const audiences = routeIncident(
    loaded,
    config,
    publications.map(({ channel }) => channel),
  );
  const nextAt = await publishToAll(loaded, audiences, publications, ports);
  if (due !== undefined) await store.settlePoke(poke.incidentId, due.version, nextAt);
}

/** Serves every channel; one that fails does not keep the others from being served. */
async function publishToAll(
  loaded: LoadedIncident,
  audiences: readonly Audience[],
  publications: readonly Stored[],
  ports: PublishPorts,
): Promise<Instant | undefined> {
  const waits: Instant[] = [];
  const failures: unknown[] = [];
  const refused: Audience[] = [];
  for (const audience of audiences) {
    try {
      waits.push(...(await publishOne(loaded, audience, publications, ports)));
    } catch (error) {
      if (isRefusedChannel(error) && !sameChannel(audience.channel, ports.config.slack.channel)) refused.push(audience);
      else failures.push(error);
    }
  }
  const isPlatformServed = audiences.some(({ channel }) => sameChannel(channel, ports.config.slack.channel));
  if (refused.length > 0 && !isPlatformServed) {
    waits.push(...(await publishInstead(loaded, refused, publications, ports)));
  }
  if (failures.length > 0) throw failures[0];
  return soonest(waits);
}

async function publishOne(
  loaded: LoadedIncident,
  audience: Audience,
  publications: readonly Stored[],
  ports: PublishPorts,
): Promise<readonly Instant[]> {
  const stored = publications.find(({ channel }) => sameChannel(channel, audience.channel));
  const { decision, nextAt, firstLine } = await publishToChannel(loaded, audience, stored, ports);
  const fields = { incidentId: loaded.incident.id, channel: audience.channel, decision: decision.kind };
  ports.log.info('incident published', { ...fields, reason: decision.reason, firstLine });
  ports.metrics.count('PublishDecisions', 1, { kind: decision.kind });
  return nextAt === undefined ? [] : [nextAt];
}

/** A team's channel that Slack does not know or lets us not into: the platform channel hears it, rather than nobody. */
async function publishInstead(
  loaded: LoadedIncident,
  refused: readonly Audience[],
  publications: readonly Stored[],
  ports: PublishPorts,
): Promise<readonly Instant[]> {
  const [first] = refused;
  if (first === undefined) return [];
  ports.log.error('a channel cannot be posted to, the default one hears it', {
    incidentId: loaded.incident.id,
    channels: refused.map(({ channel }) => channel),
  });
  ports.metrics.count('ChannelsRefused', refused.length);
  const platform: Audience = { ...first, channel: ports.config.slack.channel, namespaces: undefined };
  return publishOne(loaded, platform, publications, ports);
}

function isRefusedChannel(error: unknown): boolean {
  return (
    error instanceof ChatError &&
    ['channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action', 'channel_is_archived'].includes(
      error.reason,
    )
  );
}

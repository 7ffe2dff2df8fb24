import { createHash } from 'node:crypto';
import type { Instant } from '../../domain/instant.ts';
import { type Scope, scopeKey } from '../../domain/scope.ts';
import type { RecordKey } from '../../ports/record-store.ts';

/**
 * Where everything lives. One partition an incident, so that one read loads it; the rest one partition a thing.
 *
 *     incident/<id>              incident            the incident itself; due in `look` at its next look
 *                                poke                due in `poke` while something is unpublished
 *                                publication/<channel>
 *                                slice/<namespace>[#<part>]
 *     namespace/<cluster>/<ns>   <incident id>       which incidents have a slice there
 *     slot/<slot>                slot                who holds it
 *     scope/<scope>              lease               who looks at it, and the last successful look
 *     buzz/<channel>             <hour>              counter
 *     rejected/<hour>            <kind>              counter
 *     sight/<cluster>            blind               since when it cannot be read
 *     kept/<cluster>             <scope>             looks that wait until it can be read again
 *     heartbeat/<cluster>        heartbeat           the last one, and the silence that was told
 *     spread/<cluster>           <cause|repository>  the namespaces in which it fails
 *     told/<cluster>/<ns>        <Alertmanager>      the alerts that it was told
 *     preflight/<cluster>        memory              what the last preflight found and told
 *     refresh/<cluster>          memory              the last refresh run, and what of it was told
 *     contested/<cluster>        <namespace>/<name>  refreshes of the last 12 h that another writer may undo
 *     repair/<cluster>/<ns>      <secret>            refreshes that looks asked for, and the last answer
 *     offer/<id>                 offer               what a button stands for; due in `offer` while it is claimed or half applied
 *     audit/<day>                <offer id>          uses of remedies, by the day (UTC) of their claim
 *     feedback/<day>             <incident>/<person> diagnoses that somebody called wrong
 *     said/<incident>            <person>            the day of that feedback
 *     once/<id>                  once                the right to do something once
 */
export const keys = {
  incident: (id: string): RecordKey => ({ partition: incidentPartition(id), sort: 'incident' }),
  poke: (id: string): RecordKey => ({ partition: incidentPartition(id), sort: 'poke' }),
  publication: (id: string, channel: string): RecordKey => ({
    partition: incidentPartition(id),
    sort: `${PUBLICATION_PREFIX}${keyText(channel)}`,
  }),
  /** A namespace's name holds no `#`. */
  slice: (id: string, namespace: string, part: number): RecordKey => ({
    partition: incidentPartition(id),
    sort: `slice/${keyText(namespace)}${part === 0 ? '' : `#${part}`}`,
  }),
  namespaceEntry: (cluster: string, namespace: string, id: string): RecordKey => ({
    partition: namespacePartition(cluster, namespace),
    sort: keyText(id),
  }),
  slot: (slot: string): RecordKey => ({ partition: `slot/${keyText(slot)}`, sort: 'slot' }),
  lease: (scope: Scope): RecordKey => ({ partition: `scope/${keyText(scopeKey(scope))}`, sort: 'lease' }),
  buzz: (channel: string, at: Instant): RecordKey => ({ partition: `buzz/${keyText(channel)}`, sort: hourText(at) }),
  rejected: (kind: string, at: Instant): RecordKey => ({ partition: rejectedPartition(at), sort: keyText(kind) }),
  sight: (cluster: string): RecordKey => ({ partition: `sight/${keyText(cluster)}`, sort: 'blind' }),
  keptLook: (scope: Scope): RecordKey => ({
    partition: keptPartition(scope.cluster),
    sort: keyText(scopeKey(scope)),
  }),
  heartbeat: (cluster: string): RecordKey => ({ partition: `heartbeat/${keyText(cluster)}`, sort: 'heartbeat' }),
  spread: (cluster: string, repository: string): RecordKey => ({
    partition: `spread/${keyText(cluster)}`,
    sort: keyText(repository),
  }),
  told: (target: string, cluster: string, namespace: string): RecordKey => ({
    partition: `told/${keyText(cluster)}/${keyText(namespace)}`,
    sort: keyText(target),
  }),
  preflightMemory: (cluster: string): RecordKey => ({ partition: `preflight/${keyText(cluster)}`, sort: 'memory' }),
  refreshMemory: (cluster: string): RecordKey => ({ partition: `refresh/${keyText(cluster)}`, sort: 'memory' }),
  contestedWrites: (cluster: string, secret: string): RecordKey => ({
    partition: contestedPartition(cluster),
    sort: keyText(secret),
  }),
  repair: (cluster: string, namespace: string, secret: string): RecordKey => ({
    partition: repairPartition(cluster, namespace),
    sort: keyText(secret),
  }),
  offer: (id: string): RecordKey => ({ partition: `offer/${keyText(id)}`, sort: 'offer' }),
  audit: (offerId: string, at: Instant): RecordKey => ({ partition: auditPartition(at), sort: keyText(offerId) }),
  feedback: (incidentId: string, person: string, at: Instant): RecordKey => ({
    partition: feedbackPartition(at),
    sort: keyText(`${incidentId}/${person}`),
  }),
  said: (incidentId: string, person: string): RecordKey => ({
    partition: `said/${keyText(incidentId)}`,
    sort: keyText(person),
  }),
  once: (id: string): RecordKey => ({ partition: `once/${keyText(id)}`, sort: 'once' }),
};

export const PUBLICATION_PREFIX = 'publication/';

/** Names of the due indexes. */
export const LOOK_QUEUE = 'look';
export const POKE_QUEUE = 'poke';
export const OFFER_QUEUE = 'offer';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Records that a live incident rewrites all the time, or that nobody would ever delete. */
export const KEPT_MS = 400 * DAY_MS;

export function incidentPartition(id: string): string {
  return `incident/${keyText(id)}`;
}

export function namespacePartition(cluster: string, namespace: string): string {
  return `namespace/${keyText(cluster)}/${keyText(namespace)}`;
}

export function keptPartition(cluster: string): string {
  return `kept/${keyText(cluster)}`;
}

export function contestedPartition(cluster: string): string {
  return `contested/${keyText(cluster)}`;
}

export function repairPartition(cluster: string, namespace: string): string {
  return `repair/${keyText(cluster)}/${keyText(namespace)}`;
}

export function rejectedPartition(at: Instant): string {
  return `rejected/${hourText(at)}`;
}

export function auditPartition(at: Instant): string {
  return `audit/${dayText(at)}`;
}

export function feedbackPartition(at: Instant): string {
  return `feedback/${dayText(at)}`;
}

/** `2026-11-22`: the day, in UTC. */
function dayText(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `2026-11-22T13`: the clock hour, in UTC. */
function hourText(at: Instant): string {
  return new Date(at).toISOString().slice(0, 13);
}

/** Longest piece of a key that is kept as it is. */
const MAX_KEY_TEXT = 400;

/** Names from a cluster can be longer than a key may be (an image reference has no limit), or broken Unicode. */
function keyText(text: string): string {
  const isUsable = text.isWellFormed() && Buffer.byteLength(text) <= MAX_KEY_TEXT;
  // The hash is over UTF-16, so that two texts that differ only in broken characters stay two.
  const hash = () => createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex');
  return isUsable ? text : `${text.slice(0, 60).toWellFormed()}~${hash()}`;
}

import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { StoreError } from '../../domain/errors.ts';
import type { Incident, LoadedIncident, Slice } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';
import { HOUR_MS, incidentPartition, keys, LOOK_QUEUE, namespacePartition } from './keys.ts';
import { decodeSlice } from './slice-parts.ts';

/** The incident's own record. `slices` says which slices belong to it: commit number and number of records of each. */
export interface IncidentBody {
  readonly incident: Incident;
  readonly slices: Readonly<Record<string, { readonly commit: number; readonly parts: number }>>;
}

/** Within this time an ended incident is reopened rather than followed by a new one. */
export const REOPEN_MS = HOUR_MS;

/** Above this an incident is packed: a record's body may have 350 kB. */
const PLAIN_CHARACTERS = 100_000;

/** An index entry of an incident that ended this long ago serves nobody. */
const PRUNE_AFTER_MS = 2 * HOUR_MS;

/** A transaction is seen whole after a moment; these re-reads bridge it. */
const MAX_READS = 3;
const READ_PAUSE_MS = 30;

type Reads = Pick<IncidentStore, 'incidentsIn' | 'load' | 'slotHolder' | 'dueScopes'>;

/** Reads incidents. */
export function createIncidentReads(records: RecordStore): Reads {
  async function load(incidentId: string): Promise<LoadedIncident | undefined> {
    for (let reads = 1; ; reads += 1) {
      const found = await records.list(incidentPartition(incidentId));
      const record = found.find(({ sort }) => sort === 'incident');
      if (record === undefined) return undefined;
      const { incident, slices } = readIncident(record);
      const namespaces = Object.keys(slices).toSorted();
      const decoded = namespaces.map((namespace) => ({ namespace, ...decode(found, incidentId, namespace) }));

      const isWhole = decoded.every(({ namespace, commit }) => commit === slices[namespace]?.commit);
      // The last read takes newer slices too: a commit that was too large for one transaction and then lost the race
      // left them behind. They are a look's word as well, and the next look replaces them.
      if (isWhole || (reads === MAX_READS && decoded.every(({ slice }) => slice !== undefined))) {
        return { incident, slices: decoded.flatMap(({ slice }) => slice ?? []) };
      }
      if (reads === MAX_READS) {
        throw new StoreError(`incident ${incidentId}: its slices changed while they were read`, { retry: 'retry' });
      }
      await pause(READ_PAUSE_MS);
    }
  }

  /** @returns its id if it is worth loading; deletes the index entry if nobody will ever ask for it again */
  async function isOfInterest(cluster: string, namespace: string, incidentId: string, now: Instant): Promise<boolean> {
    const record = await records.get(keys.incident(incidentId));
    // Written ahead of an incident that may come in a moment, or that lost a race: it expires by itself.
    if (record === undefined) return false;
    const { incident, slices } = readIncident(record);
    const { endedAt } = incident;
    if (endedAt !== undefined && endedAt + PRUNE_AFTER_MS <= now) {
      const entry = keys.namespaceEntry(cluster, namespace, incidentId);
      await records.transact([{ kind: 'delete', key: entry, expect: 'any' }]);
    }
    return Object.hasOwn(slices, namespace) && (endedAt === undefined || endedAt + REOPEN_MS > now);
  }

  return {
    load,

    async incidentsIn(cluster, namespace, now) {
      const entries = await records.list(namespacePartition(cluster, namespace));
      const ids = entries.map(({ body }) => (body as unknown as NamespaceEntry).incidentId);
      const loaded = await Promise.all(
        ids.map(async (id) => ((await isOfInterest(cluster, namespace, id, now)) ? load(id) : undefined)),
      );
      return loaded
        .filter((one) => one !== undefined)
        .toSorted((a, b) => a.incident.openedAt - b.incident.openedAt || (a.incident.id < b.incident.id ? -1 : 1));
    },

    async slotHolder(slot) {
      return readSlot(await records.get(keys.slot(slot)));
    },

    async dueScopes(until, limit) {
      const due = (await records.listDue(LOOK_QUEUE, until, limit)).map((record) => readIncident(record).incident);
      return due.flatMap((incident) => incident.scopes.map((scope) => ({ scope, incident }))).slice(0, limit);
    },
  };
}

interface NamespaceEntry {
  readonly incidentId: string;
}

/** The index entry that leads from a namespace to an incident. */
export function namespaceEntryWrite(incident: Incident, namespace: string, expiresAt: Instant): RecordWrite {
  const key = keys.namespaceEntry(incident.cluster, namespace, incident.id);
  return { kind: 'put', expect: 'any', record: { ...key, body: { incidentId: incident.id }, expiresAt } };
}

export function readIncident({ body }: StoredRecord): IncidentBody {
  const { packed } = body as { readonly packed?: string };
  if (packed === undefined) return body as unknown as IncidentBody;
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as IncidentBody;
}

/** Six uses of remedies over hundreds of workloads name each of them; they say nearly the same, and pack well. */
export function incidentBody(body: IncidentBody): JsonValue {
  const text = JSON.stringify(body);
  if (text.length <= PLAIN_CHARACTERS) return body as unknown as JsonValue;
  return { packed: gzipSync(text).toString('base64') };
}

export function readSlot(record: StoredRecord | undefined): string | undefined {
  return (record?.body as { readonly incidentId: string } | undefined)?.incidentId;
}

function decode(
  found: readonly StoredRecord[],
  incidentId: string,
  namespace: string,
): { readonly slice: Slice | undefined; readonly commit: number | undefined } {
  const bodyOf = (part: number) =>
    found.find(({ sort }) => sort === keys.slice(incidentId, namespace, part).sort)?.body;
  const bodies: JsonValue[] = [];
  for (let body = bodyOf(0); body !== undefined; body = bodyOf(bodies.length)) bodies.push(body);
  return decodeSlice(bodies) ?? { slice: undefined, commit: undefined };
}

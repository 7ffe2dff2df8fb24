import type { Publication } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';
import { incidentPartition, KEPT_MS, keys, POKE_QUEUE, PUBLICATION_PREFIX } from './keys.ts';

/**
 * `isSettled`: nothing is left to publish. The record stays, so that its version never starts over: a publisher that
 * was slow must not settle a poke that came after the one it saw.
 */
interface PokeBody {
  readonly incidentId: string;
  readonly revision: number;
  readonly isSettled: boolean;
}

type Publishing = Pick<IncidentStore, 'duePokes' | 'poke' | 'settlePoke' | 'publications' | 'savePublication'>;

/** The poke that a commit leaves behind: the publisher has something to do from now on. */
export function pokeWrite(incidentId: string, revision: number, now: Instant): RecordWrite {
  return { kind: 'put', expect: 'any', record: pokeRecord({ incidentId, revision, isSettled: false }, now, now) };
}

/** What the publisher still has to do, and what it did. */
export function createPublishingRecords(records: RecordStore): Publishing {
  return {
    async duePokes(until, limit) {
      const due = (await records.listDue(POKE_QUEUE, until, limit)).map(readPoke);
      return due.map(({ incidentId, revision }) => ({ incidentId, revision }));
    },

    async poke(incidentId) {
      const record = await records.get(keys.poke(incidentId));
      if (record === undefined || readPoke(record).isSettled) return undefined;
      return { version: record.version, revision: readPoke(record).revision };
    },

    async settlePoke(incidentId, version, nextAt) {
      const record = await records.get(keys.poke(incidentId));
      if (record?.version !== version) return 'conflict';
      const { revision } = readPoke(record);
      const settled = pokeRecord({ incidentId, revision, isSettled: nextAt === undefined }, nextAt, record.expiresAt);
      return records.transact([{ kind: 'put', expect: version, record: settled }]);
    },

    async publications(incidentId) {
      const found = await records.list(incidentPartition(incidentId), { sortPrefix: PUBLICATION_PREFIX });
      return found.map(({ body, version }) => ({ ...(body as unknown as Publication), version }));
    },

    async savePublication(publication, expectedVersion) {
      const record = {
        ...keys.publication(publication.incidentId, publication.channel),
        body: withoutVersion(publication) as unknown as JsonValue,
        expiresAt: Math.max(publication.postedAt, publication.editedAt) + KEPT_MS,
      };
      return records.transact([{ kind: 'put', expect: expectedVersion === 0 ? 'absent' : expectedVersion, record }]);
    },
  };
}

function pokeRecord(body: PokeBody, dueAt: Instant | undefined, keptFrom: Instant | undefined) {
  return {
    ...keys.poke(body.incidentId),
    body: { ...body },
    due: dueAt === undefined ? undefined : { queue: POKE_QUEUE, at: dueAt },
    expiresAt: keptFrom === undefined ? undefined : keptFrom + KEPT_MS,
  };
}

function readPoke(record: StoredRecord): PokeBody {
  return record.body as unknown as PokeBody;
}

/** What `publications` gave carries its version, which the store keeps itself. */
function withoutVersion(publication: Publication & { readonly version?: number }): Publication {
  const { version: _, ...rest } = publication;
  return rest;
}

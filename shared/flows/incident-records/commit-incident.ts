import type { Slice } from '../../domain/incident.ts';
import type { IncidentChange } from '../../ports/incident-store.ts';
import type { RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';
import {
  type IncidentBody,
  incidentBody,
  namespaceEntryWrite,
  REOPEN_MS,
  readIncident,
  readSlot,
} from './incidents.ts';
import { DAY_MS, KEPT_MS, keys, LOOK_QUEUE } from './keys.ts';
import { pokeWrite } from './publishing.ts';
import { encodeSlice } from './slice-parts.ts';

/** An ended incident can be read this long (the page, the command line). */
const ENDED_KEPT_MS = 30 * DAY_MS;

/** What one transaction takes, with room for the incident's own records. */
const MAX_GROUPED_WRITES = 90;
const MAX_GROUPED_CHARACTERS = 2_500_000;

/**
 * Writes one look's word on one incident: see `IncidentStore.commit`.
 *
 * It is one transaction. Only what exceeds 90 writes or 2.5 MB (looks over dozens of namespaces) goes in others: slices
 * before, so that the incident never names a slice that is not there; removals after.
 */
export async function commitIncident(records: RecordStore, change: IncidentChange): Promise<'done' | 'conflict'> {
  const { incident, expectedRevision, now } = change;
  const [current, slot, released] = await Promise.all([
    records.get(keys.incident(incident.id)),
    records.get(keys.slot(incident.slot)),
    change.releasedSlot === undefined ? undefined : records.get(keys.slot(change.releasedSlot)),
  ]);
  const before = current && readIncident(current);
  if ((before?.incident.revision ?? 0) !== expectedRevision) return 'conflict';
  const slotHolder = readSlot(slot);
  if (slotHolder !== undefined && slotHolder !== incident.id) return 'conflict';

  const commit = (current?.version ?? 0) + 1;
  const slices = change.slices.map((slice) => sliceWrites(change, slice, commit, before));
  const rewritten = new Set(change.slices.map(({ namespace }) => namespace));
  const removals = change.removedNamespaces
    .filter((namespace) => !rewritten.has(namespace))
    .map((namespace) => removalWrites(change, namespace, before));
  const [inside, ...ahead] = inGroups(slices);
  const [insideRemovals, ...behind] = inGroups([inside ?? [], ...removals]);

  for (const writes of ahead) if ((await records.transact(writes)) === 'conflict') return 'conflict';
  const result = await records.transact([
    {
      kind: 'put',
      expect: current?.version ?? 'absent',
      record: {
        ...keys.incident(incident.id),
        body: incidentBody({ incident, slices: sliceTable(change, commit, slices, before) }),
        due: change.nextLookAt === undefined ? undefined : { queue: LOOK_QUEUE, at: change.nextLookAt },
        expiresAt: incident.endedAt === undefined ? undefined : incident.endedAt + ENDED_KEPT_MS,
      },
    },
    ...slotWrites(change, slot),
    ...releaseWrites(change, released),
    // A commit that is not worth publishing leaves the publisher's business as it is.
    ...(incident.revision === expectedRevision ? [] : [pokeWrite(incident.id, incident.revision, now)]),
    ...(insideRemovals ?? []),
  ]);
  if (result === 'conflict') return 'conflict';
  for (const writes of behind) await records.transact(writes);
  return 'done';
}

function sliceWrites(
  { incident, now }: IncidentChange,
  slice: Slice,
  commit: number,
  before: IncidentBody | undefined,
): RecordWrite[] {
  const expiresAt = now + KEPT_MS;
  const known = ownSlice(before, slice.namespace);
  const puts = encodeSlice(slice, commit).map((body, part): RecordWrite => {
    return {
      kind: 'put',
      expect: 'any',
      record: { ...keys.slice(incident.id, slice.namespace, part), body, expiresAt },
    };
  });
  return [
    ...puts,
    ...deleteParts(incident.id, slice.namespace, puts.length, known?.parts ?? 0),
    ...(known === undefined ? [namespaceEntryWrite(incident, slice.namespace, expiresAt)] : []),
  ];
}

function removalWrites(
  { incident }: IncidentChange,
  namespace: string,
  before: IncidentBody | undefined,
): RecordWrite[] {
  const known = ownSlice(before, namespace);
  if (known === undefined) return [];
  const entry = keys.namespaceEntry(incident.cluster, namespace, incident.id);
  return [...deleteParts(incident.id, namespace, 0, known.parts), { kind: 'delete', key: entry, expect: 'any' }];
}

function deleteParts(incidentId: string, namespace: string, from: number, to: number): RecordWrite[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, n) => {
    return { kind: 'delete', key: keys.slice(incidentId, namespace, from + n), expect: 'any' };
  });
}

/** Claims the incident's slot, or keeps it until the incident can no longer be reopened. */
function slotWrites({ incident, releasedSlot, now }: IncidentChange, slot: StoredRecord | undefined): RecordWrite[] {
  if (releasedSlot === incident.slot) return [];
  const expiresAt = incident.endedAt === undefined ? undefined : incident.endedAt + REOPEN_MS;
  const isOver = expiresAt !== undefined && expiresAt <= now;
  if (isOver || (slot !== undefined && slot.expiresAt === expiresAt)) return [];
  const record = { ...keys.slot(incident.slot), body: { incidentId: incident.id }, expiresAt };
  return [{ kind: 'put', expect: slot?.version ?? 'absent', record }];
}

function releaseWrites({ incident }: IncidentChange, released: StoredRecord | undefined): RecordWrite[] {
  // Somebody else may have it by now: then there is nothing to give back.
  if (released === undefined || readSlot(released) !== incident.id) return [];
  const { partition, sort, version } = released;
  return [{ kind: 'delete', key: { partition, sort }, expect: version }];
}

function sliceTable(
  change: IncidentChange,
  commit: number,
  slices: readonly (readonly RecordWrite[])[],
  before: IncidentBody | undefined,
): IncidentBody['slices'] {
  const prefix = 'slice/';
  const partsOf = (writes: readonly RecordWrite[] | undefined) =>
    (writes ?? []).filter((write) => write.kind === 'put' && write.record.sort.startsWith(prefix)).length;
  const kept = Object.entries(before?.slices ?? {}).filter(
    ([namespace]) => !change.removedNamespaces.includes(namespace),
  );
  const written = change.slices.map(
    (slice, index) => [slice.namespace, { commit, parts: partsOf(slices[index]) }] as const,
  );
  return Object.fromEntries([...kept, ...written]);
}

function ownSlice(before: IncidentBody | undefined, namespace: string) {
  return before !== undefined && Object.hasOwn(before.slices, namespace) ? before.slices[namespace] : undefined;
}

/** Gathers sets of writes into transactions; a set is never torn apart. */
function inGroups(sets: readonly (readonly RecordWrite[])[]): readonly (readonly RecordWrite[])[] {
  const groups: RecordWrite[][] = [[]];
  let characters = 0;
  for (const set of sets) {
    const size = JSON.stringify(set).length;
    const last = groups.at(-1) ?? [];
    const isFull = last.length + set.length > MAX_GROUPED_WRITES || characters + size > MAX_GROUPED_CHARACTERS;
    if (isFull && last.length > 0) {
      groups.push([...set]);
      characters = size;
    } else {
      last.push(...set);
      characters += size;
    }
  }
  return groups;
}

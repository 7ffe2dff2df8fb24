import { gunzipSync, gzipSync } from 'node:zlib';
import type { Slice } from '../../domain/incident.ts';
import type { JsonValue } from '../../ports/record-store.ts';

/** Above this a slice is packed: the members of one fault say nearly the same, and writes are paid by the kilobyte. */
const PLAIN_CHARACTERS = 8_000;

/** Well below what a record's body may have (350 kB). */
const PART_CHARACTERS = 300_000;

/**
 * One slice as the bodies of one or more records; hundreds of members in a namespace do not fit one record.
 * @param commit number of the commit that writes it, so that a reader can tell parts of different commits apart
 */
export function encodeSlice(slice: Slice, commit: number): readonly JsonValue[] {
  const text = JSON.stringify(slice);
  if (text.length <= PLAIN_CHARACTERS) return [{ commit, parts: 1, slice: slice as unknown as JsonValue }];

  const packed = gzipSync(text).toString('base64');
  const parts = Math.ceil(packed.length / PART_CHARACTERS);
  return Array.from({ length: parts }, (_, part) => ({
    commit,
    parts,
    packed: packed.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS),
  }));
}

/** @param bodies in the order of their parts @returns `undefined` when they are not the parts of one commit */
export function decodeSlice(
  bodies: readonly JsonValue[],
): { readonly slice: Slice; readonly commit: number } | undefined {
  const parts = bodies as unknown as readonly SlicePart[];
  const first = parts[0];
  if (first === undefined) return undefined;
  if (first.slice !== undefined) return { slice: first.slice, commit: first.commit };

  const own = parts.slice(0, first.parts);
  if (own.length < first.parts || own.some(({ commit }) => commit !== first.commit)) return undefined;
  const packed = Buffer.from(own.map((part) => part.packed ?? '').join(''), 'base64');
  return { slice: JSON.parse(gunzipSync(packed).toString()) as Slice, commit: first.commit };
}

interface SlicePart {
  readonly commit: number;
  readonly parts: number;
  readonly slice?: Slice;
  readonly packed?: string;
}

import { ApiError } from './api-error.ts';
import type { Json } from './objects.ts';
import { type FieldType, MESSAGES } from './protobuf-schema.ts';

/** The first bytes of every Kubernetes object in protobuf. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

interface RawField {
  readonly number: number;
  /** A varint as it is, or the bytes of anything longer. */
  readonly value: bigint | Buffer;
}

function unsupported(what: string): ApiError {
  return new ApiError(415, 'UnsupportedMediaType', `the embedded cluster does not read ${what} in protobuf`);
}

function readFields(bytes: Buffer): RawField[] {
  const found: RawField[] = [];
  let at = 0;
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) throw unsupported('a truncated message');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) found.push({ number, value: varint() });
    else if (wire === 2) {
      const length = Number(varint());
      found.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw unsupported(`wire type ${wire}`);
  }
  return found;
}

function text(value: bigint | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value ?? '');
}

function isEmpty(value: bigint | Buffer): boolean {
  return Buffer.isBuffer(value) ? value.length === 0 : value === 0n;
}

/** Varints of Go's signed integers are two's complement in 64 bits. */
function readInt(value: bigint | Buffer | undefined): number {
  return Number(BigInt.asIntN(64, typeof value === 'bigint' ? value : 0n));
}

function readValue(type: FieldType, value: bigint | Buffer): unknown {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  if (type === 'string') return text(value);
  if (type === 'int' || type === 'number') return readInt(value);
  if (type === 'bool' || type === 'flag') return value !== 0n;
  if (type === 'bytes') return bytes.toString('base64');
  const inner = (number: number) => readFields(bytes).find((field) => field.number === number)?.value;
  if (type === 'time') {
    const seconds = readInt(inner(1));
    // Go's zero time is what an unset one is sent as.
    return seconds <= 0 ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  }
  if (type === 'quantity') return text(inner(1));
  if (type === 'intOrString') return readInt(inner(1)) === 0 ? readInt(inner(2)) : text(inner(3));
  if ('message' in type) return readMessage(type.message, bytes);
  throw unsupported('a nested list');
}

/** Go marshals unset strings and structs as empty ones: they are left out, as in JSON with omitempty. */
function isUnset(type: FieldType, value: unknown): boolean {
  if (value === null) return true;
  if (type === 'string') return value === '';
  if (type === 'number') return value === 0;
  if (type === 'flag') return value === false;
  return typeof type === 'object' && 'message' in type && Object.keys(value as object).length === 0;
}

function readMessage(name: string, bytes: Buffer): Json {
  const schema = MESSAGES[name] ?? {};
  const result: Json = {};
  for (const { number, value } of readFields(bytes)) {
    const field = schema[number];
    if (!field) {
      if (isEmpty(value)) continue;
      if (name === 'Empty') continue;
      throw unsupported(`field ${number} of ${name}`);
    }
    const { type } = field;
    if (typeof type === 'object' && 'list' in type) {
      const list = (result[field.name] as unknown[] | undefined) ?? [];
      result[field.name] = [...list, readValue(type.list, value)];
    } else if (typeof type === 'object' && 'map' in type) {
      const entry = readFields(value as Buffer);
      const key = text(entry.find((one) => one.number === 1)?.value);
      const inner = entry.find((one) => one.number === 2)?.value ?? Buffer.alloc(0);
      result[field.name] = { ...(result[field.name] as Json | undefined), [key]: readValue(type.map, inner) };
    } else {
      const read = readValue(type, value);
      if (!isUnset(type, read)) result[field.name] = read;
    }
  }
  return result;
}

/**
 * An object that a typed client sent as `application/vnd.kubernetes.protobuf`, as JSON would have it.
 * @throws {ApiError} 415 for a kind or a field that is not in the schema
 */
export function decodeProtobuf(bytes: Buffer): Json {
  if (!bytes.subarray(0, 4).equals(MAGIC)) throw unsupported('a body without the k8s prefix');
  const envelope = readMessage('Unknown', bytes.subarray(4));
  const { apiVersion, kind } = (envelope['typeMeta'] ?? {}) as { apiVersion?: string; kind?: string };
  if (kind === undefined || !(kind in MESSAGES)) throw unsupported(`kind ${kind}`);
  const raw = Buffer.from(String(envelope['raw'] ?? ''), 'base64');
  return { apiVersion, kind, ...readMessage(kind, raw) };
}

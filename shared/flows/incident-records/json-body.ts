import type { JsonValue } from '../../ports/record-store.ts';

/** What a record stores of a value of plain data: what is `undefined` is left out, as JSON does. */
export function toBody(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** The value that `toBody` stored. The key says what lies there: only its own module writes it. */
export function fromBody<Value>(body: JsonValue): Value {
  return body as unknown as Value;
}

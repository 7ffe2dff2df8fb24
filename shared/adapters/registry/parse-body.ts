import { isRecord } from '../../domain/is-record.ts';

/** A body as JSON. @returns `undefined` for whatever is not an object */
export function parseObject(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (body === undefined) return undefined;
  try {
    return asObject(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

/** First error code of a body in the form of the OCI distribution specification. */
export function readErrorCode(body: Buffer | undefined): string | undefined {
  const errors = parseObject(body)?.['errors'];
  const code = Array.isArray(errors) ? asObject(errors[0])?.['code'] : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined;
}

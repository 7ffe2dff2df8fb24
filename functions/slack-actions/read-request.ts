import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isRecord } from '../../shared/domain/is-record.ts';

/** Slack's payloads hold the whole message or dialog: some 100 kB at most. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The very bytes that Slack signed: API Gateway hands over text as it is and everything else in base64. */
export function rawBody({
  body = '',
  isBase64Encoded,
}: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

/** The JSON in the form field `payload`; `undefined` where there is none. Only for bytes whose signature was checked. */
export function readPayload(raw: Buffer): Readonly<Record<string, unknown>> | undefined {
  const text = new URLSearchParams(raw.toString('utf8')).get('payload');
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

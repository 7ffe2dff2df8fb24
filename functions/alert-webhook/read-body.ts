import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A Lambda event is at most 6 MB, in which a body of 5 MiB still fits, JSON-escaped. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

export type Body =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'not-text' };

/** The request's body as text. Its size is known before anything looks at it. */
export function readBody({
  body = '',
  isBase64Encoded,
}: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Body {
  if (!isBase64Encoded) {
    return Buffer.byteLength(body) > MAX_BODY_BYTES ? { kind: 'too-large' } : { kind: 'text', text: body };
  }
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > MAX_BODY_BYTES) return { kind: 'too-large' };
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'not-text' };
  }
}

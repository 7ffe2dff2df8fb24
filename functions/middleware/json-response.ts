import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** An HTTP API answer with a JSON body. */
export function jsonResponse(
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

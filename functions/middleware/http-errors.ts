import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PullmedicError } from '../../shared/domain/errors.ts';
import type { Log, Metrics } from '../../shared/ports/log.ts';
import { HttpError } from './http-error.ts';
import { jsonResponse } from './json-response.ts';

/**
 * The one place where an error becomes a status. Alertmanager retries a 5xx and drops every other failure, so whatever
 * is not the caller's fault is 503: a port that failed, a deadline, and a bug too, which is logged as one.
 */
export function httpErrors(deps: {
  readonly log: Log;
  readonly metrics: Metrics;
  /** What a 401 asks for. */
  readonly challenge?: string;
}): MiddlewareObj<unknown, APIGatewayProxyStructuredResultV2> {
  const { challenge = 'Bearer, Basic realm="pullmedic"' } = deps;
  return {
    onError(request) {
      const { error } = request;
      if (error instanceof HttpError) {
        const headers = error.statusCode === 401 ? { 'www-authenticate': challenge } : {};
        request.response = jsonResponse(error.statusCode, error.body, headers);
        return;
      }
      const code = error instanceof PullmedicError ? error.code : 'bug';
      deps.log.error('request failed, the caller must send it again', { code, error });
      deps.metrics.count('RequestsFailed', 1, { code });
      request.response = jsonResponse(503, { error: 'not taken, send it again' });
    },
  };
}

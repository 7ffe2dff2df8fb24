import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isSigned, readClaim } from '../../shared/adapters/slack/verify-signature.ts';
import { Secret } from '../../shared/domain/secret.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import type { Log, Metrics } from '../../shared/ports/log.ts';
import { HttpError } from '../middleware/http-error.ts';
import { httpErrors } from '../middleware/http-errors.ts';
import { jsonResponse } from '../middleware/json-response.ts';
import { readKey } from '../middleware/read-key.ts';
import { MAX_BODY_BYTES, rawBody, readPayload } from './read-request.ts';
import type { Act } from './route-payload.ts';

export interface SlackActionsDeps {
  /** Does what a payload asks for: `createActor`. */
  readonly act: Act;
  readonly config: ConfigSource;
  readonly credentials: Credentials;
  /** The clock on the wall, which Slack's timestamps go by. */
  readonly wallClock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * POST /slack. The signature is checked over the raw bytes before anything reads them: first what the headers say, then,
 * with the secret, the bytes. 401 for what is not Slack's, 503 where the secret cannot be read. Nothing runs after the
 * answer, so all of the work is done before it, within Slack's 3 s.
 */
export function createHandler(deps: SlackActionsDeps) {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpErrors({ log: deps.log, metrics: deps.metrics, challenge: 'Slack-Signature v0' }))
    .handler(async (event: APIGatewayProxyEventV2) => {
      const raw = await verify(event, deps);
      const payload = readPayload(raw);
      if (payload === undefined) throw new HttpError(400, { error: 'expected a form with JSON in its field payload' });
      const answer = await deps.act(payload);
      return answer === undefined ? { statusCode: 200, body: '' } : jsonResponse(200, answer);
    });
}

/** @returns the bytes that Slack signed @throws {HttpError} for all else, {CredentialError} without a secret */
async function verify(event: APIGatewayProxyEventV2, deps: SlackActionsDeps): Promise<Buffer> {
  const method = event.requestContext?.http?.method;
  if (method !== undefined && method !== 'POST') throw new HttpError(405, { error: 'expected POST' });
  const raw = rawBody(event);
  if (raw.length > MAX_BODY_BYTES) throw new HttpError(413, { error: 'the body is over 1 MB' });
  const claim = readClaim(event.headers ?? {}, deps.wallClock.now());
  if (!claim.ok) throw refused(claim.why, deps);
  const { slack } = await deps.config.load();
  if (!isSigned(raw, claim, new Secret(await readKey(slack.signingSecret, deps.credentials)))) {
    throw refused('X-Slack-Signature is not that of this body by our signing secret', deps);
  }
  return raw;
}

function refused(why: string, { log, metrics }: SlackActionsDeps): HttpError {
  metrics.count('ActionsRefused');
  log.warn('a request that is not from Slack', { why });
  return new HttpError(401, { error: why });
}

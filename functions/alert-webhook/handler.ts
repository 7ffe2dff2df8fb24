import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { parseNotification } from '../../shared/alertmanager/schema.ts';
import type { PublishJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { type ReceivedAlerts, receiveAlerts } from '../../shared/flows/receive-alerts.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import type { JobQueue } from '../../shared/ports/job-queue.ts';
import type { Log, Metrics } from '../../shared/ports/log.ts';
import { withDeadline } from '../middleware/deadline.ts';
import { HttpError } from '../middleware/http-error.ts';
import { httpErrors } from '../middleware/http-errors.ts';
import { jsonResponse } from '../middleware/json-response.ts';
import { authenticate } from './authenticate.ts';
import { readBody } from './read-body.ts';
import { createRejections } from './rejections.ts';

/** Alertmanager gives a notification at least 10 s in all: half of it is left for another try. */
const DEADLINE_MS = 5_000;

/** Names of ignored alerts are dimensions of a metric: few, and short. */
const MAX_IGNORED_NAMES = 20;

export interface AlertWebhookDeps {
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly config: ConfigSource;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Tests shorten it. */
  readonly deadlineMs?: number;
}

/**
 * POST /alerts and /alerts/{cluster}. Alertmanager takes a 2xx for done, retries a 5xx and drops a 4xx: so 202 only
 * after every job is on its queue, 400, 401 and 413 for what can never succeed, 503 for everything else.
 */
export function createHandler(deps: AlertWebhookDeps) {
  const rejections = createRejections(deps);

  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpHeaderNormalizer())
    .use(httpErrors(deps))
    .handler(async (event: APIGatewayProxyEventV2) => {
      try {
        const received = await withDeadline(receive(event, deps), deps.deadlineMs ?? DEADLINE_MS);
        countReceived(received, deps);
        await rejections.report();
        return jsonResponse(202, { accepted: received.accepted, ignored: received.ignored });
      } catch (error) {
        if (error instanceof HttpError && [400, 401, 413].includes(error.statusCode)) {
          await rejections.add(error.statusCode);
        }
        throw error;
      }
    });
}

async function receive(event: APIGatewayProxyEventV2, deps: AlertWebhookDeps): Promise<ReceivedAlerts> {
  const pathCluster = readPath(event);
  const config = await deps.config.load();
  const caller = await authenticate(event.headers['authorization'], config.alerts.tokens, deps.credentials);
  if (!caller.isKnown) throw new HttpError(401, { error: 'unknown token' });

  const body = readBody(event);
  if (body.kind === 'too-large') throw new HttpError(413, { error: 'the body is over 5 MB: set max_alerts' });
  if (body.kind === 'not-text') throw new HttpError(400, { issues: ['body: expected UTF-8'] });
  const notification = parseNotification(body.text);
  if (!notification.ok) throw new HttpError(400, { issues: notification.issues });

  const isSpeakingForOther =
    pathCluster !== undefined &&
    caller.clusters !== undefined &&
    !caller.clusters.includes(pathCluster) &&
    config.clusters.some(({ name }) => name === pathCluster);
  if (isSpeakingForOther) throw new HttpError(401, { error: 'this token may not speak for that cluster' });

  return receiveAlerts(
    notification.value,
    { pathCluster, allowedClusters: caller.clusters },
    { config, triageQueue: deps.triageQueue, publishQueue: deps.publishQueue, clock: deps.clock },
  );
}

/** The cluster of the path, as the gateway matched it or as it stands in the raw path (after a stage's prefix, if any). */
function readPath({ requestContext, rawPath, pathParameters }: APIGatewayProxyEventV2): string | undefined {
  const method = requestContext?.http?.method;
  if (method !== undefined && method !== 'POST') throw new HttpError(405, { error: 'expected POST' });
  const matched = /\/alerts(?:\/([^/]*))?\/?$/.exec(rawPath ?? '');
  if (matched === null) throw new HttpError(404, { error: 'expected /alerts or /alerts/<cluster>' });
  try {
    return pathParameters?.['cluster'] || decodeURIComponent(matched[1] ?? '') || undefined;
  } catch {
    throw new HttpError(404, { error: 'expected /alerts or /alerts/<cluster>' });
  }
}

function countReceived(
  { accepted, ignoredByName, unrouted }: ReceivedAlerts,
  { log, metrics }: AlertWebhookDeps,
): void {
  if (accepted > 0) metrics.count('AlertsAccepted', accepted);
  if (unrouted > 0) metrics.count('AlertsUnrouted', unrouted);
  ignoredByName.forEach(({ name, count }, index) => {
    const alertname = index < MAX_IGNORED_NAMES ? name.slice(0, 100) : 'other';
    metrics.count('AlertsIgnored', count, { alertname });
  });
  log.info('alerts received', { accepted, unrouted, ignored: ignoredByName.length });
}

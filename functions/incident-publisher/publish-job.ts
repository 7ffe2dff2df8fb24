import * as z from 'zod/mini';
import type { PublishJob } from '../../shared/domain/jobs.ts';
import { AlertHintSchema } from '../middleware/alert-hint-schema.ts';

const Id = z.string().check(z.minLength(1));

const Job = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('poke'), incidentId: Id }),
  z.object({
    kind: z.literal('notice'),
    id: Id,
    notice: z.discriminatedUnion('type', [
      z.object({ type: z.literal('rejected-webhooks'), counts: z.record(z.string(), z.number()), hour: z.number() }),
      z.object({ type: z.literal('unrouted-alert'), alerts: z.array(AlertHintSchema), reason: z.string() }),
      z.object({
        type: z.literal('deaf'),
        cluster: z.string(),
        since: z.number(),
        backAt: z.optional(z.number()),
        alert: z.string(),
        afterMinutes: z.number(),
      }),
      z.object({ type: z.literal('blind'), cluster: z.string(), since: z.number(), why: z.string() }),
    ]),
  }),
]);

/** The body of a job on the publish queue. @throws for anything else: it ends in the dead-letter queue, and is told */
export function parsePublishJob(body: string): PublishJob {
  return Job.parse(JSON.parse(body));
}

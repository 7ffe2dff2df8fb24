import * as z from 'zod/mini';
import type { PublishJob } from '../../shared/domain/jobs.ts';

const AlertHint = z.pipe(
  z.object({
    name: z.string(),
    status: z.enum(['firing', 'resolved']),
    startsAt: z.optional(z.number()),
    fingerprint: z.optional(z.string()),
    labels: z.record(z.string(), z.string()),
  }),
  // JSON leaves out what is undefined; the type has the keys.
  z.transform(({ startsAt, fingerprint, ...rest }) => ({ ...rest, startsAt, fingerprint })),
);

const Id = z.string().check(z.minLength(1));

const Job = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('poke'), incidentId: Id }),
  z.object({
    kind: z.literal('notice'),
    id: Id,
    notice: z.discriminatedUnion('type', [
      z.object({ type: z.literal('rejected-webhooks'), counts: z.record(z.string(), z.number()), hour: z.number() }),
      z.object({ type: z.literal('unrouted-alert'), alerts: z.array(AlertHint), reason: z.string() }),
      z.object({ type: z.literal('blind'), cluster: z.string(), since: z.number(), why: z.string() }),
    ]),
  }),
]);

/** The body of a job on the publish queue. @throws for anything else: it ends in the dead-letter queue, and is told */
export function parsePublishJob(body: string): PublishJob {
  return Job.parse(JSON.parse(body));
}

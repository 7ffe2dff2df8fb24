import * as z from 'zod/mini';
import type { RemedyJob } from '../../shared/domain/jobs.ts';

const name = () => z.string().check(z.minLength(1));

const Job = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('plan'),
    offerId: name(),
    viewId: name(),
    by: z.object({ teamId: z.string(), userId: name(), name: z.string() }),
    channelId: z.string(),
    choice: z.optional(z.string()),
    at: z.number(),
  }),
  z.object({ kind: z.literal('apply'), offerId: name(), at: z.number() }),
]);

/** The body of a job on the remedies queue. @throws for anything else: it ends in the dead-letter queue, and is told */
export function parseRemedyJob(body: string): RemedyJob {
  const job = Job.parse(JSON.parse(body));
  return job.kind === 'plan' ? { ...job, choice: job.choice } : job;
}

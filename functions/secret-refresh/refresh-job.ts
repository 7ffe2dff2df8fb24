import * as z from 'zod/mini';
import type { RefreshJob } from '../../shared/domain/jobs.ts';

const name = () => z.string().check(z.minLength(1));

const Job = z.object({
  kind: z.literal('refresh'),
  cluster: name(),
  namespaces: z.optional(z.array(name())),
  reason: z.enum(['schedule', 'alert', 'command', 'button']),
  secrets: z.optional(z.array(name())),
  run: z.optional(z.object({ startedAt: z.number(), part: z.number() })),
  isForced: z.optional(z.boolean()),
  image: z.optional(z.string()),
});

/** The body of a job on the refresh queue. @throws for anything else: it ends in the dead-letter queue, and is told */
export function parseRefreshJob(body: string): RefreshJob {
  return Job.parse(JSON.parse(body));
}

import { z } from 'zod';

const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('namespace'), cluster: z.string().min(1), namespace: z.string().min(1) }),
  z.object({ kind: z.literal('node'), cluster: z.string().min(1), node: z.string().min(1) }),
  z.object({ kind: z.literal('registry'), cluster: z.string().min(1), registry: z.string().min(1) }),
  z.object({ kind: z.literal('cluster'), cluster: z.string().min(1) }),
]);

const AlertHint = z
  .object({
    name: z.string(),
    status: z.enum(['firing', 'resolved']),
    startsAt: z.number().optional(),
    fingerprint: z.string().optional(),
    labels: z.record(z.string(), z.string()),
  })
  // JSON leaves out what is undefined; the type has the keys.
  .transform(({ startsAt, fingerprint, ...rest }) => ({ ...rest, startsAt, fingerprint }));

/** What stands on the triage queue. */
export const TriageQueueJobSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('look'),
    scope: Scope,
    hintedAt: z.number(),
    from: z.enum(['alert', 'sweep']),
    alerts: z.array(AlertHint),
    alertCount: z.number(),
    isClusterAssumed: z.boolean(),
  }),
  z.object({ kind: z.literal('rejected'), counts: z.record(z.string(), z.number()), at: z.number() }),
]);

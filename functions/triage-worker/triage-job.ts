import * as z from 'zod/mini';

const name = () => z.string().check(z.minLength(1));

const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('namespace'), cluster: name(), namespace: name() }),
  z.object({ kind: z.literal('node'), cluster: name(), node: name() }),
  z.object({ kind: z.literal('registry'), cluster: name(), registry: name() }),
  z.object({ kind: z.literal('cluster'), cluster: name() }),
]);

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

import * as z from 'zod/mini';
import { AlertHintSchema } from '../middleware/alert-hint-schema.ts';

const name = () => z.string().check(z.minLength(1));

const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('namespace'), cluster: name(), namespace: name() }),
  z.object({ kind: z.literal('node'), cluster: name(), node: name() }),
  z.object({ kind: z.literal('registry'), cluster: name(), registry: name() }),
  z.object({ kind: z.literal('cluster'), cluster: name() }),
]);

/** What stands on the triage queue. */
export const TriageQueueJobSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('look'),
    scope: Scope,
    hintedAt: z.number(),
    from: z.enum(['alert', 'sweep']),
    alerts: z.array(AlertHintSchema),
    alertCount: z.number(),
    isClusterAssumed: z.boolean(),
    waits: z.optional(z.number()),
  }),
  z.object({
    kind: z.literal('check'),
    cluster: name(),
    hintedAt: z.number(),
    watched: z.record(z.string(), z.string()),
  }),
  z.object({ kind: z.literal('heartbeat'), cluster: name(), at: z.number() }),
  z.object({ kind: z.literal('rejected'), counts: z.record(z.string(), z.number()), at: z.number() }),
]);

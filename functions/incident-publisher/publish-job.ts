import * as z from 'zod/mini';
import type { PublishJob } from '../../shared/domain/jobs.ts';
import type { PreflightKind } from '../../shared/domain/preflight/kind.ts';
import type { TroubleCause } from '../../shared/domain/refresh/trouble.ts';
import { AlertHintSchema } from '../middleware/alert-hint-schema.ts';

const Id = z.string().check(z.minLength(1));

const count = () => z.number().check(z.gte(0));
const names = () => z.array(z.string());

const Trouble = z.object({
  // While functions are replaced one after the other, a cause may be newer than this bundle: it is told by its own word.
  cause: z.custom<TroubleCause>((cause) => typeof cause === 'string'),
  secrets: count(),
  namespaces: count(),
  examples: names(),
  why: z.string(),
  endsAt: z.optional(z.number()),
});

const Repaired = z.object({
  secrets: count(),
  namespaces: count(),
  examples: names(),
  writers: names(),
  targets: names(),
  expiredAt: z.optional(z.number()),
  endsAt: z.optional(z.number()),
});

const PreflightLineSchema = z.object({
  id: z.string(),
  // While functions are replaced one after the other, a kind may be newer than this bundle: nothing here goes by it.
  kind: z.custom<PreflightKind>((kind) => typeof kind === 'string'),
  breaks: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('now') }),
    z.object({ kind: z.literal('at'), at: z.number() }),
    z.object({ kind: z.literal('next-node') }),
    z.object({ kind: z.literal('drift') }),
  ]),
  confidence: z.enum(['certain', 'likely', 'possible']),
  phrase: z.string(),
  lead: z.string(),
  more: count(),
  fix: z.optional(z.string()),
  namespaces: names(),
  registries: names(),
});

const Job = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('poke'), incidentId: Id }),
  z.object({
    kind: z.literal('notice'),
    id: Id,
    channel: z.optional(z.string().check(z.minLength(1))),
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
      z.object({
        type: z.literal('refresh-trouble'),
        cluster: z.string(),
        since: z.number(),
        at: z.number(),
        endedAt: z.optional(z.number()),
        trouble: Trouble,
        revision: z.number(),
      }),
      z.object({
        type: z.literal('secrets-repaired'),
        cluster: z.string(),
        at: z.number(),
        repaired: Repaired,
        revision: z.number(),
      }),
      z.object({
        type: z.literal('preflight-changes'),
        cluster: z.string(),
        at: z.number(),
        appeared: z.array(PreflightLineSchema),
        appearedCount: count(),
        gone: z.array(PreflightLineSchema),
        goneCount: count(),
        standing: count(),
      }),
      z.object({
        type: z.literal('blind'),
        cluster: z.string(),
        since: z.number(),
        why: z.string(),
        backAt: z.optional(z.number()),
      }),
    ]),
  }),
]);

/** The body of a job on the publish queue. @throws for anything else: it ends in the dead-letter queue, and is told */
export function parsePublishJob(body: string): PublishJob {
  return Job.parse(JSON.parse(body));
}

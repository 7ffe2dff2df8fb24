import * as z from 'zod/mini';

/** An `AlertHint` as it comes off a queue. */
export const AlertHintSchema = z.pipe(
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

import type { Config } from '../../config/config.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';
import { withDeadlines } from './with-deadlines.ts';

/** What publishing needs. */
export interface PublishPorts {
  readonly store: IncidentStore;
  readonly chat: Chat;
  readonly config: Config;
  /** Where the offers behind buttons are kept. Left out = no button that acts. */
  readonly remedies?: Pick<RemedyStore, 'ensureOffers'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How long one call may take; shorter in tests. */
  readonly deadlines?: { readonly storeMs: number; readonly chatMs: number } | undefined;
}

/** A record or two: longer means that the store is away. */
const STORE_MS = 5_000;
/** Above the chat adapter's own 8 s, which gives the better error. */
const CHAT_MS = 9_000;

/** The same ports, of which no call hangs. */
export function guarded(ports: PublishPorts): PublishPorts {
  const { storeMs, chatMs } = ports.deadlines ?? { storeMs: STORE_MS, chatMs: CHAT_MS };
  return {
    ...ports,
    store: withDeadlines(ports.store, 'store', storeMs),
    chat: withDeadlines(ports.chat, 'chat', chatMs),
    ...(ports.remedies && { remedies: withDeadlines(ports.remedies, 'remedies', storeMs) }),
  };
}

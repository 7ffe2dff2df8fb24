import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from './api.ts';
import type { EventObject } from './objects.ts';
import { EVENTS } from './resources.ts';

/** `--event-ttl` of the API server: an event goes an hour after its last write. */
const EVENT_LIFE_MS = 3600_000;

function lastTouched(event: EventObject): number {
  return Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);
}

/** Removes old events; a timer runs only while there is an event. Gives a function that ends it. */
export function expireEvents(api: Api, time: ScaledTime): () => void {
  let cancel: (() => void) | undefined;

  function sweep(): void {
    cancel = undefined;
    const events = api.store.list(EVENTS) as readonly EventObject[];
    const limit = api.clock.now() - EVENT_LIFE_MS;
    for (const event of events) if (lastTouched(event) <= limit) api.store.remove(EVENTS, event);
    if (api.store.list(EVENTS).length > 0) arm();
  }
  function arm(): void {
    cancel ??= time.after(EVENT_LIFE_MS, sweep);
  }

  const unsubscribe = api.store.subscribe(({ resource, type }) => {
    if (resource === EVENTS && type === 'ADDED') arm();
  });
  return () => {
    unsubscribe();
    cancel?.();
  };
}

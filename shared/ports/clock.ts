import type { Instant } from '../domain/instant.ts';

/** Tells the time. Only edges and flows hold one; pure code gets instants. */
export interface Clock {
  now(): Instant;
}

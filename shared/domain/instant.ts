/** A point in time: milliseconds since the Unix epoch. Pure code takes it as an argument and never asks a clock. */
export type Instant = number;

/** RFC 3339 text ─▶ instant. `undefined` for anything that is not a date. */
export function parseInstant(text: string | null | undefined): Instant | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `2026-11-22 06:02 UTC`: absolute, because messages are read later than they are written. */
export function moment(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The first of those that are known; however many there are. */
export function soonest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce<Instant | undefined>(
    (least, at) => (least === undefined || (at !== undefined && at < least) ? at : least),
    undefined,
  );
}

/** The last of those that are known. */
export function latest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce<Instant | undefined>(
    (last, at) => (last === undefined || (at !== undefined && at > last) ? at : last),
    undefined,
  );
}

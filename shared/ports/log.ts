/**
 * Structured log. Messages are constant; what varies goes into fields.
 * Fields must hold no credential and no unredacted text of a cluster.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Counts things (EMF on Lambda, `/metrics` in one process). Names are PascalCase nouns: `AlertsIgnored`. */
export interface Metrics {
  count(name: string, value?: number, dimensions?: Readonly<Record<string, string>>): void;
}

/** Tells how things stand. `/metrics` needs none: it reads them when it is asked. */
export interface Gauges {
  set(name: string, value: number, unit: 'seconds' | 'count', dimensions?: Readonly<Record<string, string>>): void;
}

import type { Metrics } from '../../ports/log.ts';

/** Dimensions must be few by nature; a mistake must not eat the memory. */
const MAX_SERIES = 2000;

/** Counters of a single process. */
export interface CounterRegistry extends Metrics {
  /** Everything counted since the start, in Prometheus' text format 0.0.4. */
  render(): string;
  /** The value of one counter; 0 when it was never counted. */
  value(name: string, dimensions?: Readonly<Record<string, string>>): number;
}

/**
 * Counts in memory, for `/metrics`: `AlertsIgnored` becomes `pullmedic_alerts_ignored_total`.
 * @param options.help what a counter counts, by its name: its HELP line
 */
export function createCounterRegistry(
  options: { readonly help?: Readonly<Record<string, string>> } = {},
): CounterRegistry {
  const help = new Map(Object.entries(options.help ?? {}).map(([name, text]) => [metricName(name), escapeHelp(text)]));
  const series = new Map<string, { readonly metric: string; value: number }>();
  let dropped = 0;

  return {
    count(name, value = 1, dimensions = {}) {
      // A counter never goes down.
      if (!(value >= 0)) throw new RangeError(`counter ${name} cannot count ${value}`);
      const metric = metricName(name);
      const id = `${metric}${labels(dimensions)}`;
      const known = series.get(id);
      if (known) known.value += value;
      else if (series.size < MAX_SERIES) series.set(id, { metric, value });
      else dropped += 1;
    },

    value(name, dimensions = {}) {
      return series.get(`${metricName(name)}${labels(dimensions)}`)?.value ?? 0;
    },

    render() {
      const lines =
        dropped === 0
          ? []
          : ['# TYPE pullmedic_series_dropped_total counter', `pullmedic_series_dropped_total ${dropped}`];
      let previous = '';
      for (const [id, { metric, value }] of [...series].toSorted(bySeries)) {
        if (metric !== previous) {
          const text = help.get(metric);
          if (text !== undefined) lines.push(`# HELP ${metric} ${text}`);
          lines.push(`# TYPE ${metric} counter`);
        }
        previous = metric;
        lines.push(`${id} ${value}`);
      }
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

type Series = readonly [id: string, { readonly metric: string }];

/** All series of a metric stand together, under its TYPE. */
function bySeries([idA, { metric: a }]: Series, [idB, { metric: b }]: Series): number {
  if (a !== b) return a < b ? -1 : 1;
  return idA < idB ? -1 : 1;
}

function metricName(name: string): string {
  const snake = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').replace(/\W/g, '_');
  return `pullmedic_${snake.toLowerCase()}_total`;
}

function labels(dimensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(dimensions)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.replace(/\W/g, '_')}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A label's value as it stands between the quotes. */
export function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

import { MetricUnit, type Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Gauges, Metrics } from '../../ports/log.ts';

/**
 * Metrics of a Lambda, in CloudWatch's embedded format. Each count is written at once, by itself: nothing is kept that
 * a frozen or killed invocation could lose, and the dimensions of one count never reach another.
 */
export function createEmfMetrics({ metrics }: { readonly metrics: PowertoolsMetrics }): Metrics & Gauges {
  const write = (
    name: string,
    value: number,
    unit: (typeof MetricUnit)[keyof typeof MetricUnit],
    dimensions: Readonly<Record<string, string>>,
  ) => {
    const single = metrics.singleMetric();
    // CloudWatch refuses empty values.
    single.addDimensions(Object.fromEntries(Object.entries(dimensions).filter(([, text]) => text !== '')));
    single.addMetric(name, unit, value);
  };
  return {
    count: (name, value = 1, dimensions = {}) => write(name, value, MetricUnit.Count, dimensions),
    set: (name, value, unit, dimensions = {}) =>
      write(name, value, unit === 'seconds' ? MetricUnit.Seconds : MetricUnit.Count, dimensions),
  };
}

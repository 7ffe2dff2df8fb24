import { MetricUnit, type Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics } from '../../ports/log.ts';

/**
 * Metrics of a Lambda, in CloudWatch's embedded format. Each count is written at once, by itself: nothing is kept that
 * a frozen or killed invocation could lose, and the dimensions of one count never reach another.
 */
export function createEmfMetrics({ metrics }: { readonly metrics: PowertoolsMetrics }): Metrics {
  return {
    count(name, value = 1, dimensions = {}) {
      const single = metrics.singleMetric();
      // CloudWatch refuses empty values.
      single.addDimensions(Object.fromEntries(Object.entries(dimensions).filter(([, text]) => text !== '')));
      single.addMetric(name, MetricUnit.Count, value);
    },
  };
}

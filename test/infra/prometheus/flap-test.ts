import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a scrape every 30 s saw of the recorded pods, as promtool's input; the shipped rule beside the seed's. */
export const SCRAPE_SECONDS = 30;
const END_SECONDS = 1080;

interface Recording {
  /** Seconds since the first pod, and the waiting reason from then on. */
  readonly pods: Readonly<Record<string, readonly (readonly [number, string])[]>>;
}

export async function readRecording(): Promise<Recording> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'recorded-flap.json'), 'utf8')) as Recording;
}

/** promtool's series of one pod and reason: 1 while a scrape meets it; `stale` as Prometheus marks what is gone. */
function valuesOf(steps: readonly (readonly [number, string])[], reason: string, offsetSeconds: number): string {
  const values: string[] = [];
  for (let at = offsetSeconds; at <= END_SECONDS + offsetSeconds; at += SCRAPE_SECONDS) {
    const isThere = steps.findLast(([since]) => since <= at)?.[1] === reason;
    const wasThere = values.at(-1) === '1';
    values.push(isThere ? '1' : wasThere ? 'stale' : '_');
  }
  return values.join(' ');
}

/**
 * A promtool test file.
 * @param offsetSeconds when the first scrape was, after the first pod: each meets other retries
 */
export function flapTest(
  { pods }: Recording,
  options: { readonly rules: string; readonly seedRules: string; readonly offsetSeconds: number; seedFires: number },
): object {
  const names = Object.keys(pods);
  const inputSeries = Object.entries(pods).flatMap(([pod, steps]) =>
    [...new Set(steps.map(([, reason]) => reason))].map((reason) => ({
      series: `kube_pod_container_status_waiting_reason{namespace="flap",pod="${pod}",uid="uid-${pod}",container="app",reason="${reason}",instance="127.0.0.1:8080",job="kube-state-metrics"}`,
      values: valuesOf(steps, reason, options.offsetSeconds),
    })),
  );
  const firing = (alert: string) => `ALERTS{alertname="${alert}",alertstate="firing"}`;
  const one = (value: number) => (value === 0 ? [] : [{ labels: '{}', value }]);
  return {
    rule_files: [options.rules, options.seedRules],
    evaluation_interval: `${SCRAPE_SECONDS}s`,
    tests: [
      {
        name: 'recorded flap',
        interval: `${SCRAPE_SECONDS}s`,
        input_series: inputSeries,
        alert_rule_test: [
          { eval_time: '4m', alertname: 'ImagePullBackOff', exp_alerts: [] },
          {
            eval_time: '12m',
            alertname: 'ImagePullBackOff',
            exp_alerts: names.map((pod) => ({
              exp_labels: { severity: 'warning', namespace: 'flap', pod, container: 'app' },
              exp_annotations: {
                summary: `Pod flap/${pod} stuck pulling image`,
                description: 'Container app has not got its image for 5 minutes.',
              },
            })),
          },
        ],
        promql_expr_test: [
          { expr: `count(${firing('ImagePullBackOff')})`, eval_time: '6m', exp_samples: one(names.length) },
          // No scrape in twelve minutes at which one of them had resolved.
          {
            expr: `min_over_time(count(${firing('ImagePullBackOff')})[12m:30s])`,
            eval_time: '18m',
            exp_samples: one(names.length),
          },
          { expr: `count(${firing('SeedImagePullBackOff')})`, eval_time: '12m', exp_samples: one(options.seedFires) },
        ],
      },
    ],
  };
}

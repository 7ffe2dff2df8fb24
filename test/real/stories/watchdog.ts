import { until } from '../processes.ts';
import { CLUSTER, SECOND_CLUSTER, SILENT_AFTER_MINUTES } from '../product.ts';
import { formatSeconds } from '../row.ts';
import { metricValue, needsSecondCluster, platformLines, story } from './story.ts';

/** Prometheus' last word holds in Alertmanager for four resends; then the silence, a sweep, and some room. */
const LAST_WORD_MS = 4 * 5_000;
const SWEEP_MS = 60_000;
const ROOM_MS = 15_000;

/** The alert that always fires, from Prometheus to the store; and what is said when it stays away. */
export const watchdog = story(
  'watchdog',
  [],
  async (universe, problems, tell) => {
    const { product, monitoring, relay, slack, options } = universe;
    const prometheus = monitoring?.secondPrometheus;
    if (monitoring === undefined || prometheus === undefined) throw new Error('there is no second Prometheus');
    const beatOf = async (cluster: string) => (await product.store.heartbeat(cluster))?.at;
    for (const cluster of [CLUSTER, SECOND_CLUSTER]) {
      const first = await until(`a heartbeat of ${cluster}`, 60, () => beatOf(cluster));
      await until(`a later heartbeat of ${cluster}`, 60, async () => ((await beatOf(cluster)) ?? 0) > first);
    }
    const counted = await metricValue(universe, 'alerts_ignored', 'Watchdog');
    if (counted === undefined || counted < 2) problems.push('/metrics does not count the Watchdog alert');
    tell({ alert: { text: `Watchdog of ${CLUSTER} and ${SECOND_CLUSTER}, ${counted} counted by /metrics` } });

    const silenceMs = SILENT_AFTER_MINUTES * 60_000 * options.timeScale;
    const frozenAt = Date.now();
    prometheus.freeze();
    try {
      const withinMs = LAST_WORD_MS + silenceMs + 2 * SWEEP_MS * options.timeScale + ROOM_MS;
      const said = await until('one message says that it went silent', withinMs / 1_000, () =>
        platformLines(universe).find(({ at, text }) => at >= frozenAt && isDeaf(text)),
      );
      const lastBeat = relay.notifications.findLast(({ firing }) => firing.some(isBeatOfSecond))?.at ?? frozenAt;
      if (said.at - lastBeat < silenceMs)
        problems.push(`told ${formatSeconds(said.at - lastBeat)} after the last beat`);
      if (metricValueIsMissing(await metricValue(universe, 'clusters_silent', SECOND_CLUSTER)))
        problems.push('/metrics does not count the silence');
      tell({
        fails: { text: `Prometheus of ${SECOND_CLUSTER} frozen (SIGSTOP)` },
        message: { text: `${said.text} (after the last heartbeat)`, seconds: (said.at - lastBeat) / 1_000 },
      });
      prometheus.thaw();
      const thawedAt = Date.now();
      const healed = await until(
        'the same message says that it is back',
        30 + (2 * SWEEP_MS * options.timeScale) / 1_000,
        () =>
          platformLines(universe).find(
            ({ at, ts, kind, text }) => at >= thawedAt && ts === said.ts && kind === 'edit' && text.startsWith('🟢'),
          ),
      );
      const posts = slack.changes(universe.channelOf('')).filter(({ kind, text }) => kind === 'post' && isDeaf(text));
      if (posts.length !== 1) problems.push(`${posts.length} messages about silence instead of 1`);
      if (posts.some(({ text }) => !text.includes(SECOND_CLUSTER))) problems.push('the wrong cluster was told');
      tell({ recovered: { text: `Prometheus goes on: ${healed.text}`, seconds: (healed.at - thawedAt) / 1_000 } });
    } finally {
      prometheus.thaw();
    }
  },
  needsSecondCluster,
);

function isDeaf(text: string): boolean {
  return /no heartbeat of its alerting/.test(text);
}

function isBeatOfSecond({ name, cluster }: { readonly name: string; readonly cluster: string }): boolean {
  return name === 'Watchdog' && cluster === SECOND_CLUSTER;
}

function metricValueIsMissing(value: number | undefined): boolean {
  return value === undefined || value < 1;
}

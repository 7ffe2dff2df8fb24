import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../processes.ts';
import { SECOND_CLUSTER } from '../product.ts';
import { formatSeconds } from '../row.ts';
import { needsSecondCluster, platformLines, story } from './story.ts';

const ALERTS = 8;
const BLIND_AFTER_MS = 2 * 60_000;
const SWEEP_MS = 60_000;

/** The triage identity's token is revoked: every call is answered 401, alerts go on, and one message says so. */
export const clusterUnreadable = story(
  'cluster-unreadable',
  [],
  async (universe, problems, tell) => {
    const { second, monitoring, relay, options } = universe;
    if (second === undefined || monitoring === undefined) throw new Error('there is no second cluster');
    const revokedAt = Date.now();
    // A token dies with its service account.
    await second.kubectl.run('delete', 'serviceaccount', 'pullmedic-triage', '--namespace=pullmedic');
    tell({ fails: { text: `service account pullmedic-triage of ${SECOND_CLUSTER} deleted: its token is refused` } });
    await postAlerts(monitoring.alertmanagerUrl);
    await until('Alertmanager has posted them', 60, () => {
      const told = relay.notifications.flatMap(({ firing }) => firing);
      return (
        new Set(
          told
            .filter(({ cluster, name }) => cluster === SECOND_CLUSTER && name !== 'Watchdog')
            .map(({ namespace }) => namespace),
        ).size >= ALERTS
      );
    });
    tell({ alert: { text: `${ALERTS} alerts of as many namespaces by Alertmanager` } });
    const withinMs = (BLIND_AFTER_MS + 2 * SWEEP_MS) * options.timeScale + 30_000;
    const isAbout = ({ at, text }: { readonly at: number; readonly text: string }) =>
      at >= revokedAt && text.includes(SECOND_CLUSTER) && !/heartbeat|alerting/.test(text);
    const said = await until('one message says that it cannot be read', withinMs / 1_000, () =>
      platformLines(universe).find(isAbout),
    );
    // Long enough for every try of every alert, and for three sweeps.
    await sleep(Math.max(60_000, 3 * SWEEP_MS * options.timeScale));
    const posts = platformLines(universe).filter((line) => line.kind === 'post' && isAbout(line));
    if (posts.length !== 1)
      problems.push(`${posts.length} messages instead of 1: ${posts.map(({ text }) => text).join(' | ')}`);
    if (!/blind/.test(said.text)) problems.push(`it does not say that it is blind: ${said.text}`);
    tell({
      message: {
        text: `${posts.map(({ text }) => text).join('<br>')}<br>${ALERTS} alerts, ${posts.length} message; ${formatSeconds(said.at - revokedAt)} after the token was revoked`,
      },
    });
  },
  needsSecondCluster,
);

/** As a Prometheus sends them. */
async function postAlerts(alertmanagerUrl: string): Promise<void> {
  const alerts = Array.from({ length: ALERTS }, (_, index) => ({
    labels: {
      alertname: 'ImagePullBackOff',
      cluster: SECOND_CLUSTER,
      namespace: `team-${index}`,
      pod: 'app',
      container: 'app',
      severity: 'warning',
    },
    annotations: { summary: `Pod team-${index}/app stuck pulling image` },
    endsAt: new Date(Date.now() + 15 * 60_000).toISOString(),
  }));
  const response = await fetch(`${alertmanagerUrl}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  if (!response.ok) throw new Error(`Alertmanager refused the alerts: ${response.status}`);
}

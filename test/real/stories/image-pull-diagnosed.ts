import { heldAlerts } from '../alert-diary.ts';
import { GOOD, pod } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { CLUSTER } from '../product.ts';
import { namespaceOf } from '../universe.ts';
import { needsMonitoring, postNotification, story } from './story.ts';

const NAME = 'image-pull-diagnosed';
const RAW = 'ImagePullBackOff';
const VERDICT = 'ImagePullDiagnosed';

/** The verdict stands in Alertmanager, mutes the raw alert of its pod, goes to people alone, and ends with the failure. */
export const imagePullDiagnosed = story(
  NAME,
  [NAME],
  async (universe, problems, tell) => {
    const { kubectl, watch, monitoring, relay } = universe;
    if (monitoring === undefined) throw new Error('there is no Alertmanager');
    const namespace = namespaceOf(NAME);
    const held = (alertname: string) => heldAlerts(monitoring.alertmanagerUrl, { alertname, namespace });
    await kubectl.apply(namespace, [pod('registry.example.com/team/app:v9-verdict')]);
    const failed = await until('it fails', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: 'ErrImagePull' } });

    const verdict = await until(`${VERDICT} in Alertmanager`, 150, async () => (await held(VERDICT))[0]);
    const saidAfter = (Date.now() - failed) / 1_000;
    const wanted = { cluster: CLUSTER, namespace, pod: 'app', container: 'app', cause: 'tag-not-found' };
    for (const [label, value] of Object.entries(wanted)) {
      if (verdict.labels[label] !== value) problems.push(`label ${label} is ${verdict.labels[label]}, not ${value}`);
    }
    if (!/tag v9-verdict/.test(verdict.annotations['summary'] ?? ''))
      problems.push(`its summary does not name the tag: ${verdict.annotations['summary']}`);
    const receivers = verdict.receivers.map(({ name }) => name).join(', ');
    if (receivers !== 'people') problems.push(`it goes to ${receivers}`);

    const raw = await until('the raw alert of the same pod is muted', 90, async () =>
      (await held(RAW)).find(({ status }) => status.inhibitedBy.length > 0),
    );
    if (raw.labels['pod'] !== 'app' || raw.status.state !== 'suppressed')
      problems.push(`the raw alert is ${raw.status.state}`);
    tell({
      alert: { text: `${RAW}: ${raw.status.state}, inhibitedBy ${raw.status.inhibitedBy.length} alert` },
      cause: { text: `cause=${verdict.labels['cause']}, severity=${verdict.labels['severity']}` },
    });

    // It never comes back by Alertmanager, and were it sent, it would be ignored.
    const answer = await postNotification(universe, [{ ...verdict, status: 'firing' }]);
    if (answer.accepted !== 0 || answer.ignored !== 1)
      problems.push(`pullmedic's own alert was answered ${JSON.stringify(answer)}`);
    tell({
      message: {
        text: `${VERDICT} "${verdict.annotations['summary']}" for ${receivers}; sent to pullmedic itself: ignored (since the failure)`,
        seconds: saidAfter,
      },
    });

    await kubectl.run('set', 'image', 'pod/app', `app=${GOOD}`, '-n', namespace);
    const ran = await until('it runs', 90, () => watch.see(namespace).runningSince);
    await until(`${VERDICT} ends`, 60, async () => (await held(VERDICT)).length === 0);
    tell({
      recovered: {
        text: `image corrected: ${VERDICT} ends, since it ran`,
        seconds: Math.max(0, Date.now() - ran) / 1_000,
      },
    });
    const own = relay.notifications.filter(({ firing }) => firing.some(({ name }) => name === VERDICT));
    if (own.length > 0) problems.push(`Alertmanager sent ${own.length} notifications of it to pullmedic`);
  },
  needsMonitoring,
);

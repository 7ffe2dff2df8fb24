import { setTimeout as sleep } from 'node:timers/promises';
import { workload } from '../cases/objects.ts';
import { openDoor } from '../open-door.ts';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, needsTimeScale, story, untilNodeIsSettled } from './story.ts';

const NAME = 'registry-outage';
const PODS = 6;
const OUTAGE_MS = 40_000;
/** Shorter, it would be over before the first alert. */
const SHORTEST_OUTAGE_MS = 15_000;
/** A busy machine may bring the alert later; the kubelet's third try, half a minute after the first, must succeed. */
const ALERT_WAIT_SECONDS = 12;
/** Its grace (5 minutes times this) must be longer than the outage and the kubelet's back-off after it. */
const LEAST_TIME_SCALE = 0.2;
/** The node takes loopback registries without TLS; nothing else uses this port on the testbed. */
const PORT = 5_010;

/** A registry that is gone for 40 s (times the scale) and comes back: pods fail and alerts fire, and nobody is woken. */
export const outage = story(
  NAME,
  [NAME],
  async (universe, problems, tell) => {
    const { kubectl, watch, slack, monitoring, relay, product, channelOf, options } = universe;
    const outageMs = Math.max(SHORTEST_OUTAGE_MS, OUTAGE_MS * options.timeScale);
    await untilNodeIsSettled(universe);
    const namespace = namespaceOf(NAME);
    const image = `127.0.0.1:${PORT}/team/app:v1`;
    const goneAt = Date.now();
    await kubectl.apply(namespace, [workload('Deployment', image, { name: 'shop', replicas: PODS })]);
    const failed = await until('its pods fail', 30, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: `ErrImagePull of ${PODS} pods`, seconds: (failed - goneAt) / 1_000 } });
    await sleep(Math.max(0, goneAt + outageMs - Date.now()));
    const isMutedNow = () => monitoring?.mutedAt(namespace, goneAt) !== undefined;
    const isHeard = () => relay.firstFiring(namespace, goneAt) !== undefined || isMutedNow();
    if (monitoring !== undefined) await until('its alert', ALERT_WAIT_SECONDS, isHeard).catch(() => undefined);
    const notified = relay.firstFiring(namespace, goneAt);
    const fired = monitoring?.firedAt(namespace, goneAt);
    const isMuted = isMutedNow();
    if (monitoring !== undefined && notified === undefined && !isMuted)
      problems.push('no notification came: nothing was proven');
    const muted = notified === undefined && isMuted ? ', muted by ImagePullDiagnosed' : '';
    tell({ alert: { text: `${fired?.alert ?? 'none'}${muted}`, seconds: fired && (fired.at - goneAt) / 1_000 } });
    const known = await product.store.incidentsIn('testbed', namespace, Date.now());
    const best = known.map(({ incident }) => incident.best.causeId).join(', ');
    tell({ cause: { text: `${best || 'no incident'}, known and not told` } });
    if (known.length === 0) problems.push('pullmedic did not see it at all');

    const door = await openDoor(PORT);
    try {
      const ran = await until('all pods run by themselves', 120, () => watch.see(namespace).runningSince);
      // Long enough for every look that was asked for, and for a sweep.
      await sleep(75_000 * Math.min(1, options.timeScale));
      const posts = slack.changes(channelOf(namespace));
      if (posts.length > 0) problems.push(`it was told: ${posts[0]?.text}`);
      tell({
        message: { text: posts.length === 0 ? 'none: no buzz' : `${posts.length} messages` },
        recovered: {
          text: `all ${PODS} pods run by themselves since the outage began`,
          seconds: (ran - goneAt) / 1_000,
        },
      });
    } finally {
      door.close();
    }
  },
  (universe) => needsRegistries(universe) ?? needsTimeScale(universe, LEAST_TIME_SCALE),
);

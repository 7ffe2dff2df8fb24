import { setTimeout as sleep } from 'node:timers/promises';
import { pullSecret, refreshed, workload } from '../cases/objects.ts';
import { EXPIRING_ECR_HOST } from '../ecr-registry.ts';
import { applyOverlay } from '../identity.ts';
import type { Kubectl } from '../kubectl.ts';
import { until } from '../processes.ts';
import { CLUSTER } from '../product.ts';
import { namespaceOf } from '../universe.ts';
import { afterTheWave } from './remedies.ts';
import { metricValue, story } from './story.ts';

export const ECR_NAMESPACE = 'ecr-token-ends';
export const ECR_SECRET = 'ecr-creds';
/** The first password is good for so long: enough for one pull. */
const LIFE_MS = 25_000;
/** What a story of this needs in its namespace. */
const OVERLAYS = ['read-secrets', 'refresh', 'refresh-retry-pods'];

/**
 * A registry whose password really ends: pods pull with it, it ends, a new image of theirs cannot be pulled, pullmedic
 * writes the new one and retries, the pods run. One green message tells it; nothing was red.
 */
export const ecrTokenEnds = story(
  ECR_NAMESPACE,
  [ECR_NAMESPACE],
  async (universe, problems, tell) => {
    const { kubectl, watch, slack, ecr, product, channelOf } = universe;
    if (ecr === undefined) throw new Error('there is no ECR in this run');
    const namespace = namespaceOf(ECR_NAMESPACE);
    for (const overlay of OVERLAYS) await applyOverlay(kubectl, namespace, overlay);
    await afterTheWave(universe);
    // The first run after the start would renew it before it ends; the next one is two hours away.
    await until('the first scheduled refresh', 120, async () => {
      const age = await metricValue(universe, 'pullmedic_refresh_seconds_since_success', CLUSTER);
      return age === undefined ? undefined : true;
    });
    const endsAt = Date.now() + LIFE_MS;
    const secret = pullSecret(ECR_SECRET, EXPIRING_ECR_HOST, 'AWS', ecr.passwordUntil(endsAt));
    // Images that no other story pulls from this host: what is on the node already needs no password.
    const shop = (image: string) =>
      workload('Deployment', `${EXPIRING_ECR_HOST}/${image}`, {
        name: 'shop',
        replicas: 3,
        secrets: [ECR_SECRET],
      });
    await kubectl.apply(namespace, [refreshed(secret), shop('team/app:v1')]);
    await until('its pods run with the first password', 60, () => watch.see(namespace).runningSince);
    const before = ecr.calls();
    await sleep(Math.max(0, endsAt + 1_000 - Date.now()));

    // A first pod may have come before its secret: what counts is what fails from here on.
    watch.forget(namespace);
    const rolledAt = Date.now();
    await kubectl.apply(namespace, [shop('library/nginx:1.27')]);
    const failed = await until('the new pods cannot pull', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: 'ErrImagePull: the password has ended', seconds: (failed - rolledAt) / 1_000 } });
    const green = await until('a green message', 180, () => {
      const post = slack.firstPost(channelOf(namespace));
      return post?.text.startsWith('🟢') ? post : undefined;
    });
    const changes = slack.changes(channelOf(namespace));
    const odd = changes.filter(({ text, kind }) => kind !== 'reply' && !text.startsWith('🟢'));
    if (odd.length > 0) problems.push(`told before it was repaired: ${odd[0]?.text}`);
    if (!/refreshed/.test(green.text)) problems.push('the message does not say that the secret was refreshed');
    if (ecr.calls() === before) problems.push('no token was asked for: nothing was proven');
    const known = await product.store.incidentsIn('testbed', namespace, Date.now());
    tell({
      alert: { text: 'whichever came first, alert or sweep' },
      cause: { text: known.map(({ incident }) => incident.best.causeId).join(', ') },
      message: { text: `${green.text} (after the failure)`, seconds: (green.at - failed) / 1_000 },
      recovered: { text: 'by pullmedic alone' },
    });
    const runningPods = await countRunning(namespace, kubectl);
    if (runningPods !== 3) problems.push(`${runningPods} of 3 pods run`);
  },
  ({ ecr }) => (ecr === undefined ? "needs the testbed's registries (--registries testbed)" : undefined),
);

async function countRunning(namespace: string, kubectl: Kubectl): Promise<number> {
  const { items } = await kubectl.json<{
    readonly items: readonly {
      readonly metadata: { readonly deletionTimestamp?: string };
      readonly status: { readonly phase?: string };
    }[];
  }>('get', 'pods', '-n', namespace);
  return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running')
    .length;
}

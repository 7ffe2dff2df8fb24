import { setTimeout as sleep } from 'node:timers/promises';
import { workload } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { healedWithinMs } from '../repair.ts';
import { formatSeconds } from '../row.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'bad-tag-rollout';
const SPACE = 'web';
const IMAGE = 'registry.example.com/web/storefront';

interface Deployment {
  readonly status?: { readonly availableReplicas?: number };
}

/** The seed's last scenario in four acts: it serves, a rollout is stuck, nothing serves, it is rolled back. */
export const badTagRollout = story(
  NAME,
  [SPACE],
  async ({ kubectl, slack, watch, relay, monitoring, channelOf, options }, problems, tell) => {
    const namespace = namespaceOf(SPACE);
    const channel = channelOf(namespace);
    const changes = () => slack.changes(channel);
    const last = () => changes().findLast(({ kind }) => kind === 'post' || kind === 'edit');
    const available = async () =>
      (await kubectl.json<Deployment>('get', 'deployment', 'storefront', '-n', namespace)).status?.availableReplicas ??
      0;
    const run = (...args: string[]) => kubectl.run(...args, '-n', namespace);

    await kubectl.apply(namespace, [workload('Deployment', `${IMAGE}:v1.2.2`, { name: 'storefront', replicas: 3 })]);
    await until('v1.2.2 serves', 60, async () => (await available()) === 3);
    const rolledAt = Date.now();
    await run('set', 'image', 'deployment/storefront', `storefront=${IMAGE}:v1.2.33`);
    const failed = await until('the new pod fails', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: 'ErrImagePull of 1 new pod', seconds: (failed - rolledAt) / 1_000 } });
    const post = await until('the first message', 90, () => slack.firstPost(channel));
    const fired = monitoring?.firedAt(namespace, rolledAt);
    const notified = relay.firstFiring(namespace, rolledAt);
    if (fired !== undefined) tell({ alert: { text: fired.alert, seconds: (fired.at - rolledAt) / 1_000 } });
    if (!/^🟠 .*3\/3 old pods still serve.*v1\.2\.33/u.test(post.text)) problems.push(`first: ${post.text}`);
    const lines = [`${post.text} · ${formatSeconds(post.at - (notified?.at ?? failed))}`];

    // Scaled down and up again: every pod is of the new revision then, and none of them starts.
    const downAt = Date.now();
    await run('scale', 'deployment/storefront', '--replicas=0');
    await run('scale', 'deployment/storefront', '--replicas=3');
    await until('nothing serves', 60, async () => (await available()) === 0 && watch.see(namespace).pods.length >= 3);
    const noneAt = Date.now();
    const red = await until('the message turns red', 60, () => {
      const now = last();
      return now !== undefined && now.at >= downAt && now.text.startsWith('🔴') ? now : undefined;
    });
    if (red.ts !== post.ts) problems.push('the red line is another message');
    if (!/0\/3/.test(red.text)) problems.push(`red: ${red.text}`);
    lines.push(`scaled so that nothing serves: ${red.text} · ${formatSeconds(Math.max(0, red.at - noneAt))}`);
    const broadcast = await until('one reply is broadcast', 30, () =>
      changes().find(({ kind }) => kind === 'broadcast'),
    );
    lines.push(`broadcast: ${broadcast.text}`);

    const backAt = Date.now();
    await run('rollout', 'undo', 'deployment/storefront');
    await until('v1.2.2 serves again', 90, async () => (await available()) === 3);
    const servesAt = Date.now();
    const green = await until('the message turns green', 60, () => {
      const now = last();
      return now !== undefined && now.at >= backAt && now.text.startsWith('🟢') ? now : undefined;
    });
    const early = changes().filter(({ at, text }) => text.startsWith('🟢') && at < backAt);
    if (early.length > 0) problems.push(`green while nothing served: ${early[0]?.text}`);
    if (green.at - servesAt > healedWithinMs(options))
      problems.push(`green only ${formatSeconds(green.at - servesAt)} after it served`);
    await sleep(20_000);
    const posts = changes().filter(({ kind }) => kind === 'post').length;
    const broadcasts = changes().filter(({ kind }) => kind === 'broadcast').length;
    if (posts !== 1) problems.push(`${posts} messages instead of 1`);
    if (broadcasts !== 1) problems.push(`${broadcasts} broadcast replies instead of 1`);
    tell({
      cause: { text: 'tag-not-found' },
      message: { text: lines.join('<br>') },
      recovered: {
        text: `rolled back: ${green.text}; ${posts} message, ${broadcasts} broadcast reply in all`,
        seconds: Math.max(0, green.at - servesAt) / 1_000,
      },
    });
  },
  needsRegistries,
);

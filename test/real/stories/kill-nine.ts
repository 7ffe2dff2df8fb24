import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD, pod } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { formatSeconds } from '../row.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'kill-nine';
/** After most cases have had their first message, so that no seconds of theirs are lost in the restart. */
const BEGINS_AFTER_MS = 60_000;
const BEGINS_AFTER_SCALED_MS = 50_000;

/** kill −9 of `pullmedic serve` between post and edit: after the restart the old message is edited. */
export const killNine = story(
  NAME,
  [NAME],
  async ({ kubectl, watch, slack, relay, product, channelOf, options }, problems, tell) => {
    await sleep(options.only?.size === 1 ? 0 : BEGINS_AFTER_MS + BEGINS_AFTER_SCALED_MS * options.timeScale);
    const namespace = namespaceOf(NAME);
    const channel = channelOf(namespace);
    const createdAt = Date.now();
    await kubectl.apply(namespace, [pod('registry.example.com/team/app:v9-kill')]);
    const failed = await until('it fails', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: 'ErrImagePull', seconds: (failed - createdAt) / 1_000 } });
    const post = await until('a message', 90, () => slack.firstPost(channel));
    await product.kill();
    const killedAt = Date.now();
    const notified = relay.firstFiring(namespace, createdAt);
    await kubectl.run('set', 'image', 'pod/app', `app=${GOOD}`, '-n', namespace);
    await until('it runs while pullmedic is dead', 60, () => watch.see(namespace).runningSince);
    if (slack.changes(channel).some(({ at }) => at > killedAt + 500))
      problems.push('something wrote to Slack while it was dead');
    await product.restart();
    const restartedAt = Date.now();
    tell({
      cause: { text: 'tag-not-found' },
      message: {
        text: `${post.text}; killed ${formatSeconds(killedAt - post.at)} later`,
        seconds: (post.at - (notified?.at ?? failed)) / 1_000,
      },
    });
    const green = await until('the old message is green', 90, () =>
      slack.changes(channel).find(({ ts, text, kind }) => kind === 'edit' && ts === post.ts && text.startsWith('🟢')),
    );
    await sleep(15_000);
    const posts = slack.changes(channel).filter(({ kind }) => kind === 'post').length;
    if (posts !== 1) problems.push(`${posts} messages instead of 1`);
    tell({
      recovered: {
        text: `restarted ${formatSeconds(restartedAt - killedAt)} after the kill; the same message edited to "${green.text}", ${posts} message in all; since the restart`,
        seconds: (green.at - restartedAt) / 1_000,
      },
    });
  },
  needsRegistries,
);

import { membersOf } from '../case-checks.ts';
import { pod } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story, untilNodeIsSettled } from './story.ts';

/** The namespace that Prometheus does not see: no rule can fire for it. */
export const UNSEEN_NAMESPACE = 'no-alert';
const WITHIN_MS = 120_000;

/** Without a rule and without Alertmanager the sweep finds it, within two minutes. */
export const sweepOnly = story(
  'no-prometheus-no-alertmanager',
  [UNSEEN_NAMESPACE],
  async (universe, problems, tell) => {
    const { kubectl, watch, slack, relay, channelOf } = universe;
    await untilNodeIsSettled(universe);
    const namespace = namespaceOf(UNSEEN_NAMESPACE);
    const createdAt = Date.now();
    await kubectl.apply(namespace, [pod('private.example.com/team/sweep-only:v1')]);
    const failed = await until('it fails', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({
      fails: { text: 'ErrImagePull', seconds: (failed - createdAt) / 1_000 },
      alert: { text: 'none: Prometheus drops every sample of this namespace' },
    });
    const post = await until('a message', 240, () => slack.firstPost(channelOf(namespace)));
    const withinMs = WITHIN_MS * universe.options.timeScale;
    if (post.at - failed > withinMs) problems.push(`later than ${withinMs / 1_000} s after the failure`);
    if (relay.firstFiring(namespace, createdAt) !== undefined) problems.push('an alert came: nothing was proven');
    const members = await membersOf(namespace, universe);
    tell({
      cause: { text: members.map(({ findings }) => findings[0]?.causeId).join(', ') },
      message: { text: `${post.text} (after the failure)`, seconds: (post.at - failed) / 1_000 },
    });
  },
  needsRegistries,
);

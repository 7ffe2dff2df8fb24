import { setTimeout as sleep } from 'node:timers/promises';
import { callsPerLook, readAudit } from '../audit.ts';
import { workload } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'calls-per-look';
const COUNTS = [1, 20, 100];
const MOST_CALLS = 8;
/** The node has not room for a hundred pods more before most cases are over. */
const BEGINS_AFTER_MS = 150_000;
/** Looks come every 10 s while something changed: two or three of them. */
const WATCH_MS = 30_000;

/** What one look costs, from the API server's audit log: the same for 1, 20 and 100 failing pods. */
export const callsOfOneLook = story(
  NAME,
  [NAME],
  async ({ kubectl, watch, slack, options, identity, channelOf }, problems, tell) => {
    await sleep(options.only?.size === 1 ? 0 : BEGINS_AFTER_MS);
    const namespace = namespaceOf(NAME);
    await kubectl.apply(namespace, [
      workload('Deployment', 'registry.example.com/team/app:v9-calls', { name: 'web', replicas: 1 }),
    ]);
    const found: string[] = [];
    const most = new Set<number>();
    let calls: readonly string[] = [];
    for (const count of COUNTS) {
      await kubectl.run('scale', 'deployment/web', `--replicas=${count}`, '-n', namespace);
      await until(`${count} pods fail`, 180, () => {
        const { pods } = watch.see(namespace);
        const failing = pods.filter(({ status }) =>
          status?.containerStatuses?.some(({ state }) =>
            /ErrImagePull|ImagePullBackOff/.test(state?.waiting?.reason ?? ''),
          ),
        );
        return failing.length >= count;
      });
      await until('it is told', 90, () => slack.firstPost(channelOf(namespace)));
      const from = Date.now();
      await sleep(WATCH_MS);
      const all = await readAudit(options.auditLog ?? '', identity.user);
      const looks = callsPerLook(
        all.filter(({ at }) => at >= from),
        namespace,
      );
      // The first and the last may have been cut by the window.
      const whole = looks.length > 2 ? looks.slice(1, -1) : looks;
      const largest = whole.reduce<readonly string[]>((best, look) => (look.length > best.length ? look : best), []);
      if (largest.length === 0) problems.push(`${count} pods: no look was made`);
      if (largest.length > MOST_CALLS)
        problems.push(`${count} pods: ${largest.length} calls a look: ${largest.join(', ')}`);
      most.add(largest.length);
      calls = largest;
      found.push(`${count} failing: ${largest.length} calls a look (${whole.length} looks)`);
    }
    if (most.size > 1) problems.push(`not the same for each number of pods: ${found.join('; ')}`);
    tell({
      fails: { text: `ErrImagePull of ${COUNTS.join(', then ')} pods of one Deployment` },
      message: { text: `${found.join('<br>')}<br>they are: ${calls.join(', ')}` },
    });
    await kubectl.run('delete', 'namespace', namespace, '--wait=false');
  },
  (universe) =>
    needsRegistries(universe) ??
    (universe.options.auditLog === undefined ? 'no audit log was given (--audit-log)' : undefined),
);

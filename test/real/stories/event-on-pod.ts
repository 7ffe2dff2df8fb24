import { readAudit } from '../audit.ts';
import { pod } from '../cases/objects.ts';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'event-on-pod';
const REASON = 'ImagePullDiagnosed';

/** `kubectl describe pod` ends with the diagnosis, written by the triage identity and nobody else. */
export const eventOnPod = story(
  NAME,
  [NAME],
  async ({ kubectl, watch, options, identity }, problems, tell) => {
    const namespace = namespaceOf(NAME);
    await kubectl.apply(namespace, [pod('registry.example.com/team/app:v9-event')]);
    const failed = await until('it fails', 60, () => watch.see(namespace).reasons.get('ErrImagePull'));
    tell({ fails: { text: 'ErrImagePull' } });
    const line = await until(`kubectl describe pod shows ${REASON}`, 150, async () =>
      (await kubectl.run('describe', 'pod', 'app', '-n', namespace)).split('\n').find((one) => one.includes(REASON)),
    );
    const seconds = (Date.now() - failed) / 1_000;
    if (!/Warning\s+ImagePullDiagnosed\s.*\spullmedic\s.*v9-event/.test(line))
      problems.push(`describe says: ${line.trim()}`);
    if (options.auditLog === undefined) problems.push('no audit log was given: nobody knows who wrote it');
    else {
      const calls = await readAudit(options.auditLog, identity.user);
      const writes = calls.filter(
        ({ verb, what, namespace: where }) => verb === 'create' && what === 'events' && where === namespace,
      );
      if (!writes.some(({ code }) => code === 201)) problems.push(`${identity.user} did not create it`);
    }
    tell({
      message: {
        text: `kubectl describe pod: ${line.trim().replaceAll(/\s{2,}/g, '  ')} (since the failure)`,
        seconds,
      },
    });
    await kubectl.run('delete', 'namespace', namespace, '--wait=false');
  },
  needsRegistries,
);

import { workload } from '../real/cases/objects.ts';
import { until } from '../real/processes.ts';
import type { Walker, World } from './walker.ts';

export const NAMESPACE = 'shop';
export const BAD_IMAGE = 'registry.example.com/team/app:no-such-tag';

/** Rung 1: a cluster in which one workload runs and one cannot pull, and a person with a kubeconfig. */
export async function kubeconfigRung(walker: Walker, { kubectl }: World): Promise<void> {
  await kubectl.run('create', 'namespace', NAMESPACE);
  await kubectl.apply(NAMESPACE, [
    workload('Deployment', 'registry.example.com/team/app:v1', { name: 'web', replicas: 1 }),
    workload('Deployment', BAD_IMAGE, { name: 'checkout', replicas: 1 }),
  ]);
  await until('a pod that cannot pull', 60, async () => {
    const pods = await kubectl.run('get', 'pods', '-n', NAMESPACE);
    return /ErrImagePull|ImagePullBackOff/.test(pods) ? true : undefined;
  });
  walker.excuse('npm start', 'that is what .ci/run is: npm test, and test/smoke.ts for npm start');
  walker.excuse('npm start -- --json', 'test/smoke.ts does it');
  await walker.run('npx pullmedic diagnose -A', /shop\/checkout: tag no-such-tag does not exist/);
  await walker.run('npx pullmedic explain', /Tag latests does not exist/, /tag no-such-tag does not exist/);
}

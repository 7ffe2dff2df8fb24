import type { Try } from '../console/console.ts';
import type { ApiObject, PodObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../kubernetes/resources.ts';
import type { Scenario, World } from '../scenarios/scenario.ts';
import { CHECKOUT, demoObjects, ecrSecret, NAMESPACE, REGISTRY, SITE, TAG } from './demo.ts';

export interface TryDeps extends World {
  /** Moves the clock for everybody. */
  readonly advanceClock: (seconds: number) => void;
  /** Scenarios that run: repairing repairs them too. */
  readonly started: () => readonly Scenario[];
  /** Tells the alert driver that this namespace is watched. */
  readonly watch: (namespace: string) => void;
}

const BAD_TAG = 'v1.2.33';
const THIRTEEN_HOURS_SECONDS = 13 * 3_600;
const READY_WITHIN_MS = 10_000;

/** What the page offers to do: each makes a small demo namespace first, if it is not there. */
export function createTries(deps: TryDeps): readonly Try[] {
  const { cluster, registry, ecr } = deps;

  async function ensureDemo(): Promise<void> {
    deps.watch(NAMESPACE);
    for (const image of [`${CHECKOUT}:${TAG}`, `${SITE}:${TAG}`]) registry.addImage(image);
    if (cluster.get(DEPLOYMENTS, NAMESPACE, 'checkout') === undefined) cluster.apply(demoObjects(ecr));
    const end = performance.now() + READY_WITHIN_MS;
    while (!isServing() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  function isServing(): boolean {
    const pods = podsOf('');
    return pods.length >= 4 && pods.some(({ status }) => status.phase === 'Running');
  }

  function podsOf(deployment: string): readonly PodObject[] {
    return (cluster.list(PODS, NAMESPACE) as readonly PodObject[]).filter(({ metadata }) =>
      metadata.name.startsWith(deployment),
    );
  }

  function setImage(deployment: string, image: string): void {
    cluster.api.edit(DEPLOYMENTS, { namespace: NAMESPACE, name: deployment }, { manager: 'kubectl-set' }, (copy) => {
      const { spec } = copy as ApiObject & { spec: { template: { spec: { containers: { image: string }[] } } } };
      for (const container of spec.template.spec.containers) container.image = image;
    });
  }

  function restartOne(deployment: string): void {
    const [pod] = podsOf(deployment);
    if (pod) cluster.delete(PODS, NAMESPACE, pod.metadata.name);
  }

  async function repair(): Promise<string> {
    registry.freeze(REGISTRY, false);
    for (const scenario of deps.started()) await scenario.repair?.(deps);
    if (cluster.get(DEPLOYMENTS, NAMESPACE, 'checkout') === undefined) {
      return 'What the scenarios broke is put back. Their messages turn green once the pods run.';
    }
    setImage('checkout', `${CHECKOUT}:${TAG}`);
    setImage('site', `${SITE}:${TAG}`);
    cluster.apply([ecrSecret(ecr)]);
    // A corrected Secret does not reset the kubelet's back-off; a new pod does.
    for (const pod of podsOf(''))
      if (pod.status.phase !== 'Running') cluster.delete(PODS, NAMESPACE, pod.metadata.name);
    return 'The tag, the token and the registry are as they were. The messages turn green once the pods run.';
  }

  return [
    {
      id: 'break-tag',
      label: 'Break a tag',
      hint: `${NAMESPACE}/checkout rolls out ${BAD_TAG}, which does not exist`,
      async run() {
        await ensureDemo();
        setImage('checkout', `${CHECKOUT}:${BAD_TAG}`);
        return `${NAMESPACE}/checkout rolls out ${BAD_TAG}. The old pods still serve.`;
      },
    },
    {
      id: 'expire-token',
      label: 'Expire the token',
      hint: 'the clock moves 13 h, ECR tokens live 12; then one pod restarts',
      async run() {
        await ensureDemo();
        deps.advanceClock(THIRTEEN_HOURS_SECONDS);
        restartOne('checkout');
        return `The clock moved 13 hours, and one pod of ${NAMESPACE}/checkout pulls again.`;
      },
    },
    {
      id: 'freeze-registry',
      label: 'Freeze the registry',
      hint: `${REGISTRY} accepts requests and never answers; then one pod restarts`,
      async run() {
        await ensureDemo();
        registry.freeze(REGISTRY);
        restartOne('site');
        return `${REGISTRY} answers nothing more. This may heal by itself: the message waits its grace.`;
      },
    },
    {
      id: 'repair',
      label: 'Repair',
      hint: 'the tag, the token and the registry are put back',
      run: repair,
    },
  ];
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '../../infra/local/kubernetes/cluster.ts';
import type { PodObject, WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  type Resource,
  STATEFUL_SETS,
} from '../../infra/local/kubernetes/resources.ts';
import { deployment } from '../../infra/local/scenarios/objects.ts';
import { startPutBackController } from '../support/put-back-controller.ts';
import { type Embedded, eventually, startEmbedded } from './embedded.ts';

const GOOD = 'registry.example.com/team/app:v1';
const BAD = 'registry.example.com/team/app:v9';
const FIXED = 'registry.example.com/team/app:v2';

let embedded: Embedded;

beforeEach(async () => {
  embedded = await startEmbedded(20);
  embedded.registry.addImage(GOOD);
  embedded.registry.addImage(FIXED);
});

afterEach(async () => {
  await embedded.stop();
  expect(embedded.errors).toEqual([]);
});

function of(kind: 'StatefulSet' | 'DaemonSet', replicas: number): Manifest {
  const whole = deployment('db', GOOD, replicas) as Manifest & { spec: object };
  return kind === 'StatefulSet' ? { ...whole, kind, spec: { ...whole.spec, serviceName: 'db' } } : { ...whole, kind };
}

function setImage(resource: Resource, name: string, image: string): void {
  embedded.cluster.api.edit<WorkloadObject>(
    resource,
    { namespace: 'default', name },
    { manager: 'test' },
    ({ spec }) => {
      for (const container of spec.template.spec.containers) container.image = image;
    },
  );
}

function pods(): readonly PodObject[] {
  return embedded.cluster.list(PODS, 'default') as readonly PodObject[];
}

function imageOf({ spec }: PodObject): string | undefined {
  return spec.containers[0]?.image;
}

function waits({ status }: PodObject): boolean {
  return status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff';
}

const running = (image: string, count: number) => () => {
  const found = pods().filter((pod) => imageOf(pod) === image && pod.status.phase === 'Running');
  return found.length === count ? found : undefined;
};

describe('after an image that cannot be pulled', () => {
  it('a StatefulSet does not replace the broken pod by itself; deleted, it comes with the corrected image', async () => {
    embedded.cluster.apply([of('StatefulSet', 2)]);
    await eventually('two pods', running(GOOD, 2));
    setImage(STATEFUL_SETS, 'db', BAD);
    const broken = await eventually('a broken pod', () => pods().find((pod) => imageOf(pod) === BAD && waits(pod)));
    expect(broken.metadata.name).toBe('db-1');
    setImage(STATEFUL_SETS, 'db', FIXED);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(pods().map((pod) => [pod.metadata.uid === broken.metadata.uid, imageOf(pod)])).toEqual([
      [false, GOOD],
      [true, BAD],
    ]);
    embedded.cluster.delete(PODS, 'default', 'db-1', { gracePeriodSeconds: 0 });
    await eventually('both on the corrected image', running(FIXED, 2));
  });

  it('a DaemonSet replaces the broken pods by itself', async () => {
    embedded.cluster.apply([of('DaemonSet', 1)]);
    await eventually('a pod', running(GOOD, 1));
    setImage(DAEMON_SETS, 'db', BAD);
    await eventually('a broken pod', () => pods().find((pod) => imageOf(pod) === BAD && waits(pod)));
    setImage(DAEMON_SETS, 'db', FIXED);
    await eventually('the corrected image', running(FIXED, 1));
  });

  it('a Deployment set back takes its old ReplicaSet as a newer revision', async () => {
    embedded.cluster.apply([deployment('web', GOOD, 3)]);
    await eventually('three pods', running(GOOD, 3));
    const [first] = embedded.cluster.list(REPLICA_SETS, 'default');
    setImage(DEPLOYMENTS, 'web', BAD);
    await eventually('a broken pod', () => pods().find((pod) => imageOf(pod) === BAD && waits(pod)));
    expect(running(GOOD, 3)()).toHaveLength(3);
    setImage(DEPLOYMENTS, 'web', GOOD);
    await eventually('no broken pod', () => (pods().every((pod) => imageOf(pod) === GOOD) ? true : undefined));
    const again = embedded.cluster.get(REPLICA_SETS, 'default', String(first?.metadata.name));
    expect(again?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(embedded.cluster.list(REPLICA_SETS, 'default')).toHaveLength(2);
  });
});

it('a controller that puts an image back owns it again, and makes no version while nothing changed', async () => {
  const wanted = deployment('web', BAD, 1);
  embedded.cluster.apply([wanted]);
  const controller = startPutBackController(embedded, wanted, { manager: 'argocd-controller', everyMs: 50 });
  try {
    const read = () => embedded.cluster.get(DEPLOYMENTS, 'default', 'web') as WorkloadObject;
    setImage(DEPLOYMENTS, 'web', GOOD);
    await eventually('it is put back', () => (controller.putBacks() === 1 ? true : undefined));
    expect(read().spec.template.spec.containers[0]?.image).toBe(BAD);
    const { generation } = read().metadata;
    const owners = read().metadata.managedFields?.filter(({ fieldsV1 }) =>
      JSON.stringify(fieldsV1).includes('"f:image":'),
    );
    expect(owners?.map(({ manager }) => manager)).toEqual(['argocd-controller']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([read().metadata.generation, controller.putBacks()]).toEqual([generation, 1]);
  } finally {
    controller.stop();
  }
});

import { describe, expect, it } from '@jest/globals';
import { listImageUses } from '../../shared/preflight/inventory.ts';
import { readWorkload } from '../../shared/preflight/objects.ts';
import { makePod, makeSnapshot, makeWorkload } from './build.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function owned(kind: string, name: string) {
  return { ownerReferences: [{ kind, name, controller: true }] };
}

function runningPod(name: string, metadata: object, containers: readonly { name: string; image: string }[]) {
  return makePod({
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { nodeName: 'n1', containers },
    status: {
      phase: 'Running',
      containerStatuses: containers.map((one) => ({
        name: one.name,
        imageID: `${one.image.split(':')[0]}@${DIGEST}`,
        state: { running: { startedAt: '2026-11-22T10:00:00Z' } },
      })),
    },
  });
}

const listed = (snapshot: Parameters<typeof makeSnapshot>[0]) =>
  listImageUses(makeSnapshot(snapshot)).map(
    ({ workload, container, containerKind, imageText, running }) =>
      `${workload.kind} ${workload.name} ${containerKind} ${container} ${imageText} ${running.length}`,
  );

describe('the inventory of images', () => {
  it('holds every container, init container and image volume of pod templates, CronJobs among them', () => {
    const spec = {
      initContainers: [{ name: 'migrate', image: 'acme/migrate:1' }],
      volumes: [
        { name: 'data', image: { reference: 'acme/data:1' } },
        { name: 'tmp', emptyDir: {} },
      ],
    };
    const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];
    const workloads = kinds.map((kind) =>
      makeWorkload({ kind, namespace: 'shop', name: 'x', image: 'acme/app:1', spec }),
    );
    expect(listed({ workloads })).toEqual(
      kinds.flatMap((kind) => [
        `${kind} x init migrate acme/migrate:1 0`,
        `${kind} x container app acme/app:1 0`,
        `${kind} x image-volume data acme/data:1 0`,
      ]),
    );
  });

  it('tells pods by their top owner, and an old revision or an injected container beside the template', () => {
    const workloads = [makeWorkload({ namespace: 'shop', name: 'web', image: 'acme/app:2' })];
    const hash = { labels: { 'pod-template-hash': 'abc' }, ...owned('ReplicaSet', 'web-abc') };
    const pods = [
      runningPod('web-abc-1', hash, [{ name: 'app', image: 'acme/app:1' }]),
      runningPod('web-abc-2', hash, [
        { name: 'app', image: 'acme/app:2' },
        { name: 'proxy', image: 'mesh/proxy:3' },
      ]),
    ];
    expect(listed({ workloads, pods })).toEqual([
      'Deployment web container app acme/app:2 1',
      'Deployment web container app acme/app:1 1',
      'Deployment web container proxy mesh/proxy:3 1',
    ]);
  });

  it('holds bare pods, static pods, and those of controllers that nobody here knows', () => {
    const replicaSet = makeWorkload({
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'api-1',
      image: 'acme/api:1',
      metadata: owned('Rollout', 'api'),
    });
    const pods = [
      runningPod('alone', {}, [{ name: 'app', image: 'acme/alone:1' }]),
      runningPod('kube-proxy-n1', owned('Node', 'n1'), [{ name: 'app', image: 'acme/proxy:1' }]),
      runningPod('api-1-x', owned('ReplicaSet', 'api-1'), [{ name: 'app', image: 'acme/api:1' }]),
    ];
    expect(listed({ workloads: [replicaSet], pods })).toEqual([
      'Pod alone container app acme/alone:1 1',
      'Pod kube-proxy-n1 container app acme/proxy:1 1',
      'Rollout api container app acme/api:1 1',
    ]);
  });

  it('leaves out what pulls no more: finished Jobs and pods, and ReplicaSets whose template is their owner’s', () => {
    const done = readWorkload({
      kind: 'Job',
      metadata: { name: 'once', namespace: 'shop' },
      spec: { template: { spec: { containers: [{ name: 'app', image: 'acme/once:1' }] } } },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    });
    const old = makeWorkload({
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-old',
      image: 'acme/app:0',
      metadata: owned('Deployment', 'web'),
    });
    const over = makePod({
      metadata: { name: 'done', namespace: 'shop' },
      spec: { containers: [{ name: 'app', image: 'acme/once:1' }] },
      status: { phase: 'Succeeded' },
    });
    expect(listed({ workloads: [old, ...(done === undefined ? [] : [done])], pods: [over] })).toEqual([]);
  });

  it('takes the pull secrets of the ServiceAccount where the template names none, as admission does', () => {
    const serviceAccounts = [{ namespace: 'shop', name: 'default', pullSecretNames: ['account'] }];
    const workloads = [
      makeWorkload({ namespace: 'shop', name: 'a', image: 'acme/app:1' }),
      makeWorkload({ namespace: 'shop', name: 'b', image: 'acme/app:1', secrets: ['own'] }),
      makeWorkload({ namespace: 'other', name: 'c', image: 'acme/app:1' }),
    ];
    const uses = (knowsServiceAccounts: boolean) =>
      listImageUses(makeSnapshot({ workloads, serviceAccounts, knowsServiceAccounts })).map(
        ({ pullSecretNames, isByServiceAccount, knowsSecretNames }) => [
          pullSecretNames.join(),
          isByServiceAccount,
          knowsSecretNames,
        ],
      );
    expect(uses(true)).toEqual([
      ['account', true, true],
      ['own', false, true],
      ['', true, true],
    ]);
    expect(uses(false)[2]).toEqual(['', true, false]);
  });

  it.each([
    { image: 'nginx', policy: undefined, is: 'Always' },
    { image: 'nginx:latest', policy: undefined, is: 'Always' },
    { image: 'nginx:1.27', policy: undefined, is: 'IfNotPresent' },
    { image: `nginx@${DIGEST}`, policy: undefined, is: 'IfNotPresent' },
    { image: 'nginx', policy: 'IfNotPresent', is: 'IfNotPresent' },
    { image: 'nginx', policy: 'Never', is: 'Never' },
  ])('reads $policy of $image as $is', ({ image, policy, is }) => {
    const workload = makeWorkload({
      namespace: 'shop',
      name: 'web',
      image,
      ...(policy === undefined ? {} : { policy }),
    });
    expect(listImageUses(makeSnapshot({ workloads: [workload] }))[0]?.policy).toBe(is);
  });

  it.each([
    [undefined],
    [{}],
    [{ kind: 'Deployment', metadata: { name: 'x' } }],
    [{ kind: 'Deployment', metadata: { name: 'x' }, spec: { template: { spec: 7 } } }],
    [{ kind: 'CronJob', metadata: {}, spec: { jobTemplate: [] } }],
  ])('takes nothing from %j', (raw) => {
    expect(readWorkload(raw)).toBeUndefined();
  });
});

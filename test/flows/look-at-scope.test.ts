import { describe, expect, it } from '@jest/globals';
import { lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { noAnswer } from './fake-cluster.ts';
import {
  addFailing,
  deployment,
  failingPod,
  notFoundText,
  pullEvents,
  replicaSet,
  runningPod,
  waitingPod,
} from './kube-objects.ts';
import { alertHint, type LookStage, membersOf, openStage, START } from './look-stage.ts';

const REPOSITORY = 'ghcr.io/acme/web';

/** A Deployment of three whose new revision cannot pull while the old one serves. */
function breakRollout(stage: LookStage, tag: string, hash: string, revision = 2): void {
  const { cluster } = stage;
  const image = `${REPOSITORY}:${tag}`;
  const namespace = 'shop';
  const old = { namespace, image: `${REPOSITORY}:v1`, deployment: 'web', hash: 'old11', at: START - 3_600_000 };
  cluster.workloads = [
    deployment({ namespace, name: 'web', image, desired: 3, available: 3, updated: 1 }),
    replicaSet({ ...old, revision: 1, desired: 3, available: 3 }),
    replicaSet({ ...old, hash, image, revision, desired: 1, available: 0, at: stage.now() }),
  ];
  cluster.pods = [1, 2, 3].map((n) => runningPod({ ...old, name: `web-old11-${n}` }));
  cluster.events = [];
  addFailing(
    cluster,
    { namespace, name: `web-${hash}-x`, image, deployment: 'web', hash, at: stage.now() },
    notFoundText(image),
  );
}

/** The Deployment's newest revision, complete and running. */
function completeRollout(stage: LookStage, tag: string, hash: string, revision: number): void {
  const { cluster } = stage;
  const image = `${REPOSITORY}:${tag}`;
  const namespace = 'shop';
  const at = stage.now();
  cluster.workloads = [
    deployment({ namespace, name: 'web', image, desired: 3, available: 3 }),
    replicaSet({ namespace, deployment: 'web', hash, image, revision, desired: 3, available: 3, at }),
  ];
  cluster.pods = [1, 2, 3].map((n) =>
    runningPod({ namespace, name: `web-${hash}-${n}`, image, deployment: 'web', hash, at }),
  );
}

describe('a look at a namespace', () => {
  it('makes one incident of a stuck rollout, with its evidence, and pokes the publisher', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop', { alerts: [alertHint({ namespace: 'shop', pod: 'web-new22-x' })], alertCount: 1 });

    const [loaded, ...others] = await stage.incidents('shop');
    expect(others).toEqual([]);
    expect(loaded?.incident).toMatchObject({
      revision: 1,
      state: 'open',
      from: 'alert',
      best: { causeId: 'tag-not-found' },
      scopes: [{ kind: 'namespace', cluster: 'prod', namespace: 'shop' }],
    });
    expect(loaded?.slices.flatMap(({ members }) => members)).toMatchObject([
      {
        key: 'shop/Deployment/web/app',
        image: `${REPOSITORY}:v2`,
        failingPods: 1,
        runningPods: 3,
        rollout: { desired: 3, available: 3, oldAvailable: 3, previousImage: `${REPOSITORY}:v1` },
      },
    ]);
    expect(stage.sent).toEqual([
      { job: { kind: 'poke', incidentId: 'id-0002' }, options: { groupId: 'id-0002', dedupeId: 'id-0002#1' } },
    ]);
  });

  it('costs at most 8 calls for one kind of workload, however many pods fail', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    for (let n = 0; n < 200; n += 1) {
      addFailing(
        stage.cluster,
        {
          namespace: 'shop',
          name: `web-new22-${n}`,
          image: `${REPOSITORY}:v2`,
          deployment: 'web',
          hash: 'new22',
          at: START,
          pullSecret: 'regcred',
        },
        notFoundText(`${REPOSITORY}:v2`),
      );
    }
    await stage.look('shop');
    expect(stage.cluster.calls).toHaveLength(8);
    const [loaded] = await stage.incidents('shop');
    expect(loaded && membersOf(loaded)).toMatchObject([{ failingPods: 201 }]);
    expect(loaded && membersOf(loaded)[0]?.pods).toHaveLength(20);
  });

  it('costs two calls where nothing fails, and makes no incident of an alert for a pod that never existed', async () => {
    const stage = openStage();
    await stage.look('shop', { alerts: [alertHint({ namespace: 'shop', pod: 'ghost' })], alertCount: 1 });
    expect(stage.cluster.calls).toHaveLength(2);
    expect(await stage.incidents('shop')).toEqual([]);
    expect(stage.sent).toEqual([]);
    expect(stage.counted).toContain('AlertsWithoutFailure');
  });

  it('changes nothing when it sees the same again, whichever way the waiting reason flips', async () => {
    const stage = openStage();
    const options = { namespace: 'shop', name: 'app', image: `${REPOSITORY}:v9`, at: START };
    const text = notFoundText(options.image);
    const flips = [
      failingPod(options, text),
      waitingPod(options, 'ErrImagePull', text),
      waitingPod(options, 'ContainerCreating', ''),
      failingPod(options, text),
    ];
    for (const pod of flips) {
      stage.cluster.pods = [pod];
      stage.cluster.events = [...pullEvents(pod, text, stage.now())];
      await stage.look('shop');
      stage.advance(12);
    }
    const [loaded, ...others] = await stage.incidents('shop');
    expect(others).toEqual([]);
    expect(loaded?.incident).toMatchObject({ revision: 1, state: 'open' });
    expect(stage.news()).toBe(1);
  });

  it('is skipped for a hint that an earlier look answered, but records who asked', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop', { from: 'sweep' });
    expect((await stage.incidents('shop'))[0]?.incident).toMatchObject({ from: 'sweep', state: 'observed' });
    const calls = stage.cluster.calls.length;
    await stage.look('shop', {
      hintedAt: stage.now() - 1,
      alerts: [alertHint({ namespace: 'shop', pod: 'web-new22-x' })],
      alertCount: 1,
    });
    expect(stage.cluster.calls).toHaveLength(calls);
    expect((await stage.incidents('shop'))[0]?.incident).toMatchObject({
      from: 'alert',
      state: 'open',
      alerts: [{ name: 'KubePodImagePullBackOff' }],
    });
  });

  it('does not give an incident an alert for another pod', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop', { alerts: [alertHint({ namespace: 'shop', pod: 'ghost' })], alertCount: 1 });
    expect((await stage.incidents('shop'))[0]?.incident).toMatchObject({ from: 'sweep', alerts: [] });
  });

  it('fails as a whole when the cluster does not answer, and gives its lease back', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    stage.cluster.onCall = noAnswer;
    await expect(stage.look('shop')).rejects.toMatchObject({ code: 'cluster', retry: 'retry' });
    stage.cluster.onCall = () => {};
    await stage.look('shop');
    expect(await stage.incidents('shop')).toHaveLength(1);
  });

  it('says what it could not read instead of failing', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    const gap = { what: 'replicasets.apps in shop could not be listed', why: '403: no' };
    const reader = { ...stage.cluster, listWorkloads: async () => ({ ok: false as const, gap }) };
    await lookAtScope(
      {
        kind: 'look',
        scope: { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
        hintedAt: stage.now(),
        from: 'alert',
        alerts: [],
        alertCount: 0,
        isClusterAssumed: false,
      },
      { ...stage.deps, clusters: { reader: async () => reader } },
    );
    const [loaded] = await stage.incidents('shop');
    expect(loaded && membersOf(loaded)).toMatchObject([{ key: 'shop/Deployment/web/app', gaps: [gap] }]);
  });

  it('looks once more when a hint came in meanwhile', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    let isFirst = true;
    stage.cluster.onCall = async (call) => {
      if (!call.startsWith('list pods') || !isFirst) return;
      isFirst = false;
      stage.advance(1);
      await stage.look('shop');
    };
    await stage.look('shop');
    expect(stage.cluster.calls.filter((call) => call.startsWith('list pods'))).toHaveLength(2);
  });
});

describe('the life of an incident', () => {
  it('is recovered only when the revision is complete, and says so without any "resolved"', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    // The stuck pod was deleted; its replacement is being created and only old pods run.
    stage.advance(20);
    stage.cluster.pods = [
      ...stage.cluster.pods.slice(0, 3),
      waitingPod(
        {
          namespace: 'shop',
          name: 'web-new22-y',
          image: `${REPOSITORY}:v2`,
          deployment: 'web',
          hash: 'new22',
          at: stage.now(),
        },
        'ContainerCreating',
        '',
      ),
    ];
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.state).toBe('open');

    stage.advance(20);
    completeRollout(stage, 'v2', 'new22', 2);
    await stage.look('shop');
    const [loaded] = await stage.incidents('shop');
    expect(loaded?.incident).toMatchObject({ state: 'recovered', endedAt: stage.now() });
    expect(loaded && membersOf(loaded)).toMatchObject([{ state: 'running', failingPods: 0, runningPods: 3 }]);
    expect(loaded?.incident.notes.map(({ kind, text }) => [kind, text])).toEqual([['recovered', 'runs: shop/web']]);
  });

  it('ignores "resolved" while a pod fails', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    const labels = { namespace: 'shop', pod: 'web-new22-x' };
    await stage.look('shop', { alerts: [alertHint(labels)], alertCount: 1 });
    stage.advance(10);
    await stage.look('shop', { alerts: [alertHint(labels, { status: 'resolved' })], alertCount: 1 });
    expect((await stage.incidents('shop'))[0]?.incident).toMatchObject({ state: 'open', revision: 1 });
  });

  it('is recovered with "resolved" too, and tells a rollback', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    stage.advance(30);
    completeRollout(stage, 'v1', 'old11', 3);
    await stage.look('shop', {
      alerts: [alertHint({ namespace: 'shop', pod: 'web-new22-x' }, { status: 'resolved' })],
      alertCount: 1,
    });
    const [loaded] = await stage.incidents('shop');
    expect(loaded?.incident.state).toBe('recovered');
    expect(loaded?.incident.notes.at(-1)?.text).toBe(`runs: shop/web; shop/web went back to ${REPOSITORY}:v1`);
  });

  it('is reopened, not doubled, when its workload fails again within the hour', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    stage.advance(30);
    completeRollout(stage, 'v2', 'new22', 2);
    await stage.look('shop');
    stage.advance(50 * 60);
    breakRollout(stage, 'v2', 'new33', 3);
    await stage.look('shop');
    const found = await stage.incidents('shop');
    expect(found.map(({ incident }) => [incident.state, incident.endedAt])).toEqual([['open', undefined]]);
    expect(found[0]?.incident.notes.at(-1)?.kind).toBe('reopened');
  });

  it('is followed by a new one after the hour', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    completeRollout(stage, 'v2', 'new22', 2);
    stage.advance(10);
    await stage.look('shop');
    stage.advance(61 * 60);
    breakRollout(stage, 'v2', 'new33', 3);
    await stage.look('shop');
    expect(stage.sent.map(({ job }) => job.kind === 'poke' && job.incidentId)).toHaveLength(3);
    expect(new Set(stage.sent.map(({ options }) => options.groupId)).size).toBe(2);
  });

  it('is gone when its workload was deleted', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    stage.cluster.pods = [];
    stage.cluster.workloads = [];
    stage.advance(10);
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.state).toBe('gone');
  });

  it('is recovered when a deleted bare pod is made anew under its name and runs', async () => {
    const stage = openStage();
    const options = { namespace: 'shop', name: 'app', image: `${REPOSITORY}:v9`, at: START };
    addFailing(stage.cluster, options, notFoundText(options.image));
    await stage.look('shop');
    stage.cluster.pods = [];
    stage.advance(10);
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.state).toBe('gone');
    stage.cluster.pods = [runningPod({ ...options, image: `${REPOSITORY}:v1`, at: stage.now() })];
    stage.advance(10);
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.state).toBe('recovered');
  });

  it('does not turn green for an image that came and a container that crashes', async () => {
    const stage = openStage();
    const options = { namespace: 'shop', name: 'app', image: `${REPOSITORY}:v9`, at: START };
    addFailing(stage.cluster, options, notFoundText(options.image));
    await stage.look('shop');
    stage.cluster.pods = [waitingPod(options, 'CrashLoopBackOff', 'back-off 10s restarting failed container')];
    stage.cluster.events = [];
    stage.advance(10);
    await stage.look('shop');
    const [loaded] = await stage.incidents('shop');
    expect(loaded?.incident.state).toBe('open');
    expect(loaded?.incident.notes.at(-1)?.text).toContain('the image is pulled now');
    stage.advance(11 * 60);
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.state).toBe('superseded');
  });
});

describe('one incident, one message', () => {
  it('is the same for a second bad tag in the same Deployment, and says the cause changed', async () => {
    const stage = openStage();
    breakRollout(stage, 'v2', 'new22');
    await stage.look('shop');
    stage.advance(30);
    breakRollout(stage, 'v3', 'new33', 3);
    await stage.look('shop');
    const found = await stage.incidents('shop');
    expect(found).toHaveLength(1);
    expect(found[0]?.incident).toMatchObject({ state: 'open', revision: 2 });
    expect(found[0]?.incident.slot).toContain('v3');
    expect(found[0]?.incident.notes.map(({ kind }) => kind)).toEqual(['changed-cause']);
    expect(found[0] && membersOf(found[0])).toMatchObject([{ image: `${REPOSITORY}:v3` }]);
  });

  it('is the same when an unknown cause becomes known, and says what is known now', async () => {
    const stage = openStage();
    const options = { namespace: 'shop', name: 'app', image: `${REPOSITORY}:v9`, at: START };
    // A kubelet before 1.32 whose event is not there yet.
    const silent = waitingPod(options, 'ImagePullBackOff', `Back-off pulling image "${options.image}"`);
    stage.cluster.pods = [silent];
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident.best.causeId).toBe('unknown');

    stage.advance(10);
    stage.cluster.events = [...pullEvents(silent, notFoundText(options.image), stage.now())];
    await stage.look('shop');
    const [loaded, ...others] = await stage.incidents('shop');
    expect(others).toEqual([]);
    expect(loaded?.incident.best.causeId).toBe('tag-not-found');
    expect(loaded?.incident.notes).toMatchObject([{ kind: 'now-known', text: expect.stringMatching(/^now known: /) }]);

    // Events last an hour: what was known stays known.
    stage.advance(3_600);
    stage.cluster.events = [];
    await stage.look('shop');
    expect((await stage.incidents('shop'))[0]?.incident).toMatchObject({
      revision: 2,
      best: { causeId: 'tag-not-found' },
    });
  });

  it('joins the incident that has its cause already', async () => {
    const stage = openStage();
    const image = `${REPOSITORY}:gone`;
    for (const namespace of ['a', 'b']) {
      addFailing(stage.cluster, { namespace, name: 'app', image, at: START }, notFoundText(image));
      await stage.look(namespace);
      stage.advance(120);
    }
    const found = await stage.incidents('a', 'b');
    expect(found).toHaveLength(1);
    expect(found[0]?.slices.map(({ namespace }) => namespace).sort()).toEqual(['a', 'b']);
    expect(found[0]?.incident.notes).toMatchObject([
      { kind: 'joined', text: 'b/app fails for the same reason: 1 pod' },
    ]);
  });

  it('moves a member to the incident that holds its new cause only after two looks 30 s apart agree', async () => {
    const stage = openStage();
    const [first, second] = [`${REPOSITORY}:one`, `${REPOSITORY}:two`];
    addFailing(stage.cluster, { namespace: 'a', name: 'app', image: first, at: START }, notFoundText(first));
    addFailing(stage.cluster, { namespace: 'b', name: 'app', image: second, at: START }, notFoundText(second));
    await stage.look('a');
    await stage.look('b');
    expect(await stage.incidents('a', 'b')).toHaveLength(2);

    stage.cluster.pods = stage.cluster.pods.filter(({ metadata }) => metadata?.namespace !== 'a');
    addFailing(stage.cluster, { namespace: 'a', name: 'app', image: second, at: START + 60_000 }, notFoundText(second));
    for (const [seconds, states] of [
      [10, ['open', 'open']],
      [20, ['open', 'open']],
      [10, ['superseded', 'open']],
    ] as const) {
      stage.advance(seconds);
      await stage.look('a');
      expect((await stage.incidents('a', 'b')).map(({ incident }) => incident.state)).toEqual(states);
    }
    const [, holder] = await stage.incidents('a', 'b');
    expect(holder && membersOf(holder).map(({ key, state }) => [key, state])).toEqual(
      expect.arrayContaining([
        ['a/Pod/app/app', 'failing'],
        ['b/Pod/app/app', 'failing'],
      ]),
    );
  });
});

describe('a look at a node, a registry or a cluster', () => {
  function breakTwoNodes(stage: LookStage): void {
    for (const [namespace, node, image] of [
      ['a', 'n1', 'ghcr.io/acme/one:x'],
      ['b', 'n1', 'ghcr.io/acme/two:x'],
      ['c', 'n2', 'quay.io/acme/three:x'],
    ] as const) {
      addFailing(stage.cluster, { namespace, name: 'app', image, node, at: START }, notFoundText(image));
    }
  }

  it('looks at the namespaces with failing pods on that node, and says what is behind the alert', async () => {
    const stage = openStage();
    breakTwoNodes(stage);
    const alerts = [alertHint({ node: 'n1' }, { name: 'HighImagePullFailureRate' })];
    await stage.lookAt({ kind: 'node', cluster: 'prod', node: 'n1' }, { alerts, alertCount: 1 });
    const found = await stage.incidents('a', 'b', 'c');
    expect(found).toHaveLength(2);
    for (const { incident } of found) {
      expect(incident).toMatchObject({ from: 'alert', alerts: [{ name: 'HighImagePullFailureRate' }] });
      expect(incident.notes.map(({ text }) => text)).toEqual([
        'alert HighImagePullFailureRate on node n1: 2 pods, 2 images, registry ghcr.io behind it',
      ]);
    }
  });

  it('takes only the failing pods of that registry', async () => {
    const stage = openStage();
    breakTwoNodes(stage);
    await stage.lookAt({ kind: 'registry', cluster: 'prod', registry: 'quay.io' });
    expect(await stage.incidents('a', 'b')).toEqual([]);
    expect(await stage.incidents('c')).toHaveLength(1);
  });

  it('finds all pending pods of a cluster with one list', async () => {
    const stage = openStage();
    breakTwoNodes(stage);
    await stage.lookAt({ kind: 'cluster', cluster: 'prod' });
    expect(await stage.incidents('a', 'b', 'c')).toHaveLength(3);
    expect(stage.cluster.calls.filter((call) => call === 'list pods all pending')).toHaveLength(1);
  });

  it('makes nothing of an alert with no failing pod behind it, but counts it', async () => {
    const stage = openStage();
    await stage.lookAt({ kind: 'registry', cluster: 'prod', registry: 'ghcr.io' });
    expect(stage.sent).toEqual([]);
    expect(stage.counted).toContain('AlertsWithoutFailure');
  });

  it('does what it can when one namespace cannot be read, and asks to come again', async () => {
    const stage = openStage();
    breakTwoNodes(stage);
    stage.cluster.onCall = (call) => (call === 'list pods a' ? noAnswer(call) : undefined);
    await expect(stage.lookAt({ kind: 'cluster', cluster: 'prod' })).rejects.toMatchObject({ retry: 'retry' });
    expect(await stage.incidents('b', 'c')).toHaveLength(2);
  });
});

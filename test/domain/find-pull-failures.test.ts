import { describe, expect, it } from '@jest/globals';
import { findPullFailures, listContainerStates } from '../../shared/domain/find-pull-failures.ts';
import type { ContainerState, KubeEvent, Node, Pod } from '../../shared/domain/kubernetes.ts';
import type { PullFailure } from '../../shared/domain/pull-failure.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { listCaptures, readEvents, readOwners, readPod, snapshotOf } from '../support/captures.ts';

const IMAGE = 'ghcr.io/acme/app:v9';
const NOT_FOUND = `Failed to pull image "${IMAGE}": rpc error: code = NotFound desc = ${IMAGE}: not found`;
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** `12:00:00` minus so many seconds. */
function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

function podWith(state: ContainerState | undefined, more: Partial<Pod['spec'] & object> = {}, meta: object = {}): Pod {
  return {
    kind: 'Pod',
    metadata: { name: 'app', namespace: 'shop', uid: 'u1', ...meta },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: IMAGE }], ...more },
    status: { phase: 'Pending', ...(state === undefined ? {} : { containerStatuses: [{ name: 'app', state }] }) },
  };
}

function event(reason: string, message: string, secondsAgo: number, more: Partial<KubeEvent> = {}): KubeEvent {
  return {
    kind: 'Event',
    reason,
    message,
    count: 1,
    firstTimestamp: ago(secondsAgo),
    lastTimestamp: ago(secondsAgo),
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'app', uid: 'u1', fieldPath: 'spec.containers{app}' },
    ...more,
  };
}

const pulling = (seconds: number) => event('Pulling', `Pulling image "${IMAGE}"`, seconds);
const failed = (seconds: number, message = NOT_FOUND) => event('Failed', message, seconds);
const backOff = (seconds: number) => event('BackOff', `Back-off pulling image "${IMAGE}"`, seconds);
const pulled = (seconds: number) => event('Pulled', `Successfully pulled image "${IMAGE}" in 2s`, seconds);
const waiting = (reason: string, message?: string): ContainerState => ({
  waiting: message === undefined ? { reason } : { reason, message },
});

function find(pod: Pod, events: readonly KubeEvent[], more: Partial<ClusterSnapshot> = {}): readonly PullFailure[] {
  return findPullFailures(snapshotOf({ pods: [pod], events, observedAt: NOW, ...more }));
}

const DIGEST = `sha256:${'ab'.repeat(32)}`;

function withImageId(pod: Pod, imageID: string): Pod {
  const containerStatuses = (pod.status?.containerStatuses ?? []).map((status) => ({ ...status, imageID }));
  return { ...pod, status: { ...pod.status, containerStatuses } };
}

function nodeWith(
  name: string,
  labels: Record<string, string>,
  images: NonNullable<Node['status']>['images'] = [],
): Node {
  return { kind: 'Node', metadata: { name, labels }, status: { images } };
}

function stateOf(pod: Pod, events: readonly KubeEvent[]): string | undefined {
  return listContainerStates(snapshotOf({ pods: [pod], events, observedAt: NOW }))[0]?.state;
}

describe('whether a container fails', () => {
  it.each([
    { what: 'waits with ErrImagePull', pod: podWith(waiting('ErrImagePull', 'x')), events: [], state: 'failing' },
    { what: 'waits with ImagePullBackOff', pod: podWith(waiting('ImagePullBackOff')), events: [], state: 'failing' },
    { what: 'waits with InvalidImageName', pod: podWith(waiting('InvalidImageName')), events: [], state: 'failing' },
    { what: 'waits with ErrImageNeverPull', pod: podWith(waiting('ErrImageNeverPull')), events: [], state: 'failing' },
    { what: 'is being created', pod: podWith(waiting('ContainerCreating')), events: [], state: 'waiting' },
    { what: 'crashes', pod: podWith(waiting('CrashLoopBackOff')), events: [pulled(30)], state: 'waiting' },
    {
      what: 'crashes, and the back-off is for its restarts',
      pod: podWith(waiting('CrashLoopBackOff')),
      events: [pulled(60), event('BackOff', 'Back-off restarting failed container app in pod app', 5)],
      state: 'waiting',
    },
    {
      what: 'fails for another reason than its image',
      pod: podWith(waiting('CreateContainerConfigError')),
      events: [pulled(60), event('Failed', 'Error: secret "settings" not found', 5)],
      state: 'waiting',
    },
    { what: 'has no status yet, and failed', pod: podWith(undefined), events: [failed(5)], state: 'failing' },
    {
      what: 'still shows ContainerCreating, and its last pull event is Failed',
      pod: podWith(waiting('ContainerCreating')),
      events: [pulling(9), failed(8)],
      state: 'failing',
    },
    {
      what: 'still shows ContainerCreating, and its last pull event is BackOff',
      pod: podWith(waiting('ContainerCreating')),
      events: [pulling(9), failed(8), backOff(7)],
      state: 'failing',
    },
    {
      what: 'failed and pulled later',
      pod: podWith(waiting('ContainerCreating')),
      events: [failed(60), backOff(50), pulled(5)],
      state: 'waiting',
    },
    {
      what: 'shows ImagePullBackOff, but newer events say Pulled',
      pod: podWith(waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}": ErrImagePull: x`)),
      events: [failed(60), backOff(50), pulling(6), pulled(5)],
      state: 'waiting',
    },
    {
      what: 'pulled once, and fails now at a restart',
      pod: podWith(waiting('ErrImagePull', 'x')),
      events: [pulled(600), failed(5)],
      state: 'failing',
    },
    {
      what: 'fails, and its events of the first pull are all that is left',
      pod: podWith(waiting('ImagePullBackOff')),
      events: [pulled(600)],
      state: 'failing',
    },
    { what: 'runs', pod: podWith({ running: {} }), events: [failed(90), pulled(60)], state: 'running' },
    { what: 'runs, whatever events say', pod: podWith({ running: {} }), events: [failed(5)], state: 'running' },
    {
      what: 'ended',
      pod: podWith({ terminated: { exitCode: 0 } }, { restartPolicy: 'Never' }),
      events: [],
      state: 'done',
    },
    {
      what: 'ended and cannot be pulled for its restart',
      pod: podWith({ terminated: { exitCode: 1, finishedAt: ago(60) } }),
      events: [pulled(120), failed(5)],
      state: 'failing',
    },
    {
      what: 'is being deleted',
      pod: podWith(waiting('ImagePullBackOff'), {}, { deletionTimestamp: ago(5) }),
      events: [failed(8)],
      state: 'done',
    },
    {
      what: 'pulls for 9 min 59 s',
      pod: podWith(waiting('ContainerCreating')),
      events: [pulling(599)],
      state: 'waiting',
    },
    { what: 'pulls for 10 min', pod: podWith(waiting('ContainerCreating')), events: [pulling(600)], state: 'stalled' },
  ])('one that $what is $state', ({ pod, events, state }) => {
    expect(stateOf(pod, events)).toBe(state);
    expect(find(pod, events).length).toBe(state === 'failing' || state === 'stalled' ? 1 : 0);
  });

  it('lets a pod that ended rest', () => {
    const pod = podWith(waiting('ImagePullBackOff'));
    expect(find({ ...pod, status: { ...pod.status, phase: 'Failed' } }, [failed(5)])).toEqual([]);
  });

  it('does not take an old image for the new one after the image was changed in place', () => {
    const old = event('Failed', 'Failed to pull image "ghcr.io/acme/app:typo": not found', 5);
    expect(find(podWith(waiting('ContainerCreating')), [old])).toEqual([]);
  });

  it.each([
    { what: 'the status and its event tell of the old image', events: ['ghcr.io/acme/app:typo'], count: 0 },
    { what: 'an event tells of the new one', events: ['ghcr.io/acme/app:typo', IMAGE], count: 1 },
    { what: 'no event is left to tell', events: [], count: 1 },
    { what: 'the new one is being pulled', events: ['ghcr.io/acme/app:typo'], isPulling: true, count: 0 },
  ])('after the image was changed in place, $what: $count failures', ({ events, isPulling = false, count }) => {
    const pod = podWith({
      waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "ghcr.io/acme/app:typo"' },
    });
    const all = events.map((image, n) => event('Failed', `Failed to pull image "${image}": not found`, 5 - n));
    expect(find(pod, isPulling ? [...all, pulling(1)] : all)).toHaveLength(count);
  });

  it('takes an image for the same with the defaults spelt out', () => {
    const pod = podWith(undefined, { containers: [{ name: 'app', image: 'nginx' }] });
    const message = 'Failed to pull image "docker.io/library/nginx:latest": x';
    expect(find(pod, [failed(5, message)])).toHaveLength(1);
  });
});

describe('whose event it is', () => {
  const pod = podWith(waiting('ContainerCreating'));
  const about = { kind: 'Pod', namespace: 'shop', name: 'app' };
  const path = 'spec.containers{app}';

  it.each([
    {
      what: 'of a replaced pod of the same name',
      pod,
      involvedObject: { ...about, uid: 'u0', fieldPath: path },
      isIts: false,
    },
    { what: 'without uid', pod, involvedObject: { ...about, fieldPath: path }, isIts: true },
    { what: 'without field path, naming its image', pod, involvedObject: { ...about, uid: 'u1' }, isIts: true },
    {
      what: 'of another container',
      pod,
      involvedObject: { ...about, fieldPath: 'spec.containers{web}' },
      isIts: false,
    },
    {
      what: 'of an init container of that name',
      pod,
      involvedObject: { ...about, fieldPath: 'spec.initContainers{app}' },
      isIts: false,
    },
    { what: 'of another namespace', pod, involvedObject: { ...about, namespace: 'x', fieldPath: path }, isIts: false },
    { what: 'of a ReplicaSet of that name', pod, involvedObject: { ...about, kind: 'ReplicaSet' }, isIts: false },
    {
      what: 'of a static pod, told under the hash of its file',
      pod: podWith(waiting('ContainerCreating'), {}, { annotations: { 'kubernetes.io/config.mirror': 'h1' } }),
      involvedObject: { ...about, uid: 'h1', fieldPath: path },
      isIts: true,
    },
  ])('an event $what: $isIts', ({ pod: it, involvedObject, isIts }) => {
    expect(find(it, [{ ...failed(5), involvedObject }])).toHaveLength(isIts ? 1 : 0);
  });

  it.each([
    {
      variant: 'eventTime only',
      more: { firstTimestamp: null, lastTimestamp: null, count: null, eventTime: ago(7) },
      first: 7,
      last: 7,
      tries: 1,
    },
    {
      variant: 'a series',
      more: {
        firstTimestamp: null,
        lastTimestamp: null,
        count: null,
        eventTime: ago(70),
        series: { count: 4, lastObservedTime: ago(7) },
      },
      first: 70,
      last: 7,
      tries: 4,
    },
    { variant: 'an aggregated count', more: { count: 5, firstTimestamp: ago(200) }, first: 200, last: 5, tries: 5 },
  ])('reads $variant', ({ more, first, last, tries }) => {
    expect(find(pod, [{ ...failed(5), ...more }])).toMatchObject([
      { firstFailedAt: NOW - first * 1000, lastFailedAt: NOW - last * 1000, tries },
    ]);
  });

  it('keeps FailedToRetrieveImagePullSecret, which names no container, as context and not as a failure', () => {
    const retrieve = event(
      'FailedToRetrieveImagePullSecret',
      'Unable to retrieve some image pull secrets (regcred); …',
      5,
      {
        involvedObject: { ...about, uid: 'u1' },
      },
    );
    expect(find(pod, [retrieve, pulled(3)])).toEqual([]);
    const [failure] = find(podWith(waiting('ErrImagePull', 'x')), [retrieve, failed(4)]);
    expect(failure?.events.map(({ reason }) => reason)).toEqual(['FailedToRetrieveImagePullSecret', 'Failed']);
  });
});

describe('the error', () => {
  const bare = waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}"`);

  it('is that of the waiting message where it has one', () => {
    const [failure] = find(
      podWith(waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}": ErrImagePull: no space left on device`)),
      [failed(9)],
    );
    expect(failure?.error.text).toContain('no space left on device');
    expect(failure?.otherErrors.map(({ text }) => text)).toEqual([expect.stringContaining('not found')]);
  });

  it('is that of the Failed event where an older kubelet says only Back-off', () => {
    expect(find(podWith(bare), [pulling(9), failed(8), failed(8, 'Error: ErrImagePull'), backOff(7)])).toMatchObject([
      { reason: 'ImagePullBackOff', error: { text: expect.stringContaining('not found') } },
    ]);
  });

  it('is that of the state seen, not of a newer try that the pod does not show yet', () => {
    const later = failed(2, `Failed to pull image "${IMAGE}": pull QPS exceeded`);
    const [failure] = find(podWith(bare), [failed(20), backOff(19), later]);
    expect(failure?.error.text).toContain('not found');
    expect(failure?.otherErrors.map(({ text }) => text)).toEqual([expect.stringContaining('pull QPS exceeded')]);
  });

  it('is the newest one where the back-off is long past', () => {
    const later = failed(2, `Failed to pull image "${IMAGE}": pull QPS exceeded`);
    expect(find(podWith(bare), [failed(900), backOff(899), later])[0]?.error.text).toContain('pull QPS exceeded');
  });

  it('is bare, with a gap that says how to look, where no event is left', () => {
    const [failure] = find(podWith(bare), []);
    expect(failure?.gaps).toEqual([
      {
        what: expect.stringContaining('pull events of pod shop/app'),
        why: expect.stringContaining('an hour'),
        command: expect.stringContaining("kubectl get events -n 'shop'"),
      },
    ]);
  });

  it.each([
    {
      events: [event('InspectFailed', 'Failed to apply default image tag "X": invalid', 5)],
      reason: 'InvalidImageName',
    },
    {
      events: [event('ErrImageNeverPull', `Container image "${IMAGE}" is not present with pull policy of Never`, 5)],
      reason: 'ErrImageNeverPull',
    },
    { events: [failed(5)], reason: 'ErrImagePull' },
    { events: [failed(5), failed(5, 'Error: ErrImagePull'), backOff(3)], reason: 'ImagePullBackOff' },
  ])('and the reason $reason are told by events where the status does not show them yet', ({ events, reason }) => {
    const image = reason === 'InvalidImageName' ? 'X' : IMAGE;
    const pod = podWith(waiting('ContainerCreating'), { containers: [{ name: 'app', image }] });
    expect(find(pod, events)[0]?.reason).toBe(reason);
  });

  it('is redacted, in the events too', () => {
    const message = `Failed to pull image "${IMAGE}": https://bot:hunter2@ghcr.io/token: 401`;
    expect(JSON.stringify(find(podWith(waiting('ErrImagePull', message)), [failed(5, message)]))).not.toContain(
      'hunter2',
    );
  });
});

describe('image volumes', () => {
  const REFERENCE = 'ghcr.io/acme/data:v9';
  const spec = {
    containers: [
      { name: 'app', image: IMAGE, volumeMounts: [{ name: 'data' }] },
      { name: 'web', image: IMAGE, volumeMounts: [] },
    ],
    volumes: [{ name: 'data', image: { reference: REFERENCE, pullPolicy: 'Always' } }],
  };
  const ofPod = { involvedObject: { kind: 'Pod', namespace: 'shop', name: 'app', uid: 'u1' } };

  it('stand on the container that mounts them, with their own reference and policy', () => {
    const pod = podWith(
      waiting('ErrImagePull', `failed to pull and unpack image "${REFERENCE}": ${REFERENCE}: not found`),
      spec,
    );
    expect(find(pod, [event('Failed', `Failed to pull image "${REFERENCE}": x`, 5, ofPod)])).toMatchObject([
      {
        container: { name: 'app', kind: 'image-volume', imagePullPolicy: 'Always' },
        imageText: REFERENCE,
        tries: 1,
      },
    ]);
  });

  it('are told by events of the pod where the status does not name them', () => {
    const events = [event('Failed', `Failed to pull image "${REFERENCE}": x`, 5, ofPod)];
    expect(find(podWith(waiting('ErrImagePull', 'pull QPS exceeded'), spec), events)).toMatchObject([
      { container: { name: 'app', kind: 'image-volume' } },
    ]);
  });

  it('are not blamed for the container’s own image', () => {
    const pod = podWith(waiting('ErrImagePull', `failed to pull and unpack image "${IMAGE}": x`), spec);
    expect(find(pod, [])).toMatchObject([{ container: { name: 'app', kind: 'container' }, imageText: IMAGE }]);
  });
});

describe('owners', () => {
  const failing = waiting('ErrImagePull', 'x');
  const ownerOf = (reference: object, labels: object = {}) =>
    podWith(failing, {}, { ownerReferences: [{ controller: true, ...reference }], labels });
  const replicaSet = { kind: 'ReplicaSet', name: 'web-7c9d', uid: 'r2' };

  it.each([
    { what: 'a bare pod', pod: podWith(failing), top: 'Pod/app' },
    { what: 'a static pod', pod: ownerOf({ kind: 'Node', name: 'node-1' }), top: 'Pod/app' },
    { what: 'a StatefulSet’s', pod: ownerOf({ kind: 'StatefulSet', name: 'db' }), top: 'StatefulSet/db' },
    {
      what: 'one of a ReplicaSet with a template hash',
      pod: ownerOf(replicaSet, { 'pod-template-hash': '7c9d' }),
      top: 'Deployment/web',
    },
    { what: 'one of a ReplicaSet without one', pod: ownerOf(replicaSet), top: 'ReplicaSet/web-7c9d' },
    {
      what: 'one whose hash does not fit',
      pod: ownerOf(replicaSet, { 'pod-template-hash': 'ffff' }),
      top: 'ReplicaSet/web-7c9d',
    },
    { what: 'a Job’s', pod: ownerOf({ kind: 'Job', name: 'etl-29398200' }), top: 'Job/etl-29398200' },
    { what: 'one of an unknown kind', pod: ownerOf({ kind: 'Kafka', name: 'events' }), top: 'Kafka/events' },
  ])('$what belongs to $top', ({ pod, top }) => {
    const [failure] = find(pod, []);
    expect(`${failure?.workload?.kind}/${failure?.workload?.name}`).toBe(top);
  });

  it('climbs from a Job to its CronJob, by reference or by name where the CronJob is there', () => {
    const pod = ownerOf({ kind: 'Job', name: 'etl-29398200' });
    const cronJob = { kind: 'CronJob', metadata: { name: 'etl', namespace: 'shop' } };
    expect(find(pod, [], { workloads: [cronJob] })[0]?.workload).toMatchObject({ kind: 'CronJob', name: 'etl' });
  });

  const revision = (number: string) => ({ 'deployment.kubernetes.io/revision': number });
  const template = (image: string) => ({ template: { spec: { containers: [{ name: 'app', image }] } } });
  const ofWeb = { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd1', controller: true }] };
  const deployment = {
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'd1',
      annotations: {
        'argocd.argoproj.io/tracking-id': 'shop-prod:apps/Deployment:shop/web',
        'pullmedic.dev/oncall': 'shop',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
      managedFields: [
        {
          manager: 'argocd-controller',
          time: ago(900),
          fieldsV1: {
            'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
          },
        },
        { manager: 'kube-controller-manager', time: ago(5), fieldsV1: { 'f:status': {} } },
      ],
    },
    spec: { replicas: 3 },
    status: { availableReplicas: 3 },
  };

  it('tells how a stuck rollout stands: who serves, what ran before, who set the image', () => {
    const set = (name: string, number: string, image: string, available: number, uid: string) => ({
      kind: 'ReplicaSet',
      metadata: { name, namespace: 'shop', uid, annotations: revision(number), creationTimestamp: ago(300), ...ofWeb },
      spec: template(image),
      status: { availableReplicas: available },
    });
    const workloads = [
      deployment,
      set('web-1111', '40', 'ghcr.io/acme/app:v7', 0, 'r0'),
      set('web-2222', '41', 'ghcr.io/acme/app:v8', 3, 'r1'),
      set('web-7c9d', '42', IMAGE, 0, 'r2'),
    ];
    expect(find(ownerOf(replicaSet), [], { workloads })[0]?.workload).toEqual({
      kind: 'Deployment',
      name: 'web',
      desired: 3,
      available: 3,
      oldAvailable: 3,
      revision: '42',
      revisionCreatedAt: NOW - 300_000,
      previousImage: 'ghcr.io/acme/app:v8',
      previousRevision: '41',
      isSuspendedOrPaused: false,
      imageSetBy: 'argocd-controller',
      imageSetAt: NOW - 900_000,
      managedBy: 'Argo CD app shop-prod',
      annotations: {
        'argocd.argoproj.io/tracking-id': 'shop-prod:apps/Deployment:shop/web',
        'pullmedic.dev/oncall': 'shop',
      },
    });
  });

  it('counts the old pods of a StatefulSet by their revision label', () => {
    const member = (name: string, hash: string, isReady: boolean): Pod => ({
      ...podWith(isReady ? { running: {} } : failing, {
        containers: [{ name: 'app', image: isReady ? 'ghcr.io/acme/app:v8' : IMAGE }],
      }),
      metadata: {
        name,
        namespace: 'shop',
        labels: { 'controller-revision-hash': hash },
        ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
      },
      ...(isReady
        ? {
            status: {
              phase: 'Running',
              containerStatuses: [{ name: 'app', state: { running: {} } }],
              conditions: [{ type: 'Ready', status: 'True' }],
            },
          }
        : {}),
    });
    const snapshot = snapshotOf({
      pods: [member('db-0', 'old', true), member('db-1', 'old', true), member('db-2', 'new', false)],
      events: [],
      observedAt: NOW,
    });
    expect(findPullFailures(snapshot)[0]?.workload).toMatchObject({
      kind: 'StatefulSet',
      oldAvailable: 2,
      revision: 'new',
      previousImage: 'ghcr.io/acme/app:v8',
      previousRevision: 'old',
      desired: undefined,
    });
  });

  it.each([
    {
      metadata: {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'apps' },
      },
      words: 'Flux kustomization apps/shop',
    },
    {
      metadata: { labels: { 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'apps' } },
      words: 'Flux Helm release apps/web',
    },
    {
      metadata: {
        annotations: { 'meta.helm.sh/release-name': 'web' },
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      },
      words: 'Helm release web',
    },
    { metadata: { labels: { 'app.kubernetes.io/instance': 'web' } }, words: undefined },
    {
      metadata: { labels: { 'app.kubernetes.io/instance': 'web' }, managedFields: [{ manager: 'argocd-controller' }] },
      words: 'Argo CD app web',
    },
    { metadata: { ownerReferences: [{ kind: 'Prometheus', name: 'k8s', controller: true }] }, words: 'Prometheus k8s' },
  ])('says $words', ({ metadata, words }) => {
    const workloads = [{ kind: 'StatefulSet', metadata: { name: 'db', namespace: 'shop', ...metadata } }];
    expect(find(ownerOf({ kind: 'StatefulSet', name: 'db' }), [], { workloads })[0]?.workload?.managedBy).toBe(words);
  });
});

describe('facts around it', () => {
  const failing = waiting('ErrImagePull', 'x');

  it('tells the secrets that the kubelet would try, in its order, and what of them is not known', () => {
    const pod = podWith(failing, {
      imagePullSecrets: [
        { name: 'gone' },
        { name: 'denied' },
        { name: 'unasked' },
        { name: '' },
        { name: 'ghcr' },
        { name: 'ghcr' },
      ],
    });
    const auths = (host: string) => ({
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': Buffer.from(
          JSON.stringify({ auths: { [host]: { username: 'a', password: 'b' } } }),
        ).toString('base64'),
      },
    });
    const denied = { what: 'secret shop/denied could not be read', why: '403' };
    const [failure] = find(pod, [], {
      secrets: [
        { kind: 'Secret', metadata: { name: 'ghcr', namespace: 'shop' }, ...auths('ghcr.io') },
        { kind: 'Secret', metadata: { name: 'spare', namespace: 'shop' }, ...auths('quay.io') },
        { kind: 'Secret', metadata: { name: 'settings', namespace: 'shop' }, type: 'Opaque', data: {} },
        { kind: 'Secret', metadata: { name: 'ghcr', namespace: 'other' }, ...auths('ghcr.io') },
        { kind: 'Secret', metadata: { name: 'quay', namespace: 'other' }, ...auths('quay.io') },
      ],
      secretsNotRead: { 'shop/gone': 'missing', 'shop/denied': denied },
      serviceAccounts: [
        {
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace: 'shop' },
          imagePullSecrets: [{ name: 'gone' }, { name: 'never-asked' }],
        },
      ],
    });
    expect(failure?.pullSecrets.map(({ name, state, matching }) => [name, state, matching.length])).toEqual([
      ['gone', 'missing', 0],
      ['denied', 'unreadable', 0],
      ['unasked', 'unreadable', 0],
      ['ghcr', 'ok', 1],
    ]);
    expect(failure?.gaps.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      expect.stringContaining('events'),
      'secret shop/denied could not be read: 403',
      'secret shop/unasked could not be read: it was not in the input',
    ]);
    expect(failure?.otherSecrets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'shop/spare',
      'other/ghcr',
    ]);
    expect(failure?.serviceAccount).toEqual({
      name: 'default',
      isFound: true,
      pullSecretNames: ['gone', 'never-asked'],
    });
  });

  it('concludes nothing of service accounts and nodes that were not read', () => {
    expect(find(podWith(failing), [])).toMatchObject([{ serviceAccount: undefined, node: undefined }]);
  });

  it('tells a missing node from one that was not asked for', () => {
    expect(find(podWith(failing), [], { nodesMissing: ['node-1'] })).toMatchObject([{ node: { isFound: false } }]);
  });

  it('tells the node, and whether it has the image', () => {
    const node = {
      kind: 'Node',
      metadata: { name: 'node-1' },
      status: {
        nodeInfo: { architecture: 'arm64', operatingSystem: 'linux', kubeletVersion: 'v1.30.1' },
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'DiskPressure', status: 'True', lastTransitionTime: ago(600) },
        ],
        images: [{ names: ['docker.io/library/nginx:latest'] }],
      },
    };
    expect(find(podWith(failing), [], { nodes: [node] })).toMatchObject([
      {
        node: {
          isFound: true,
          architecture: 'arm64',
          isReady: true,
          hasDiskPressure: true,
          diskPressureSince: NOW - 600_000,
          hasImage: false,
        },
      },
    ]);
    const nginx = podWith(failing, { containers: [{ name: 'app', image: 'nginx' }] });
    expect(find(nginx, [], { nodes: [node] })).toMatchObject([{ node: { hasImage: true } }]);
    const full = {
      ...node,
      status: { ...node.status, images: Array.from({ length: 50 }, (_, i) => ({ names: [`a:${i}`] })) },
    };
    expect(find(podWith(failing), [], { nodes: [full] })).toMatchObject([{ node: { hasImage: undefined } }]);
  });

  it('tells since when a pod has its node', () => {
    const pod = podWith(failing);
    const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(300) }];
    expect(find({ ...pod, status: { ...pod.status, conditions } }, [])[0]?.pod?.scheduledAt).toBe(NOW - 300_000);
    expect(find(pod, [])[0]?.pod?.scheduledAt).toBeUndefined();
  });

  it('tells how the same image fares on other pods', () => {
    const other = (name: string, nodeName: string, state: ContainerState): Pod => ({
      ...podWith(state, { nodeName }),
      metadata: { name, namespace: 'elsewhere' },
    });
    const snapshot = snapshotOf({
      pods: [
        podWith(failing),
        withImageId(other('a', 'node-3', { running: {} }), `docker-pullable://ghcr.io/acme/app@${DIGEST}`),
        // An id of the node's own store is no digest of a registry.
        withImageId(other('b', 'node-2', { running: {} }), DIGEST),
        other('c', 'node-1', failing),
        other('d', 'node-4', waiting('ContainerCreating')),
      ],
      nodes: [
        nodeWith('node-1', { 'topology.kubernetes.io/zone': 'eu-west-1a', team: 'x' }),
        nodeWith('node-2', {}, [{ names: [IMAGE], sizeBytes: 4_200_000 }]),
        nodeWith('node-9', {}),
      ],
      events: [],
      observedAt: NOW,
    });
    const peers = findPullFailures(snapshot)[0]?.peers;
    expect(peers?.nodes).toMatchObject([
      { name: 'node-2', hasImage: true, imageBytes: 4_200_000 },
      { name: 'node-1', hasImage: false, labels: { 'topology.kubernetes.io/zone': 'eu-west-1a' } },
    ]);
    expect(peers?.nodes?.[1]?.labels).not.toHaveProperty('team');
    expect(peers).toMatchObject({
      runningDigests: [DIGEST],
      runningPods: 2,
      runningNodes: ['node-2', 'node-3'],
      failingPods: 1,
      failingNodes: ['node-1'],
    });
  });

  it('tells what a stuck pod holds, and nothing of cpu and memory', () => {
    const resources = { limits: { 'nvidia.com/gpu': '1', cpu: '2', 'example.kubernetes.io/x': '1' } };
    const pod = podWith(failing, {
      containers: [
        { name: 'app', image: IMAGE, resources },
        { name: 'b', image: IMAGE, resources },
      ],
    });
    expect(find(pod, [])[0]?.pod).toMatchObject({
      holds: { 'nvidia.com/gpu': '2' },
      hasStarted: false,
      serviceAccountName: 'default',
    });
  });
});

describe('recorded cases', () => {
  it('names the Deployment with its ReplicaSet read and not read', () => {
    const capture = listCaptures().find(({ name, podFile }) => name === 'deployment' && podFile === 'pod.json');
    if (capture === undefined) throw new Error('the capture is missing');
    const parts = { pods: [readPod(capture)], events: readEvents(capture) };
    const [without] = findPullFailures(snapshotOf(parts));
    const [with_] = findPullFailures(snapshotOf({ ...parts, workloads: readOwners(capture) }));
    expect(without?.workload).toMatchObject({
      kind: 'Deployment',
      name: 'web',
      desired: undefined,
      available: undefined,
    });
    expect(with_?.workload).toMatchObject({
      kind: 'Deployment',
      name: 'web',
      desired: 1,
      available: 0,
      oldAvailable: 0,
      revision: '1',
    });
  });

  it('says the same of every state of a case', () => {
    const byCase = new Map<string, Set<string>>();
    for (const capture of listCaptures().filter(
      ({ expected, podFile }) => expected.length > 0 && podFile !== 'pod.Running.json',
    )) {
      const failures = findPullFailures(snapshotOf({ pods: [readPod(capture)], events: readEvents(capture) }));
      const words = failures
        .map(({ container, imageText, error }) => `${container?.name} ${imageText}: ${error.text}`)
        .join('\n');
      const key = `${capture.runtime}/${capture.name}`;
      // Clocks and ports differ from try to try.
      byCase.set(key, (byCase.get(key) ?? new Set()).add(words.replace(/\d+/g, '#')));
    }
    const differing = [...byCase].filter(([, words]) => words.size > 1).map(([name]) => name);
    expect(differing).toEqual([]);
  });
});

import { BOUND, DIGEST, dockerConfig } from './fixtures.ts';
import { EKS_REMEDY, EKS_TRIAGE, REFRESH, REMEDY, TRIAGE } from './identities.ts';
import type { Caller } from './kubectl.ts';
import type { Abuse } from './policy-checks.ts';

const JSON_TYPE = 'kubernetes.io/dockerconfigjson';
const NEW_DATA = { '.dockerconfigjson': dockerConfig('new') };
const LABELLED = { 'pullmedic.dev/refresh': 'true' };

export function patch(target: string, body: object | string, type = 'strategic'): readonly string[] {
  return [
    'patch',
    ...target.split(' '),
    `--type=${type}`,
    `--patch=${typeof body === 'string' ? body : JSON.stringify(body)}`,
  ];
}

export function inTemplate(podSpec: object): object {
  return { spec: { template: { spec: podSpec } } };
}

export function image(reference: string, container = 'app'): object {
  return inTemplate({ containers: [{ name: container, image: reference }] });
}

function status(pod: string, body: object): readonly string[] {
  return ['patch', 'pod', pod, '--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status: body })}`];
}

function pods(): readonly Abuse[] {
  const refuse = (
    rule: string,
    title: string,
    run: readonly string[],
    before: readonly (readonly string[])[] = [],
  ) => ({
    title: `deleting ${title}`,
    as: REMEDY,
    policy: 'pullmedic-pods',
    rule,
    run,
    before,
  });
  const ran = (fields: object) => [
    {
      name: 'app',
      image: 'x',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ImagePullBackOff' } },
      ...fields,
    },
  ];
  const now = '2026-01-01T00:00:00Z';
  return [
    refuse('only-controlled', 'a bare pod', ['delete', 'pod', 'bare', '--wait=false']),
    refuse('only-controlled', 'a bare pod, by a dry run', ['delete', 'pod', 'bare', '--dry-run=server']),
    refuse('not-job', 'a pod of a Job', [
      'delete',
      'pods',
      '--selector=batch.kubernetes.io/job-name=nightly',
      '--wait=false',
    ]),
    refuse('not-mirror', 'a mirror pod', ['delete', 'pod', 'mirror-node', '--wait=false']),
    refuse('not-mirror', 'a mirror pod that names another owner', [
      'delete',
      'pod',
      'mirror-deployment',
      '--wait=false',
    ]),
    refuse(
      'only-pending',
      'a running pod',
      ['delete', 'pod', 'POD:0', '--wait=false'],
      [status('POD:0', { phase: 'Running' })],
    ),
    refuse(
      'only-pending',
      'a failed pod',
      ['delete', 'pod', 'POD:0', '--wait=false'],
      [status('POD:0', { phase: 'Failed' })],
    ),
    refuse(
      'never-started',
      'a pod whose init container ran',
      ['delete', 'pod', 'POD:1', '--wait=false'],
      [
        status('POD:1', {
          initContainerStatuses: ran({
            name: 'init',
            state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } },
          }),
        }),
      ],
    ),
    refuse(
      'never-started',
      'a pod with a sidecar that runs',
      ['delete', 'pod', 'POD:2', '--wait=false'],
      [
        status('POD:2', {
          containerStatuses: ran({ name: 'sidecar', started: true, state: { running: { startedAt: now } } }),
        }),
      ],
    ),
    refuse(
      'never-started',
      'a pod that was restarted and cannot pull now',
      ['delete', 'pod', 'POD:3', '--wait=false'],
      [status('POD:3', { containerStatuses: ran({ restartCount: 1 }) })],
    ),
    refuse(
      'never-started',
      'a pod whose container ended before',
      ['delete', 'pod', 'POD:4', '--wait=false'],
      [
        status('POD:4', {
          containerStatuses: ran({ lastState: { terminated: { exitCode: 1, startedAt: now, finishedAt: now } } }),
        }),
      ],
    ),
    refuse('only-controlled', 'all pods at once', [
      'delete',
      '--raw',
      `/api/v1/namespaces/${BOUND}/pods?fieldSelector=metadata.name%3Dbare`,
    ]),
  ];
}

function secrets(): readonly Abuse[] {
  const refuse = (rule: string, title: string, run: readonly string[], input?: object, as: Caller = REFRESH) => ({
    title,
    as,
    policy: 'pullmedic-secrets',
    rule,
    run,
    ...(input === undefined ? {} : { input }),
  });
  const create = ['create', '--validate=false', '--filename=-'];
  const secret = (type: string, metadata: object, data: object = NEW_DATA) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'planted', ...metadata },
    type,
    data,
  });
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '11111111-2222-3333-4444-555555555555' };
  return [
    refuse('only-targets', 'writing a pull secret that is no target', patch('secret plain', { data: NEW_DATA })),
    refuse('only-targets', 'writing a pull secret that opted out', patch('secret opted-out', { data: NEW_DATA })),
    refuse(
      'only-targets',
      'labelling a pull secret and writing it at once',
      patch('secret plain', { metadata: { labels: LABELLED }, data: NEW_DATA }),
    ),
    refuse('only-targets', 'labelling a pull secret to write it later', [
      'label',
      'secret',
      'plain',
      'pullmedic.dev/refresh=true',
    ]),
    refuse('only-targets', 'creating a pull secret without the label', create, secret(JSON_TYPE, {})),
    refuse(
      'only-targets',
      'writing a pull secret that is no target, by the remedy identity',
      patch('secret plain', { data: NEW_DATA }),
      undefined,
      REMEDY,
    ),
    refuse(
      'only-targets',
      'writing a pull secret that is no target, by the triage identity',
      patch('secret plain', { data: NEW_DATA }),
      undefined,
      TRIAGE,
    ),
    refuse(
      'only-pull-secrets',
      'writing a labelled Secret that is no pull secret',
      patch('secret database', { data: { password: 'bmV3' } }),
    ),
    refuse(
      'only-pull-secrets',
      'creating a Secret that is no pull secret',
      create,
      secret('Opaque', { labels: LABELLED }),
    ),
    refuse(
      'only-pull-secrets',
      'creating a token of a service account',
      create,
      secret(
        'kubernetes.io/service-account-token',
        { labels: LABELLED, annotations: { 'kubernetes.io/service-account.name': 'app-sa' } },
        {},
      ),
    ),
    refuse(
      'only-credentials',
      'changing another key of a pull secret',
      patch('secret target', { data: { extra: 'bmV3' } }),
    ),
    refuse(
      'only-credentials',
      'changing another key as stringData',
      patch('secret target', { stringData: { extra: 'new' } }),
    ),
    refuse(
      'only-credentials',
      'removing another key of a pull secret',
      patch('secret target', { data: { extra: null } }, 'merge'),
    ),
    refuse(
      'only-credentials',
      'creating a pull secret with another key',
      create,
      secret(JSON_TYPE, { labels: LABELLED }, { ...NEW_DATA, extra: 'bmV3' }),
    ),
    refuse('only-credentials', 'making a pull secret immutable', patch('secret target', { immutable: true })),
    refuse(
      'only-own-annotations',
      'having another controller copy a pull secret',
      patch('secret target', {
        metadata: { annotations: { 'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true' } },
      }),
    ),
    refuse(
      'only-own-annotations',
      'creating a pull secret that is copied elsewhere',
      create,
      secret(JSON_TYPE, { labels: LABELLED, annotations: { 'replicator.v1.mittwald.de/replicate-to': '.*' } }),
    ),
    refuse(
      'only-own-annotations',
      'muting pullmedic on a pull secret',
      patch('secret target', { metadata: { annotations: { 'pullmedic.dev/mode': 'auto' } } }),
    ),
    {
      ...refuse('same-type', 'changing the type of a pull secret', [
        ...patch('secret target', { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': 'e30=' } }, 'merge'),
      ]),
      sooner: 'field is immutable',
    },
    refuse('same-metadata', 'taking the label off a target', ['label', 'secret', 'target', 'pullmedic.dev/refresh-']),
    refuse(
      'same-metadata',
      'adding a finalizer to a pull secret',
      patch('secret target', { metadata: { finalizers: ['example.com/x'] } }),
    ),
    refuse(
      'same-metadata',
      'giving a pull secret an owner',
      patch('secret target', { metadata: { ownerReferences: [owner] } }),
    ),
    refuse(
      'same-metadata',
      'creating a pull secret with a finalizer',
      create,
      secret(JSON_TYPE, { labels: LABELLED, finalizers: ['example.com/x'] }),
    ),
    refuse(
      'same-metadata',
      'creating a pull secret with a foreign label',
      create,
      secret(JSON_TYPE, { labels: { ...LABELLED, 'argocd.argoproj.io/instance': 'x' } }),
    ),
  ];
}

function workloads(): readonly Abuse[] {
  const refuse = (rule: string, title: string, run: readonly string[], as: Caller = REMEDY) => ({
    title,
    as,
    policy: 'pullmedic-workloads',
    rule,
    run,
  });
  const web = (body: object) => patch('deployment web', body);
  const json = (operations: readonly object[]) => patch('deployment web', JSON.stringify(operations), 'json');
  const container = (fields: object) => web(inTemplate({ containers: [{ name: 'app', ...fields }] }));
  const repository = [
    { to: 'registry.invalid:5000/team/other:v1', what: 'another repository' },
    { to: 'evil.invalid:5000/team/app:v1', what: 'another registry' },
    { to: 'registry.invalid:5001/team/app:v1', what: 'another port of the registry' },
    { to: 'registry.invalid:5000/team/app/x:v1', what: 'a repository below' },
    { to: 'registry.invalid:5000/team/app-x:v1', what: 'a repository whose name begins alike' },
    { to: `evil.invalid/x@${DIGEST}`, what: 'a digest of another repository' },
    { to: 'registry.invalid:5000/team/App:v1', what: 'a repository in other letters' },
  ];
  const reference = [
    { to: 'registry.invalid:5000/team/app', what: 'no tag at all' },
    { to: 'registry.invalid:5000/team/app:', what: 'an empty tag' },
    { to: 'registry.invalid:5000/team/app@sha256:abc', what: 'a digest cut short' },
    { to: 'registry.invalid:5000/team/app:v1 --privileged', what: 'a tag with a space' },
  ];
  return [
    ...repository.map(({ to, what }) => refuse('same-repository', `an image from ${what}`, web(image(to)))),
    refuse(
      'same-repository',
      'an init container from another repository',
      web(inTemplate({ initContainers: [{ name: 'init', image: 'evil.invalid/init:v1' }] })),
    ),
    refuse(
      'same-repository',
      'the images of two containers swapped',
      web(
        inTemplate({
          containers: [
            { name: 'app', image: 'nginx:1.27' },
            { name: 'sidecar', image: 'registry.invalid:5000/team/app:v1' },
          ],
        }),
      ),
    ),
    refuse(
      'same-repository',
      'Docker Hub spelt out, which is another string',
      web(image('docker.io/library/nginx:1.27', 'sidecar')),
    ),
    refuse('same-repository', 'another repository, by a dry run', [
      ...web(image('evil.invalid/x:v1')),
      '--dry-run=server',
    ]),
    refuse('same-repository', 'another repository, by the EKS identity', web(image('evil.invalid/x:v1')), EKS_REMEDY),
    refuse('same-repository', 'another repository, by the triage identity', web(image('evil.invalid/x:v1')), TRIAGE),
    refuse(
      'same-repository',
      'another repository in a StatefulSet',
      patch('statefulset db', image('evil.invalid/x:v1')),
    ),
    refuse(
      'same-repository',
      'another repository in a DaemonSet',
      patch('daemonset agent', image('evil.invalid/x:v1')),
    ),
    refuse(
      'same-repository',
      'another repository in the last of 40 containers',
      patch('deployment large', image('evil.invalid/x:v1', 'c39')),
    ),
    ...reference.map(({ to, what }) => refuse('whole-reference', `an image with ${what}`, web(image(to)))),
    refuse('only-image', 'a variable', container({ env: [{ name: 'MODE', value: 'b' }] })),
    refuse(
      'only-image',
      'a variable beside a good tag',
      container({ image: 'registry.invalid:5000/team/app:v2', env: [{ name: 'MODE', value: 'b' }] }),
    ),
    refuse('only-image', 'a command', container({ command: ['sh', '-c', 'id'] })),
    refuse('only-image', 'the pull policy', container({ imagePullPolicy: 'Never' })),
    refuse('only-image', 'privileges', container({ securityContext: { privileged: true } })),
    refuse('only-image', 'a field taken away', json([{ op: 'remove', path: '/spec/template/spec/containers/0/env' }])),
    refuse(
      'only-image',
      'a variable of an init container',
      web(inTemplate({ initContainers: [{ name: 'init', env: [{ name: 'A', value: 'b' }] }] })),
    ),
    refuse('only-image', 'the service account', web(inTemplate({ serviceAccountName: 'app-sa' }))),
    refuse('only-image', "the node's network", web(inTemplate({ hostNetwork: true }))),
    refuse('only-image', 'a volume', web(inTemplate({ volumes: [{ name: 'root', hostPath: { path: '/' } }] }))),
    refuse(
      'only-image',
      'a field of the pod taken away',
      json([{ op: 'remove', path: '/spec/template/spec/nodeSelector' }]),
    ),
    refuse('only-image', 'the number of replicas', web({ spec: { replicas: 0 } })),
    refuse('only-image', 'the pause of a rollout', web({ spec: { paused: true } })),
    refuse(
      'only-image',
      'the update strategy of a DaemonSet',
      patch('daemonset agent', { spec: { minReadySeconds: 9 } }),
    ),
    refuse(
      'same-containers',
      'a container more',
      web(inTemplate({ containers: [{ name: 'miner', image: 'registry.invalid:5000/team/app:v1' }] })),
    ),
    refuse('same-containers', 'a container less', json([{ op: 'remove', path: '/spec/template/spec/containers/1' }])),
    refuse(
      'same-containers',
      'an init container less',
      json([{ op: 'remove', path: '/spec/template/spec/initContainers' }]),
    ),
    refuse(
      'same-containers',
      'containers in another order',
      json([{ op: 'move', from: '/spec/template/spec/containers/1', path: '/spec/template/spec/containers/0' }]),
    ),
    refuse(
      'same-containers',
      'a container renamed',
      json([{ op: 'replace', path: '/spec/template/spec/containers/1/name', value: 'proxy' }]),
    ),
    refuse('only-own-annotations', 'the mode that people set taken away', [
      'annotate',
      'deployment',
      'web',
      'pullmedic.dev/mode-',
    ]),
    refuse('only-own-annotations', 'the mode that people set changed', [
      'annotate',
      '--overwrite',
      'deployment',
      'web',
      'pullmedic.dev/mode=auto',
    ]),
    refuse('only-own-annotations', "somebody else's annotation", [
      'annotate',
      '--overwrite',
      'deployment',
      'web',
      'example.com/owner=x',
    ]),
    refuse(
      'only-own-annotations',
      'a foreign annotation of the pods',
      web({ spec: { template: { metadata: { annotations: { 'sidecar.istio.io/inject': 'true' } } } } }),
    ),
    refuse(
      'only-own-annotations',
      'an annotation of the pods taken away',
      web({ spec: { template: { metadata: { annotations: { 'example.com/team': null } } } } }),
    ),
    refuse('same-metadata', 'a label', ['label', 'deployment', 'web', 'a=b']),
    refuse('same-metadata', 'a label of the pods', web({ spec: { template: { metadata: { labels: { a: 'b' } } } } })),
    refuse('same-metadata', 'a finalizer', web({ metadata: { finalizers: ['example.com/x'] } })),
  ].map((abuse) => ({ ...abuse, title: `in a workload: ${abuse.title}` }));
}

function serviceAccounts(): readonly Abuse[] {
  const refuse = (rule: string, title: string, body: object) => ({
    title: `in a ServiceAccount: ${title}`,
    as: REMEDY,
    policy: 'pullmedic-service-accounts',
    rule,
    run: patch('serviceaccount app-sa', body),
  });
  return [
    refuse('only-own-annotations', 'another cloud identity', {
      metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/admin' } },
    }),
    refuse('same-metadata', 'a label', { metadata: { labels: { team: 'x' } } }),
    refuse('only-pull-secrets', 'the secrets that pods may mount', { secrets: [{ name: 'database' }] }),
    refuse('only-pull-secrets', 'the mount of its token', { automountServiceAccountToken: true }),
  ];
}

function events(): readonly Abuse[] {
  const refuse = (title: string, run: readonly string[], input?: object) => ({
    title,
    as: TRIAGE,
    policy: 'pullmedic-events',
    rule: 'only-own-events',
    run,
    ...(input === undefined ? {} : { input }),
  });
  const event = (reason: string, kind: string) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'planted' },
    involvedObject: { kind, name: 'bare', namespace: BOUND },
    reason,
    message: 'x',
    type: 'Normal',
  });
  return [
    refuse("changing the kubelet's event", patch('event foreign', { message: 'all is well' })),
    refuse("taking the kubelet's event over", patch('event foreign', { reason: 'ImagePullDiagnosed' })),
    refuse(
      "an event that looks like the kubelet's",
      ['create', '--validate=false', '--filename=-'],
      event('Pulled', 'Pod'),
    ),
    refuse(
      'an event about something else than a pod',
      ['create', '--validate=false', '--filename=-'],
      event('ImagePullDiagnosed', 'Secret'),
    ),
  ];
}

function nothingElse(): readonly Abuse[] {
  const refuse = (title: string, run: readonly string[], as: Caller = REMEDY, input?: object) => ({
    title,
    as,
    policy: 'pullmedic-nothing-else',
    rule: 'nothing-else',
    run,
    ...(input === undefined ? {} : { input }),
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'planted' },
    spec: { containers: [{ name: 'app', image: 'nginx:1.27' }] },
  };
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'bare', namespace: BOUND } };
  const daemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'planted' },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod.spec } },
  };
  return [
    refuse('creating a pod', ['create', '--validate=false', '--filename=-'], REMEDY, pod),
    refuse(
      'creating a pod, by the EKS triage identity',
      ['create', '--validate=false', '--filename=-'],
      EKS_TRIAGE,
      pod,
    ),
    refuse('creating a DaemonSet', ['create', '--validate=false', '--filename=-'], REMEDY, daemonSet),
    refuse('creating a Job', ['create', 'job', 'planted', '--image=nginx:1.27']),
    refuse('running a command in a pod', ['exec', 'bare', '--', 'true']),
    refuse(
      'evicting a pod',
      ['create', '--raw', `/api/v1/namespaces/${BOUND}/pods/bare/eviction`, '--filename=-'],
      REMEDY,
      eviction,
    ),
    refuse('labelling a pod', ['label', 'pod', 'bare', 'a=b']),
    refuse("writing a pod's status", [
      'patch',
      'pod',
      'bare',
      '--subresource=status',
      '--type=merge',
      '--patch={"status":{"phase":"Running"}}',
    ]),
    refuse('scaling a workload', ['scale', 'deployment', 'web', '--replicas=0']),
    refuse('deleting a workload', ['delete', 'deployment', 'web', '--wait=false']),
    refuse('deleting a target Secret', ['delete', 'secret', 'target'], REFRESH),
    refuse('deleting a Secret that is no target', ['delete', 'secret', 'database'], REFRESH),
    refuse('a token of a service account', ['create', 'token', 'app-sa']),
    refuse('creating a service account', ['create', 'serviceaccount', 'planted']),
    refuse('granting itself a role', [
      'create',
      'rolebinding',
      'planted',
      '--clusterrole=cluster-admin',
      '--serviceaccount=pullmedic:pullmedic-remedy',
    ]),
    refuse('deleting an event', ['delete', 'event', 'foreign'], TRIAGE),
    refuse('creating a config map', ['create', 'configmap', 'planted'], TRIAGE),
    refuse('labelling a namespace', ['label', 'namespace', BOUND, 'pod-security.kubernetes.io/enforce=privileged']),
  ];
}

/** Everything that the policies exist to refuse, each with the rule that must refuse it. */
export const ABUSES: readonly Abuse[] = [
  ...pods(),
  ...secrets(),
  ...workloads(),
  ...serviceAccounts(),
  ...events(),
  ...nothingElse(),
];

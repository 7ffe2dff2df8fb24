import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventObject, PodObject, PodSpecObject, WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import { EVENTS, PODS } from '../../infra/local/kubernetes/resources.ts';
import { pullSecret } from '../../infra/local/scenarios/objects.ts';
import { type Embedded, eventually, manifest, startEmbedded } from './embedded.ts';

const CAPTURES = join(import.meta.dirname, '..', 'fixtures', 'captures', 'containerd-2.4.2');

/** Cases that end in ImagePullBackOff, with what the registry needs for them. */
const BACK_OFF = [
  'tag-not-found',
  'repo-not-found',
  'digest-not-found',
  'dns-failure',
  'connection-refused',
  'private-no-secret',
  'private-wrong-password',
  'private-secret-missing',
  'private-secret-other-host',
  'secret-missing-public-image',
  'plain-http-registry',
  'x509-unknown-ca',
  'x509-expired',
  'x509-wrong-name',
  'platform-mismatch',
  'corrupt-layer',
  'blob-missing',
  'blob-cut-short',
  'rate-limit-dockerhub',
  'rate-limit-all',
  'rate-limit-plain-http',
  'unavailable-503',
  'error-500',
  'forbidden-403',
  'proxy-502',
  'timeout-no-answer',
  'timeout-tls-handshake',
  'timeout-dial',
  'dockerhub-tag-not-found',
  'dockerhub-repo-missing-or-private',
  'dockerhub-typo-host',
  'ecr-no-credentials',
  'ghcr-denied',
  'init-container',
  'sidecar-of-two',
  'two-bad-containers',
  'image-volume',
] as const;

/** Cases that never reach ImagePullBackOff, with the reason that they keep. */
const OTHERS = [
  { name: 'never-absent', reason: 'ErrImageNeverPull' },
  { name: 'invalid-name', reason: 'InvalidImageName' },
  { name: 'invalid-name-uppercase', reason: 'InvalidImageName' },
  { name: 'invalid-name-scheme', reason: 'InvalidImageName' },
] as const;

const WORKLOADS = ['deployment', 'statefulset', 'daemonset', 'job'] as const;

/** What `private-*` cases hold beside the pod. */
const SECRETS: Readonly<Record<string, readonly [host: string, password: string]>> = {
  'private-wrong-password': ['private.example.com', 'wrong'],
  'private-secret-other-host': ['registry.example.com', 's3cret'],
};

function capture<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(CAPTURES, name, file), 'utf8')) as T;
}

/** Takes away what differs from run to run: digests, times, sizes, addresses of the name server. */
function normal(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, (digest) => (digest.endsWith('0000000000') ? digest : 'sha256:DIGEST'))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/on 10\.[\d.]+:53/g, 'on DNS:53')
    .replaceAll(/expected \d+ bytes but got \d+/g, 'expected N bytes but got N');
}

/** What admission added to the recorded pod, which the embedded server adds by itself. */
function asWritten(spec: PodSpecObject): object {
  const { containers, initContainers, imagePullSecrets, volumes } = spec;
  const bare = (all: typeof containers | undefined) =>
    all?.map(({ name, image, imagePullPolicy, volumeMounts }) => ({
      name,
      image,
      imagePullPolicy,
      volumeMounts: volumeMounts?.filter((mount) => !mount.name.startsWith('kube-api-access')),
    }));
  return {
    containers: bare(containers),
    ...(initContainers && { initContainers: bare(initContainers) }),
    ...(imagePullSecrets && { imagePullSecrets }),
    volumes: volumes?.filter(({ name }) => !name.startsWith('kube-api-access')),
  };
}

function statuses(pod: PodObject) {
  return [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
}

/** Name, reason and message of everything that waits. */
function waiting(pod: PodObject): readonly string[] {
  return statuses(pod).flatMap(({ name, state }) =>
    state.waiting ? [`${name}: ${state.waiting.reason}: ${normal(state.waiting.message ?? '')}`] : [],
  );
}

function conditions(pod: PodObject): readonly string[] {
  return (pod.status.conditions ?? []).map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason ?? ''} ${message ?? ''}`,
  );
}

/** Type, reason, place, source and words of every event, each once. */
function eventLines(events: readonly EventObject[]): readonly string[] {
  const lines = events
    .filter(({ involvedObject }) => involvedObject.kind === 'Pod')
    .map(({ type, reason, message, involvedObject, reportingComponent, source }) =>
      [type, reason, involvedObject.fieldPath ?? '', reportingComponent, source.component ?? '', normal(message)].join(
        '|',
      ),
    );
  return [...new Set(lines)].sort();
}

describe('the embedded kubelet says what a real one said', () => {
  let embedded: Embedded;

  function podOf(namespace: string): PodObject | undefined {
    return embedded.cluster.list(PODS, namespace)[0] as PodObject | undefined;
  }

  function eventsOf(namespace: string): readonly string[] {
    return eventLines(embedded.cluster.list(EVENTS, namespace) as readonly EventObject[]);
  }

  async function reached(namespace: string, reason: string): Promise<PodObject> {
    return eventually(`${namespace} shows ${reason}`, () => {
      const pod = podOf(namespace);
      const failing =
        pod && statuses(pod).filter(({ state }) => state.waiting && state.waiting.reason !== 'PodInitializing');
      return failing?.length && failing.every(({ state }) => state.waiting?.reason === reason) ? pod : undefined;
    });
  }

  beforeAll(async () => {
    embedded = await startEmbedded(30);
    const { registry, cluster } = embedded;
    registry.addImage('private.example.com/team/secret-app:v1');
    registry.addImage('registry.example.com/team/arm-only:v1', { platforms: ['linux/arm64'] });
    registry.addImage('registry.example.com/team/corrupt:v1', { fault: 'corrupt-blobs' });
    for (const name of ['app', 'missing-layer', 'cut']) registry.addImage(`registry.example.com/team/${name}:v1`);
    registry.addImage('redis:7.2');
    registry.addImage('nginx:1.27');
    registry.setRateLimited('docker.io', true, ['library/redis']);
    registry.addHost({ host: 'unknown-to-proxy.example.com', auth: 'open', connect: 'proxy-502' });
    registry.addHost({ host: '127.0.0.1:5004', auth: 'open', connect: 'dial-timeout' });
    for (const { images } of cluster.kubelets) {
      const sizeBytes = 20_480;
      images.add('registry.example.com/team/app:v1', { digest: `sha256:${'a'.repeat(64)}`, sizeBytes }, undefined);
    }
    for (const name of [...BACK_OFF, ...OTHERS.map((one) => one.name)]) {
      const recorded = capture<PodObject>(name, 'pod.json');
      const [host, password] = SECRETS[name] ?? [];
      if (host && password) cluster.apply([pullSecret(name, 'regcred', host, 'puller', password)]);
      const metadata = { name: 'app', namespace: name, labels: { app: 'app' } };
      cluster.apply([manifest({ apiVersion: 'v1', kind: 'Pod', metadata, spec: asWritten(recorded.spec) })]);
    }
    for (const name of WORKLOADS) {
      const [owner] = capture<{ items: WorkloadObject[] }>(name, 'owners.json').items;
      if (!owner) throw new Error(`${name} has no owner`);
      const { template, selector, serviceName } = owner.spec;
      const spec = {
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            ...asWritten(template.spec),
            ...(name === 'job' && { restartPolicy: 'Never' }),
          },
        },
        ...(name !== 'job' && { selector }),
        ...(serviceName && { serviceName }),
      };
      const metadata = { name: 'web', namespace: name };
      cluster.apply([manifest({ apiVersion: owner.apiVersion, kind: owner.kind, metadata, spec })]);
    }
  });

  afterAll(async () => {
    await embedded.stop();
    expect(embedded.errors).toEqual([]);
  });

  it.each(BACK_OFF)('%s: ErrImagePull, ImagePullBackOff, conditions and events', async (name) => {
    const recorded = capture<PodObject>(name, 'pod.ImagePullBackOff.json');
    const pod = await reached(name, 'ImagePullBackOff');
    expect(waiting(pod)).toEqual(waiting(recorded));
    expect(conditions(pod)).toEqual(conditions(recorded));
    expect(pod.status.phase).toBe(recorded.status.phase);
    // The Failed event repeats the words of the first ErrImagePull; both are in the recorded list.
    const recordedEvents = eventLines(capture<{ items: EventObject[] }>(name, 'events.json').items);
    expect(eventsOf(name)).toEqual(recordedEvents);
  });

  it.each(OTHERS)('$name: stays $reason and never becomes ImagePullBackOff', async ({ name, reason }) => {
    const recorded = capture<PodObject>(name, 'pod.json');
    const pod = await reached(name, reason);
    expect(waiting(pod)).toEqual(waiting(recorded));
    await eventually('three tries', () => {
      const events = embedded.cluster.list(EVENTS, name) as readonly EventObject[];
      return events.some(({ reason: why, count }) => why === 'Failed' && (count ?? 0) >= 3) ? true : undefined;
    });
    expect(eventsOf(name)).toEqual(eventLines(capture<{ items: EventObject[] }>(name, 'events.json').items));
    expect(podOf(name)?.status.containerStatuses?.[0]?.state.waiting?.reason).toBe(reason);
  });

  it.each(WORKLOADS)('%s: its pod waits in the recorded words and names its owner', async (name) => {
    const recorded = capture<PodObject>(name, 'pod.ImagePullBackOff.json');
    const pod = await reached(name, 'ImagePullBackOff');
    expect(waiting(pod)).toEqual(waiting(recorded));
    const labels = (one: PodObject) => Object.keys(one.metadata.labels ?? {}).sort();
    expect(labels(pod)).toEqual(labels(recorded));
    expect(pod.metadata.ownerReferences?.[0]).toMatchObject({
      kind: recorded.metadata.ownerReferences?.[0]?.kind,
      controller: true,
    });
  });

  it('a pull that succeeds tells its duration and size; a cached one says so', async () => {
    const { cluster } = embedded;
    const spec = { containers: [{ name: 'app', image: 'nginx:1.27' }] };
    cluster.apply([manifest({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'first' }, spec })]);
    await eventually('first runs', () => (podOf('first')?.status.phase === 'Running' ? true : undefined));
    cluster.apply([manifest({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'second' }, spec })]);
    const second = await eventually('second runs', () => {
      const pod = podOf('second');
      return pod?.status.phase === 'Running' ? pod : undefined;
    });
    expect(eventsOf('first').join('\n')).toMatch(
      /Normal\|Pulled\|spec\.containers\{app\}\|kubelet\|kubelet\|Successfully pulled image "nginx:1\.27" in (\d+m)?[\d.]+m?s \((\d+m)?[\d.]+m?s including waiting\)\. Image size: \d+ bytes\./,
    );
    expect(eventsOf('second').join('\n')).toContain(
      'Container image "nginx:1.27" already present on machine and can be accessed by the pod',
    );
    expect(second.status.containerStatuses?.[0]).toMatchObject({
      image: 'docker.io/library/nginx:1.27',
      imageID: expect.stringMatching(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/),
      ready: true,
    });
  });

  it('a layer that stalls stays ContainerCreating with Pulling last', async () => {
    const { cluster } = embedded;
    const spec = { containers: [{ name: 'app', image: 'stall.example.com/team/app:v1' }] };
    // Another digest than what is on the node already, so that it must be fetched.
    embedded.registry.addImage('registry.example.com/team/stalled:v1');
    spec.containers[0] = { name: 'app', image: 'stall.example.com/team/stalled:v1' };
    cluster.apply([manifest({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'stalled' }, spec })]);
    await eventually('it pulls', () =>
      eventsOf('stalled').some((line) => line.includes('|Pulling|')) ? true : undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(podOf('stalled')?.status.containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    });
    expect(eventsOf('stalled').filter((line) => /Failed|BackOff/.test(line))).toEqual([]);
  });
});

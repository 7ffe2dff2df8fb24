import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventObject, PodObject } from '../../infra/local/kubernetes/objects.ts';
import { EVENTS, PODS, SECRETS } from '../../infra/local/kubernetes/resources.ts';
import { deleteStuckPods, pod, pullSecret, setPodImage } from '../../infra/local/scenarios/objects.ts';
import { type Embedded, eventually, startEmbedded } from './embedded.ts';

const SCALE = 20;
const ECR_HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOUR_MS = 3600_000;

let embedded: Embedded;

beforeEach(async () => {
  embedded = await startEmbedded(SCALE);
});

afterEach(async () => {
  await embedded.stop();
  expect(embedded.errors).toEqual([]);
});

function podNamed(name: string): PodObject | undefined {
  return embedded.cluster.get(PODS, 'default', name) as PodObject | undefined;
}

function waitingOf(name: string): { reason: string; message?: string } | undefined {
  return podNamed(name)?.status.containerStatuses?.[0]?.state.waiting;
}

function events(reason: string, words = ''): readonly EventObject[] {
  const all = embedded.cluster.list(EVENTS, 'default') as readonly EventObject[];
  return all.filter((event) => event.reason === reason && event.message.includes(words));
}

async function shows(name: string, reason: string): Promise<string> {
  const found = await eventually(`${name} shows ${reason}`, () => {
    const waiting = waitingOf(name);
    return waiting?.reason === reason ? waiting : undefined;
  });
  return found.message ?? '';
}

async function runs(name: string): Promise<PodObject> {
  return eventually(`${name} runs`, () => {
    const found = podNamed(name);
    return found?.status.phase === 'Running' ? found : undefined;
  });
}

describe('the rhythm of pulls', () => {
  it('shows ErrImagePull after 1 to 2 s, ImagePullBackOff 10 to 15 s later, and tries at 10, 20, 40 s', async () => {
    const { cluster } = embedded;
    const reasons: { reason: string; at: number }[] = [];
    const tries: number[] = [];
    const start = performance.now();
    const elapsed = () => ((performance.now() - start) * SCALE) / 1000;
    cluster.api.store.subscribe(({ resource, object }) => {
      if (resource === EVENTS && (object as EventObject).reason === 'Pulling') tries.push(elapsed());
      if (resource !== PODS) return;
      const reason = (object as PodObject).status.containerStatuses?.[0]?.state.waiting?.reason;
      if (reason && reasons.at(-1)?.reason !== reason) reasons.push({ reason, at: elapsed() });
    });
    cluster.apply([pod('app', 'registry.example.com/team/app:v999')]);
    await eventually('four tries', () => (tries.length >= 4 ? true : undefined));

    expect(reasons.slice(0, 4).map(({ reason }) => reason)).toEqual([
      'ContainerCreating',
      'ErrImagePull',
      'ImagePullBackOff',
      'ErrImagePull',
    ]);
    const [, failed, backedOff, again] = reasons;
    // A busy machine adds some real milliseconds, each of them 20 here.
    expect(failed?.at).toBeGreaterThan(1.5);
    expect(failed?.at).toBeLessThan(8);
    expect((backedOff?.at ?? 0) - (failed?.at ?? 0)).toBeGreaterThanOrEqual(9.5);
    expect((again?.at ?? 0) - (backedOff?.at ?? 0)).toBeGreaterThanOrEqual(9.5);
    const gaps = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(10);
    expect(gaps[1]).toBeGreaterThanOrEqual(20);
    expect(gaps[2]).toBeGreaterThanOrEqual(40);
  });

  it('counts repeated events up instead of writing new ones, BackOff as Normal and Failed as Warning', async () => {
    embedded.cluster.apply([pod('app', 'registry.example.com/team/app:v999')]);
    const backOff = await eventually('BackOff counts up', () =>
      events('BackOff').find(({ count }) => (count ?? 0) >= 3),
    );
    expect(backOff.type).toBe('Normal');
    expect(events('BackOff')).toHaveLength(1);
    expect(events('Failed').map(({ type }) => type)).toEqual(['Warning', 'Warning', 'Warning']);
  });

  it('forgets the back-off when the clock is moved and the cluster woken', async () => {
    const { cluster, clock, registry } = embedded;
    cluster.apply([pod('app', 'registry.example.com/team/app:v2')]);
    await shows('app', 'ImagePullBackOff');
    registry.addImage('registry.example.com/team/app:v2');
    clock.advance(HOUR_MS);
    cluster.wake();
    await runs('app');
  });

  it('gives a changed image a back-off of its own', async () => {
    const { registry, cluster } = embedded;
    registry.addImage('nginx:1.27');
    cluster.apply([pod('app', 'nginx:1.99')]);
    await shows('app', 'ErrImagePull');
    const start = performance.now();
    setPodImage(embedded, 'default', 'app', 'nginx:1.27');
    await runs('app');
    expect(((performance.now() - start) * SCALE) / 1000).toBeLessThan(20);
  });

  it('deletes a pod whose pull hangs', async () => {
    const { registry, cluster } = embedded;
    registry.freeze('registry.example.com');
    cluster.apply([pod('app', 'registry.example.com/team/app:v1')]);
    await eventually('it pulls', () => (events('Pulling').length > 0 ? true : undefined));
    cluster.delete(PODS, 'default', 'app');
    await eventually('it is gone', () => (podNamed('app') ? undefined : true));
  });
});

describe('pull policies and the image cache', () => {
  it('never asks the registry for an IfNotPresent image that the node has, and does for Always', async () => {
    const { registry, cluster } = embedded;
    registry.addImage('registry.example.com/team/app:v1');
    cluster.apply([pod('first', 'registry.example.com/team/app:v1')]);
    await runs('first');
    const asked = registry.requests().length;
    cluster.apply([pod('second', 'registry.example.com/team/app:v1')]);
    await runs('second');
    expect(registry.requests()).toHaveLength(asked);
    cluster.apply([pod('third', 'registry.example.com/team/app:v1', { policy: 'Always' })]);
    await runs('third');
    expect(registry.requests().slice(asked)).toEqual(['HEAD registry.example.com/v2/team/app/manifests/v1']);
  });

  it('fails an Always pull when the registry refuses, although the node has the image', async () => {
    const { registry, cluster } = embedded;
    registry.addImage('registry.example.com/team/app:v1');
    cluster.apply([pod('first', 'registry.example.com/team/app:v1')]);
    await runs('first');
    registry.setAnswerFault('registry.example.com', 'unavailable');
    cluster.apply([pod('second', 'registry.example.com/team/app:v1', { policy: 'Always' })]);
    expect(await shows('second', 'ErrImagePull')).toContain('503 Service Unavailable');
  });

  it('keeps a private image that one pod pulled from a pod without its credentials', async () => {
    const { registry, cluster } = embedded;
    const image = 'private.example.com/team/secret-app:v1';
    registry.addImage(image);
    cluster.apply([pullSecret('default', 'regcred', 'private.example.com', 'puller', 's3cret')]);
    cluster.apply([pod('with', image, { secrets: ['regcred'] })]);
    await runs('with');
    cluster.apply([pod('without', image)]);
    expect(await shows('without', 'ErrImagePull')).toContain('no basic auth credentials');
  });

  it('pulls only for the architecture of its node', async () => {
    const { registry, cluster } = embedded;
    registry.addImage('registry.example.com/team/arm:v1', { platforms: ['linux/arm64'] });
    const onArm = pod('arm', 'registry.example.com/team/arm:v1');
    const spec = onArm['spec'] as object;
    const tolerations = [{ key: 'kubernetes.io/arch', operator: 'Exists' }];
    cluster.apply([{ ...onArm, spec: { ...spec, nodeSelector: { 'kubernetes.io/arch': 'arm64' }, tolerations } }]);
    expect((await runs('arm')).spec.nodeName).toBe('node-2');
  });
});

describe('pull secrets', () => {
  it('takes a corrected secret at the next try, without a new pod', async () => {
    const { registry, cluster } = embedded;
    const image = 'private.example.com/team/secret-app:v1';
    registry.addImage(image);
    cluster.apply([pullSecret('default', 'regcred', 'private.example.com', 'puller', 'wrong')]);
    cluster.apply([pod('app', image, { secrets: ['regcred'] })]);
    expect(await shows('app', 'ErrImagePull')).toContain('401 Unauthorized');
    cluster.apply([pullSecret('default', 'regcred', 'private.example.com', 'puller', 's3cret')]);
    await runs('app');
  });

  it('tries every matching credential and says equal errors once', async () => {
    const { registry, cluster } = embedded;
    registry.addImage('acme/app:v1', { isPrivate: true });
    registry.setCredentials('docker.io', 'right', 'right');
    const tokens = () => registry.requests().filter((line) => line.startsWith('GET docker.io/token'));
    cluster.apply([
      pullSecret('default', 'one', 'docker.io', 'a', 'wrong'),
      pullSecret('default', 'two', 'docker.io/acme', 'b', 'wrong'),
      pod('app', 'acme/app:v1', { secrets: ['one', 'two'] }),
    ]);
    expect(await shows('app', 'ErrImagePull')).toMatch(
      /^failed to pull .* failed to fetch oauth token: .* 401 Unauthorized$/,
    );
    expect(tokens()).toHaveLength(2);
  });

  it('copies the secrets of the ServiceAccount only at creation and only into a pod that names none', async () => {
    const { cluster } = embedded;
    const account = (names: readonly string[]) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
      imagePullSecrets: names.map((name) => ({ name })),
    });
    cluster.apply([pod('before', 'nginx:1.27')]);
    cluster.apply([account(['attached'])]);
    cluster.apply([pod('after', 'nginx:1.27'), pod('own', 'nginx:1.27', { secrets: ['mine'] })]);
    expect(podNamed('before')?.spec.imagePullSecrets).toBeUndefined();
    expect(podNamed('after')?.spec.imagePullSecrets).toEqual([{ name: 'attached' }]);
    expect(podNamed('own')?.spec.imagePullSecrets).toEqual([{ name: 'mine' }]);
  });

  it('pulls from ECR with a token and gets 403 once it has expired', async () => {
    const { registry, cluster, ecr, clock } = embedded;
    const image = `${ECR_HOST}/shop:v1`;
    registry.addImage(image);
    const { password } = ecr.tokens.issue('eu-west-1');
    cluster.apply([
      pullSecret('default', 'ecr', ECR_HOST, 'AWS', password),
      pod('fresh', image, { secrets: ['ecr'], policy: 'Always' }),
    ]);
    await runs('fresh');
    clock.advance(13 * HOUR_MS);
    cluster.wake();
    cluster.apply([pod('late', image, { secrets: ['ecr'], policy: 'Always' })]);
    expect(await shows('late', 'ErrImagePull')).toBe(
      `failed to pull and unpack image "${image}": failed to resolve image: unexpected status from HEAD request to https://${ECR_HOST}/v2/shop/manifests/v1: 403 Forbidden\ndenied`,
    );
    cluster.apply([pullSecret('default', 'ecr', ECR_HOST, 'AWS', ecr.tokens.issue('eu-west-1').password)]);
    deleteStuckPods(embedded, 'default');
    expect(cluster.get(SECRETS, 'default', 'ecr')).toBeDefined();
  });
});

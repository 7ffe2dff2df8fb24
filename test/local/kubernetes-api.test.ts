import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from '@kubernetes/client-node';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, PODS } from '../../infra/local/kubernetes/resources.ts';
import { deployment, pod, pullSecret } from '../../infra/local/scenarios/objects.ts';
import { type Embedded, eventually, startEmbedded } from './embedded.ts';

let embedded: Embedded;
let config: KubeConfig;
let core: CoreV1Api;

beforeEach(async () => {
  embedded = await startEmbedded(20);
  config = new KubeConfig();
  config.loadFromString(embedded.cluster.kubeconfig());
  core = config.makeApiClient(CoreV1Api);
});

afterEach(async () => {
  await embedded.stop();
  expect(embedded.errors).toEqual([]);
});

async function call(method: string, path: string, body?: unknown, type = 'application/json') {
  const response = await fetch(`${embedded.cluster.server}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': type } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> & { message?: string } };
}

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

describe('the default service account', () => {
  const podIn = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace },
    spec: { containers: [{ name: 'app', image: 'nginx:1.99' }] },
  });
  const create = (namespace: string) => call('POST', `/api/v1/namespaces/${namespace}/pods`, podIn(namespace));

  it('is there for a pod that follows its namespace at once', async () => {
    for (let n = 0; n < 25; n += 1) {
      const name = `fresh-${n}`;
      await call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      expect(await create(name)).toMatchObject({ status: 201 });
    }
  });

  it('is awaited by nobody: a pod that comes before it is forbidden, in the words of the real API server', () => {
    const { api } = embedded.cluster;
    const by = { manager: 'test' };
    // In one turn: the controller that makes it comes after.
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'raced' } };
    api.create(NAMESPACES, namespace as unknown as ApiObject, by);
    expect(() => api.create(PODS, podIn('raced') as unknown as ApiObject, by)).toThrow(
      'pods "app" is forbidden: error looking up service account raced/default: serviceaccount "default" not found',
    );
  });
});

describe('with the official client', () => {
  it('creates, reads, lists by fields and labels, and deletes', async () => {
    embedded.cluster.apply([pod('stuck', 'nginx:1.99'), pod('other', 'nginx:1.99')]);
    await core.createNamespacedSecret({
      namespace: 'default',
      body: { metadata: { name: 's' }, stringData: { key: 'value' } },
    });
    const secret = await core.readNamespacedSecret({ namespace: 'default', name: 's' });
    expect([secret.data, secret.type]).toEqual([{ key: 'dmFsdWU=' }, 'Opaque']);
    const pending = await core.listPodForAllNamespaces({ fieldSelector: 'status.phase=Pending' });
    expect(pending.items.map(({ metadata }) => metadata?.name).sort()).toEqual(['other', 'stuck']);
    const labelled = await core.listNamespacedPod({ namespace: 'default', labelSelector: 'run in (stuck),!gone' });
    expect(labelled.items).toHaveLength(1);
    const typed = await core.listSecretForAllNamespaces({ fieldSelector: 'type=kubernetes.io/dockerconfigjson' });
    expect(typed.items).toEqual([]);
    await core.deleteNamespacedSecret({ namespace: 'default', name: 's' });
    await expect(core.readNamespacedSecret({ namespace: 'default', name: 's' })).rejects.toMatchObject({ code: 404 });
  });

  it('pages a list with limit and continue', async () => {
    for (let i = 0; i < 5; i += 1) embedded.cluster.apply([pullSecret('default', `s${i}`, 'ghcr.io', 'u', 'p')]);
    const names: (string | undefined)[] = [];
    let next: string | undefined;
    do {
      const page = await core.listNamespacedSecret({
        namespace: 'default',
        limit: 2,
        ...(next && { _continue: next }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      next = page.metadata?._continue;
    } while (next);
    expect(names).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  it('watches: what is there, what changes, what goes', async () => {
    const seen: string[] = [];
    embedded.cluster.apply([pullSecret('default', 'before', 'ghcr.io', 'u', 'p')]);
    const informer = makeInformer(config, '/api/v1/namespaces/default/secrets', () =>
      core.listNamespacedSecret({ namespace: 'default' }),
    );
    for (const event of ['add', 'update', 'delete'] as const) {
      informer.on(event, ({ metadata }) => seen.push(`${event} ${metadata?.name}`));
    }
    // The end of the watch at stop is not an error of this test.
    informer.on('error', () => {});
    await informer.start();
    embedded.cluster.apply([pullSecret('default', 'after', 'ghcr.io', 'u', 'p')]);
    await core.patchNamespacedSecret(
      { namespace: 'default', name: 'after', body: { metadata: { labels: { a: 'b' } } } },
      merge,
    );
    await core.deleteNamespacedSecret({ namespace: 'default', name: 'before' });
    await eventually('the informer saw all', () => (seen.includes('delete before') ? true : undefined));
    expect(seen).toEqual(['add before', 'add after', 'update after', 'delete before']);
    await informer.stop();
  });

  it('tells a watcher with a selector that an object left it', async () => {
    const seen: string[] = [];
    embedded.registry.addImage('nginx:1.27');
    const watch = new Watch(config);
    const controller = await watch.watch(
      '/api/v1/pods',
      { fieldSelector: 'status.phase=Pending' },
      (phase: string) => seen.push(phase),
      () => {},
    );
    embedded.cluster.apply([pod('app', 'nginx:1.27')]);
    await eventually('it left Pending', () => (seen.at(-1) === 'DELETED' ? true : undefined));
    expect(seen[0]).toBe('ADDED');
    controller.abort();
  });

  it('changes a Deployment by strategic merge and names who set the image', async () => {
    embedded.cluster.apply([deployment('web', 'nginx:1.27', 1)]);
    const apps = config.makeApiClient(AppsV1Api);
    const body = { spec: { template: { spec: { containers: [{ name: 'app', image: 'nginx:1.28' }] } } } };
    const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
    const patched = await apps.patchNamespacedDeployment(
      { namespace: 'default', name: 'web', body, fieldManager: 'argocd-controller' },
      strategic,
    );
    expect(patched.spec?.template.spec?.containers).toHaveLength(1);
    expect(patched.spec?.template.spec?.containers[0]).toMatchObject({ name: 'app', image: 'nginx:1.28' });
    const entry = patched.metadata?.managedFields?.find(({ manager }) => manager === 'argocd-controller');
    expect(JSON.stringify(entry?.fieldsV1)).toContain('k:{\\"name\\":\\"app\\"}":{"f:image":{}}');
    const before = patched.metadata?.managedFields?.find(({ manager }) => manager === 'pullmedic-local');
    expect(JSON.stringify(before?.fieldsV1)).not.toContain('f:image"');
  });
});

describe('refusals', () => {
  it('409 for a stale resourceVersion, in an update and in a patch', async () => {
    embedded.cluster.apply([pullSecret('default', 's', 'ghcr.io', 'u', 'p')]);
    const stale = await core.readNamespacedSecret({ namespace: 'default', name: 's' });
    await core.patchNamespacedSecret(
      { namespace: 'default', name: 's', body: { metadata: { labels: { a: '1' } } } },
      merge,
    );
    await expect(core.replaceNamespacedSecret({ namespace: 'default', name: 's', body: stale })).rejects.toMatchObject({
      code: 409,
    });
    const body = { metadata: { resourceVersion: stale.metadata?.resourceVersion, labels: { a: '2' } } };
    await expect(core.patchNamespacedSecret({ namespace: 'default', name: 's', body }, merge)).rejects.toMatchObject({
      code: 409,
    });
  });

  it('409 for a deletion whose uid or resourceVersion is another', async () => {
    embedded.cluster.apply([pod('app', 'nginx:1.27')]);
    const path = '/api/v1/namespaces/default/pods/app';
    const other = await call('DELETE', path, { preconditions: { uid: 'another' } });
    expect([other.status, other.body.message]).toEqual([
      409,
      expect.stringMatching(
        /^Operation cannot be fulfilled on Pod "app": the UID in the precondition \(another\) does not match the UID in record/,
      ),
    ]);
    const older = await call('DELETE', path, { preconditions: { resourceVersion: '1' } });
    expect([older.status, older.body.message]).toEqual([
      409,
      expect.stringMatching(
        /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record/,
      ),
    ]);
  });

  it('takes no option of a deletion from the query where there is a body', async () => {
    embedded.cluster.apply([pullSecret('default', 's', 'ghcr.io', 'u', 'p')]);
    const path = '/api/v1/namespaces/default/secrets/s';
    await call('DELETE', path, { dryRun: ['All'] });
    expect((await call('GET', path)).status).toBe(200);
    await call('DELETE', `${path}?dryRun=All`, { apiVersion: 'v1', kind: 'DeleteOptions' });
    expect((await call('GET', path)).status).toBe(404);
  });

  it.each([
    {
      what: 'a pod without an image',
      path: 'pods',
      body: { spec: { containers: [{ name: 'a' }] } },
      says: 'spec.containers[0].image: Required value',
    },
    { what: 'a pod without containers', path: 'pods', body: { spec: {} }, says: 'spec.containers: Required value' },
    {
      what: 'a broken pull secret',
      path: 'secrets',
      body: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'ew==' } },
      says: 'data[.dockerconfigjson]: Invalid value',
    },
  ])('422 for $what', async ({ path, body, says }) => {
    const answer = await call('POST', `/api/v1/namespaces/default/${path}`, { metadata: { name: 'x' }, ...body });
    expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining(says)]);
  });

  it('422 for a change of a running pod beyond its images, and of an immutable secret', async () => {
    embedded.cluster.apply([
      pod('app', 'nginx:1.27'),
      { ...pullSecret('default', 's', 'ghcr.io', 'u', 'p'), immutable: true },
    ]);
    const path = '/api/v1/namespaces/default/pods/app';
    const type = 'application/merge-patch+json';
    const moved = await call('PATCH', path, { spec: { imagePullSecrets: [{ name: 'late' }] } }, type);
    expect([moved.status, moved.body.message]).toEqual([
      422,
      expect.stringContaining('pod updates may not change fields'),
    ]);
    const secret = await call('PATCH', '/api/v1/namespaces/default/secrets/s', { data: { a: 'YQ==' } }, type);
    expect([secret.status, secret.body.message]).toEqual([422, expect.stringContaining('immutable')]);
  });

  it.each([
    { method: 'GET', path: '/api/v1/namespaces/default/pods/none', status: 404 },
    { method: 'GET', path: '/apis/example.com/v1/things', status: 404 },
    { method: 'GET', path: '/api/v1/pods?fieldSelector=spec.image=x', status: 400 },
    { method: 'POST', path: '/api/v1/namespaces/none/secrets', body: { metadata: { name: 'x' } }, status: 404 },
    { method: 'PATCH', path: '/api/v1/namespaces/default', body: {}, type: 'text/plain', status: 415 },
    { method: 'DELETE', path: '/api/v1/namespaces/default', status: 403 },
    {
      method: 'POST',
      path: '/api/v1/namespaces/default/pods',
      body: { metadata: { name: 'x' }, spec: { containers: 'nginx' } },
      status: 400,
    },
  ])('$method $path is $status with a v1 Status', async ({ method, path, body, type, status }) => {
    const answer = await call(method, path, body, type);
    expect([answer.status, answer.body['kind'], answer.body['code']]).toEqual([status, 'Status', status]);
  });

  it('changes nothing in a dry run', async () => {
    const answer = await call('POST', '/api/v1/namespaces/default/secrets?dryRun=All', { metadata: { name: 'x' } });
    expect(answer.status).toBe(201);
    expect((await call('GET', '/api/v1/namespaces/default/secrets/x')).status).toBe(404);
    embedded.cluster.apply([pod('app', 'nginx:1.27')]);
    await call('DELETE', '/api/v1/namespaces/default/pods/app?dryRun=All');
    expect((await call('GET', '/api/v1/namespaces/default/pods/app')).body['metadata']).not.toHaveProperty(
      'deletionTimestamp',
    );
  });
});

describe('a dry run of a change', () => {
  const strategic = 'application/strategic-merge-patch+json';
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  const setImage = (image: string, resourceVersion?: string) => ({
    metadata: { resourceVersion },
    spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
  });

  it('answers as the change would, validates, and leaves everything as it is', async () => {
    embedded.cluster.apply([deployment('web', 'nginx:1.27', 1)]);
    await eventually('its ReplicaSet', () => embedded.cluster.list(PODS, 'default')[0]);
    const before = await call('GET', path);
    const dry = await call('PATCH', `${path}?dryRun=All&fieldManager=pullmedic`, setImage('nginx:1.28'), strategic);
    expect(JSON.stringify(dry.body['spec'])).toContain('nginx:1.28');
    expect(JSON.stringify(dry.body['metadata'])).toContain('pullmedic');
    const bad = await call('PATCH', `${path}?dryRun=All`, setImage(''), strategic);
    expect([bad.status, bad.body.message]).toEqual([422, expect.stringContaining('image: Required value')]);
    const stale = await call('PATCH', `${path}?dryRun=All`, setImage('nginx:1.28', '1'), strategic);
    expect(stale.status).toBe(409);
    const after = await call('GET', path);
    expect(after.body['spec']).toEqual(before.body['spec']);
  });
});

describe('pull secrets in a strategic merge patch', () => {
  const strategic = 'application/strategic-merge-patch+json';
  const patch = { imagePullSecrets: [{ name: 'two' }] };

  it('are merged by name in a pod template', async () => {
    embedded.cluster.apply([deployment('web', 'nginx:1.27', 1, { secrets: ['one'] })]);
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    const { body } = await call('PATCH', path, { spec: { template: { spec: patch } } }, strategic);
    expect(body['spec']).toMatchObject({
      template: { spec: { imagePullSecrets: [{ name: 'one' }, { name: 'two' }] } },
    });
  });

  it('are replaced whole in a ServiceAccount', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default';
    await call('PATCH', path, { imagePullSecrets: [{ name: 'one' }] }, strategic);
    expect((await call('PATCH', path, patch, strategic)).body['imagePullSecrets']).toEqual([{ name: 'two' }]);
  });
});

describe('server-side apply', () => {
  const path = '/api/v1/namespaces/default/configmaps/c';
  const type = 'application/apply-patch+yaml';
  function configuration(data: object) {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data };
  }

  it('removes what the manager names no more, leaves what others own, and refuses a clash', async () => {
    await call('PATCH', `${path}?fieldManager=one`, configuration({ a: '1', b: '1' }), type);
    await call('PATCH', `${path}?fieldManager=two`, configuration({ c: '2' }), type);
    const after = await call('PATCH', `${path}?fieldManager=one`, configuration({ a: '3' }), type);
    expect(after.body['data']).toEqual({ a: '3', c: '2' });
    const clash = await call('PATCH', `${path}?fieldManager=two`, configuration({ a: '9', c: '2' }), type);
    expect([clash.status, clash.body.message]).toEqual([409, expect.stringContaining('conflict with "one": .data.a')]);
    const forced = await call('PATCH', `${path}?fieldManager=two&force=true`, configuration({ a: '9', c: '2' }), type);
    expect(forced.body['data']).toEqual({ a: '9', c: '2' });
  });

  it('that changes nothing makes no new version, whenever it comes', async () => {
    const first = await call('PATCH', `${path}?fieldManager=one`, configuration({ a: '1' }), type);
    embedded.clock.advance(60_000);
    const again = await call('PATCH', `${path}?fieldManager=one`, configuration({ a: '1' }), type);
    expect(again.body['metadata']).toEqual(first.body['metadata']);
  });
});

describe('faults', () => {
  it('fails only what matches, as often as it says', async () => {
    const { cluster } = embedded;
    cluster.setFault({ status: 403, match: { verb: 'get', resource: 'secrets', namespace: 'default' } });
    await expect(core.readNamespacedSecret({ namespace: 'default', name: 'x' })).rejects.toMatchObject({ code: 403 });
    expect((await core.listPodForAllNamespaces()).items).toEqual([]);
    cluster.setFault({ status: 503, times: 1 });
    expect((await call('GET', '/api/v1/pods')).status).toBe(503);
    expect((await call('GET', '/api/v1/pods')).status).toBe(200);
  });

  it('hangs and resets', async () => {
    embedded.cluster.setFault({ hangMs: 300 });
    const start = performance.now();
    expect((await call('GET', '/api/v1/pods')).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(290);
    embedded.cluster.setFault({ isReset: true });
    await expect(call('GET', '/api/v1/pods')).rejects.toThrow('fetch failed');
  });
});

it('starts 100 pods, goes idle, and stops within a second although watches are open', async () => {
  const { cluster, registry } = embedded;
  registry.addImage('registry.example.com/team/app:v1');
  cluster.apply([deployment('many', 'registry.example.com/team/app:v1', 100)]);
  await eventually('100 pods run', () => {
    const pods = cluster.list(PODS, 'default') as readonly { status?: { phase?: string } }[];
    return pods.filter(({ status }) => status?.phase === 'Running').length === 100 ? true : undefined;
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = cluster.api.store.version();
  const cpu = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(cluster.api.store.version()).toBe(before);
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(250);
  const watch = await fetch(`${cluster.server}/api/v1/pods?watch=true`);
  const start = performance.now();
  await cluster.stop();
  expect(performance.now() - start).toBeLessThan(1_000);
  await watch.body?.cancel();
});

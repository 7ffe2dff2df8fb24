import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api, createApi } from '../../../infra/local/kubernetes/api.ts';
import type { ApiObject } from '../../../infra/local/kubernetes/objects.ts';
import {
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  type Resource,
  SERVICE_ACCOUNTS,
} from '../../../infra/local/kubernetes/resources.ts';
import { type ApiServer, createApiServer } from '../../../infra/local/kubernetes/server.ts';
import { createClusterChanger } from '../../../shared/adapters/kubernetes/cluster-changer.ts';
import { type ClusterConnection, createConnection } from '../../../shared/adapters/kubernetes/connection.ts';
import { ClusterError } from '../../../shared/domain/errors.ts';
import type { DeletePod, SetImages, SetPullSecrets } from '../../../shared/domain/remedy/change.ts';
import type { ClusterChanger } from '../../../shared/ports/cluster-changer.ts';
import { sendJson, startApiServer } from './api-server.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const clock = { now: () => NOW };
const BY = 'alice (U1) roll-back';
const REAL = { isDryRun: false, by: BY };
const DRY = { isDryRun: true, by: BY };

const IMAGES: SetImages = {
  kind: 'set-images',
  workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  containers: [
    { name: 'app', isInit: false, before: 'reg/web:bad', after: 'reg/web:good' },
    { name: 'migrate', isInit: true, before: 'reg/web:bad', after: 'reg/web:good' },
  ],
};
const SECRETS: SetPullSecrets = {
  kind: 'set-pull-secrets',
  on: { kind: 'ServiceAccount', namespace: 'shop', name: 'runner' },
  before: ['old'],
  after: ['old', 'hub'],
};
const done = { kind: 'done', at: NOW };
const already = { kind: 'already', at: NOW };

function connect(url: string): ClusterConnection {
  const target = { server: url, certificateAuthority: undefined, isTlsVerified: true, tlsServerName: undefined };
  return createConnection({ ...target, proxyUrl: undefined }, async () => undefined);
}

describe('cluster changer, on the embedded API server', () => {
  let api: Api;
  let server: ApiServer;
  let connection: ClusterConnection;
  let changer: ClusterChanger;

  const create = (resource: Resource, object: object, manager = 'kubectl') =>
    api.create(resource, object as unknown as ApiObject, { manager });
  const edit = (resource: Resource, name: string, manager: string, change: (copy: Loose) => void) =>
    api.edit(resource, { namespace: 'shop', name }, { manager }, change as (copy: ApiObject) => void);
  const web = () => api.get(DEPLOYMENTS, 'shop', 'web') as unknown as Loose;
  const writes = () =>
    Object.entries(server.requestCounts())
      .filter(([what]) => /^(patch|delete)/.test(what))
      .map(([, n]) => n)[0] ?? 0;

  beforeEach(async () => {
    let ticks = 0;
    // managedFields have whole seconds.
    api = createApi({ now: () => NOW + 1_000 * ticks++ });
    server = await createApiServer({ api, token: undefined });
    connection = connect(server.url);
    changer = createClusterChanger(connection, clock);
    create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    create(DEPLOYMENTS, deployment());
    create(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'shop', name: 'runner' },
      imagePullSecrets: [{ name: 'old' }],
    });
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  describe('images', () => {
    it('sets them of all containers in one patch, as pullmedic, and says who asked', async () => {
      const before = web();
      expect(await changer.apply(IMAGES, REAL)).toEqual(done);
      const after = web();
      const { template } = after.spec;
      expect(template.spec.containers.map(({ name, image }: Loose) => [name, image])).toEqual([
        ['app', 'reg/web:good'],
        ['side', 'reg/side:1'],
      ]);
      expect(template.spec.initContainers[0].image).toBe('reg/web:good');
      expect(template.metadata).toEqual(before.spec.template.metadata);
      expect(after.metadata.annotations).toEqual({ team: 'shop', 'pullmedic.dev/changed-by': BY });
      expect(after.metadata.managedFields.map(({ manager }: Loose) => manager)).toContain('pullmedic');
      expect(await changer.apply(IMAGES, REAL)).toEqual(already);
      expect(writes()).toBe(1);
    });

    it('writes nothing in a dry run, and answers as if', async () => {
      const before = JSON.stringify(web());
      expect(await changer.apply(IMAGES, DRY)).toEqual(done);
      expect(JSON.stringify(web())).toBe(before);
    });

    it('leaves alone what somebody else set meanwhile, and names the field manager', async () => {
      edit(DEPLOYMENTS, 'web', 'argocd-controller', (copy) => {
        copy.spec.template.spec.containers[0].image = 'reg/web:newer';
      });
      const found = { kind: 'changed', by: 'argocd-controller', found: 'app = reg/web:newer' };
      expect(await changer.apply(IMAGES, REAL)).toEqual(found);
      expect(await changer.apply(IMAGES, DRY)).toEqual(found);
      expect(writes()).toBe(0);
    });

    it.each(['annotations', 'labels'])('leaves alone what asks for it in its %s, also in a dry run', async (where) => {
      edit(DEPLOYMENTS, 'web', 'somebody', (copy) => {
        copy.metadata[where] = { ...copy.metadata[where], 'pullmedic.dev/mode': 'advise' };
      });
      for (const options of [DRY, REAL]) {
        expect(await changer.apply(IMAGES, options)).toMatchObject({
          kind: 'refused',
          why: expect.stringContaining('pullmedic.dev/mode: advise'),
        });
      }
      expect(writes()).toBe(0);
    });

    it('finishes what is half there, and says when the container or the workload is gone', async () => {
      edit(DEPLOYMENTS, 'web', 'somebody', (copy) => {
        copy.spec.template.spec.containers[0].image = 'reg/web:good';
      });
      expect(await changer.apply(IMAGES, REAL)).toEqual(done);
      const containers = [{ name: 'app2', isInit: false, before: 'a', after: 'b' }];
      expect(await changer.apply({ ...IMAGES, containers }, REAL)).toMatchObject({
        kind: 'changed',
        found: 'no container app2',
      });
      api.delete(DEPLOYMENTS, 'shop', 'web');
      expect(await changer.apply(IMAGES, REAL)).toEqual({ kind: 'gone' });
    });

    it('does not take an init container for a container of the same name', async () => {
      const containers = [{ name: 'migrate', isInit: false, before: 'reg/web:bad', after: 'reg/web:good' }];
      expect(await changer.apply({ ...IMAGES, containers }, REAL)).toMatchObject({ kind: 'changed' });
    });
  });

  describe('pull secrets', () => {
    const names = () =>
      (api.get(SERVICE_ACCOUNTS, 'shop', 'runner') as unknown as Loose).imagePullSecrets.map(
        ({ name }: Loose) => name as string,
      );

    it('replaces the list of a service account, shorter ones too, and back', async () => {
      expect(await changer.apply(SECRETS, REAL)).toEqual(done);
      expect(names()).toEqual(['old', 'hub']);
      expect(await changer.apply(SECRETS, REAL)).toEqual(already);
      expect(await changer.apply({ ...SECRETS, before: SECRETS.after, after: SECRETS.before }, REAL)).toEqual(done);
      expect(names()).toEqual(['old']);
    });

    it('does not lose what somebody added meanwhile', async () => {
      edit(SERVICE_ACCOUNTS, 'runner', 'helm', (copy) => {
        copy.imagePullSecrets.push({ name: 'theirs' });
      });
      expect(await changer.apply(SECRETS, REAL)).toEqual({ kind: 'changed', by: 'helm', found: 'old, theirs' });
      expect(names()).toEqual(['old', 'theirs']);
    });

    it('sets them in a pod template that has none yet, and nothing else of it', async () => {
      const change: SetPullSecrets = { ...SECRETS, on: IMAGES.workload, before: [], after: ['hub'] };
      const before = web().spec.template.spec;
      expect(await changer.apply(change, DRY)).toEqual(done);
      expect(web().spec.template.spec.imagePullSecrets).toBeUndefined();
      expect(await changer.apply(change, REAL)).toEqual(done);
      expect(web().spec.template.spec).toEqual({ ...before, imagePullSecrets: [{ name: 'hub' }] });
    });
  });

  describe('a stuck pod', () => {
    const remove = (parts: Partial<DeletePod> = {}): DeletePod => ({
      kind: 'delete-pod',
      namespace: 'shop',
      name: 'web-1',
      uid: (api.get(PODS, 'shop', 'web-1') as unknown as Loose).metadata.uid as string,
      node: 'n1',
      controller: 'ReplicaSet web',
      ...parts,
    });
    // As on a real server, a status comes by its own subresource.
    const createPod = (pod: Loose) => {
      create(PODS, pod);
      const options = { manager: 'kubelet', subresource: 'status' };
      api.edit(PODS, { namespace: 'shop', name: 'web-1' }, options, (copy) => {
        (copy as Loose).status = pod.status;
      });
    };
    const isThere = () => api.store.list(PODS, 'shop').some(({ metadata }) => metadata.deletionTimestamp === undefined);

    it('goes once; a dry run leaves it', async () => {
      createPod(stuckPod());
      const change = remove();
      expect(await changer.apply(change, DRY)).toEqual(done);
      expect(isThere()).toBe(true);
      expect(await changer.apply(change, REAL)).toEqual(done);
      expect(isThere()).toBe(false);
      expect(await changer.apply(change, REAL)).toEqual(already);
      expect(writes()).toBe(2);
    });

    it('without the permission names one that is good for the next pod too', async () => {
      createPod(stuckPod());
      server.setFault({ status: 403, match: { verb: 'delete' } });
      const answer = await changer.apply(remove(), REAL);
      expect(answer).toMatchObject({
        kind: 'denied',
        command: expect.stringContaining("--verb='delete' --resource='pods'"),
      });
      expect(JSON.stringify(answer)).not.toContain('web-1');
      expect(isThere()).toBe(true);
    });

    it('of the same name and another uid is another pod: left alone, and done all the same', async () => {
      createPod(stuckPod());
      expect(await changer.apply(remove({ uid: 'an-earlier-one' }), REAL)).toEqual(already);
      expect(isThere()).toBe(true);
    });

    it.each<[string, object]>([
      ['it is Running, not Pending', { status: { phase: 'Running' } }],
      ['no controller would replace it', { metadata: { ownerReferences: [] } }],
      ['it belongs to a Job, whose failures are counted', { metadata: { ownerReferences: [owner('Job')] } }],
      ['its kubelet owns it', { metadata: { ownerReferences: [owner('Node')] } }],
      ['a container of it has started', { status: { containerStatuses: [{ name: 'app', started: true }] } }],
      ['a container of it has started', { status: { containerStatuses: [{ name: 'app', restartCount: 1 }] } }],
    ])('stays: %s', async (found, { metadata, status }: Loose) => {
      const pod = stuckPod();
      Object.assign(pod.metadata, metadata);
      Object.assign(pod.status, status);
      createPod(pod);
      expect(await changer.apply(remove(), REAL)).toEqual({ kind: 'changed', by: undefined, found });
      expect(isThere()).toBe(true);
      expect(writes()).toBe(0);
    });
  });

  it.each([500, 429, 401])('%i is thrown, and worth another try but for the identity', async (status) => {
    server.setFault({ status, match: { verb: 'patch' } });
    await expect(changer.apply(IMAGES, REAL)).rejects.toThrow(ClusterError);
    server.setFault(undefined);
    expect(await changer.apply(IMAGES, REAL)).toEqual(done);
  });

  it('finds its own write after an answer that was lost', async () => {
    server.setFault({ status: 503, times: 1, match: { verb: 'get' } });
    await expect(changer.apply(IMAGES, REAL)).rejects.toMatchObject({ retry: 'retry' });
    expect(await changer.apply(IMAGES, REAL)).toEqual(done);
    expect(await changer.apply(IMAGES, REAL)).toEqual(already);
  });

  it('without a permission says which, and the command that grants it', async () => {
    server.setFault({ status: 403, match: { verb: 'patch' } });
    expect(await changer.apply(IMAGES, REAL)).toEqual({
      kind: 'denied',
      why: '403: system:serviceaccount:pullmedic:triage may not patch deployments.apps there',
      command: expect.stringContaining("--verb='patch' --resource='deployments.apps' --resource-name='web'"),
    });
    server.setFault({ status: 403, match: { verb: 'get' } });
    expect(await changer.apply(SECRETS, REAL)).toMatchObject({
      kind: 'denied',
      command: expect.stringContaining('get'),
    });
  });
});

describe('cluster changer, against answers of other servers', () => {
  const deployed = { ...deployment(), metadata: { ...deployment().metadata, resourceVersion: '7' } };

  /** Answers reads with the object, and writes as told, one after the other. */
  async function against(
    object: object,
    answers: readonly { readonly status: number; readonly message?: string }[],
    run: (changer: ClusterChanger, bodies: string[]) => Promise<void>,
  ) {
    const bodies: string[] = [];
    const left = [...answers];
    const server = await startApiServer((_, response, raw) => {
      if (raw.method === 'GET') return sendJson(response, 200, object);
      let text = '';
      raw.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      raw.on('end', () => {
        bodies.push(text);
        const { status, message } = left.shift() ?? { status: 200 };
        sendJson(response, status, { message });
      });
    });
    const connection = connect(server.url);
    try {
      await run(createClusterChanger(connection, clock), bodies);
    } finally {
      await connection.close();
      await server.close();
    }
  }

  it.each([
    "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'pullmedic-workloads' with binding 'pullmedic-workloads' denied request: same-repository: pullmedic changes only the tag or digest of an image",
    'admission webhook "validate.kyverno.svc" denied the request: User "x" cannot use latest',
    'pods "web" is forbidden: exceeded quota: compute',
  ])('a rule of the cluster is told, without a command that would not help: %s', (message) =>
    against(deployed, [{ status: 403, message }], async (changer) => {
      const answer = await changer.apply(IMAGES, REAL);
      expect(answer).toEqual({ kind: 'refused', why: message.slice(0, 300) });
    }),
  );

  it.each([400, 422])('%i is a refusal, redacted', (status) =>
    against(deployed, [{ status, message: 'bad Authorization: Bearer abcdefghijklmnop' }], async (changer) => {
      const answer = await changer.apply(IMAGES, REAL);
      expect(answer.kind).toBe('refused');
      expect(JSON.stringify(answer)).not.toContain('abcdefghijklmnop');
    }),
  );

  it.each([1, 2])('reads anew after %i conflicts, and then writes', (conflicts) =>
    against(deployed, Array(conflicts).fill({ status: 409 }), async (changer, bodies) => {
      expect(await changer.apply(IMAGES, REAL)).toEqual(done);
      expect(bodies).toHaveLength(conflicts + 1);
      expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ metadata: { resourceVersion: '7' } });
    }),
  );

  it('gives up after three conflicts, with nothing written', () =>
    against(deployed, Array(9).fill({ status: 409 }), async (changer, bodies) => {
      expect(await changer.apply(IMAGES, REAL)).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('changed 3 times'),
      });
      expect(bodies).toHaveLength(3);
    }));

  it('deletes only that very pod as it was read', () => {
    const pod = stuckPod();
    Object.assign(pod.metadata, { uid: 'u1', resourceVersion: '9' });
    const change: DeletePod = {
      kind: 'delete-pod',
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      node: 'n1',
      controller: 'ReplicaSet web',
    };
    return against(pod, [{ status: 409 }, { status: 202 }], async (changer, bodies) => {
      expect(await changer.apply(change, REAL)).toEqual(done);
      expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual(
        Array(2).fill({
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'u1', resourceVersion: '9' },
        }),
      );
    });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: objects of an API server, as loose as they come
type Loose = any;

function deployment() {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'web', annotations: { team: 'shop' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          initContainers: [{ name: 'migrate', image: 'reg/web:bad' }],
          containers: [
            { name: 'app', image: 'reg/web:bad' },
            { name: 'side', image: 'reg/side:1' },
          ],
        },
      },
    },
  };
}

function stuckPod(): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      ownerReferences: [owner('ReplicaSet')],
    },
    spec: { serviceAccountName: 'runner', containers: [{ name: 'app', image: 'reg/web:bad' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [
        { name: 'app', restartCount: 0, started: false, state: { waiting: { reason: 'ErrImagePull' } } },
      ],
    },
  };
}

function owner(kind: string) {
  return { apiVersion: 'apps/v1', kind, name: 'web', uid: 'r1', controller: true };
}

/**
 * The embedded API server with the scene in it, and its registries, as a process of its own: each registry wants a
 * password and takes 20 ms for every answer. It counts what it is asked.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createApi } from '../../infra/local/kubernetes/api.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import {
  DEPLOYMENTS,
  NODES,
  PODS,
  REPLICA_SETS,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../../infra/local/kubernetes/resources.ts';
import { createApiServer } from '../../infra/local/kubernetes/server.ts';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';
import { dockerSecret } from '../preflight/build.ts';
import {
  imageOf,
  namespaceOf,
  passwordOf,
  SCENE,
  type SceneAddresses,
  type SceneStats,
  SECRET_NAME,
} from './preflight-scene.ts';

const ANSWER_MS = 20;
const TOKEN = 'bench';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** As large as server-side apply makes the metadata of a real object. */
const MANAGED_FIELDS = [{ manager: 'kubectl', operation: 'Update', fieldsV1: { f: 'x'.repeat(3_000) } }];

const api = createApi({ now: () => Date.now() });
const server = await createApiServer({ api, token: TOKEN });
const asked = new Set<string>();
let manifests = 0;
let calls = 0;
let mostAtOnce = 0;

async function startRegistry(): Promise<string> {
  let now = 0;
  const listening = await listenOnLoopback(
    createServer((request, response) => {
      calls += 1;
      now += 1;
      mostAtOnce = Math.max(mostAtOnce, now);
      setTimeout(() => {
        now -= 1;
        const { authorization } = request.headers;
        if (authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="bench"' }).end();
          return;
        }
        manifests += 1;
        asked.add(`${request.headers.host} ${request.url} ${authorization}`);
        response
          .writeHead(200, { 'content-type': MANIFEST, 'docker-content-digest': digestOf(request.url ?? '') })
          .end();
      }, ANSWER_MS);
    }),
  );
  return listening.address;
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

const registries = await Promise.all(Array.from({ length: SCENE.registries }, startRegistry));
prepare();

function put(resource: Parameters<typeof api.store.put>[0], object: object): void {
  api.store.put(resource, object as ApiObject);
}

function prepare(): void {
  for (let i = 0; i < SCENE.nodes; i += 1) {
    put(NODES, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${i}`, labels: { 'kubernetes.io/arch': 'amd64' }, managedFields: MANAGED_FIELDS },
      spec: {},
      status: {
        images: Array.from({ length: 50 }, (_, image) => ({
          names: [imageOf(i * 50 + image, registries)],
          sizeBytes: 1,
        })),
        nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.4.2' },
      },
    });
  }
  for (let i = 0; i < SCENE.namespaces; i += 1) {
    const namespace = `team-${i}`;
    const metadata = { name: 'default', namespace };
    put(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata,
      imagePullSecrets: [{ name: SECRET_NAME }],
    });
    // One key for every registry of the scene would not tell hosts apart: each has its own.
    const auths = registries.map((key) =>
      dockerSecret({ namespace, name: SECRET_NAME, key, user: 'bot', password: passwordOf(i) }),
    );
    put(SECRETS, { apiVersion: 'v1', ...mergeSecrets(auths) });
  }
  for (let i = 0; i < SCENE.workloads; i += 1) putWorkload(i);
}

function mergeSecrets(secrets: readonly ReturnType<typeof dockerSecret>[]) {
  const documents = secrets.map(({ data }) =>
    JSON.parse(Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString()),
  );
  const auths = Object.assign({}, ...documents.map((document) => document.auths));
  return { ...secrets[0], data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } };
}

function putWorkload(i: number): void {
  const namespace = namespaceOf(i);
  const name = `app-${i}`;
  const image = imageOf(i, registries);
  const template = { spec: { serviceAccountName: 'default', containers: [{ name: 'app', image }] } };
  const meta = (of: string, more: object = {}) => ({ name: of, namespace, managedFields: MANAGED_FIELDS, ...more });
  const owner = (kind: string, of: string) => ({ ownerReferences: [{ kind, name: of, controller: true }] });
  put(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(name),
    spec: { replicas: 2, template },
  });
  put(REPLICA_SETS, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(`${name}-abc`, owner('Deployment', name)),
    spec: { replicas: 2, template },
  });
  for (let pod = 0; pod < SCENE.podsPerWorkload; pod += 1) {
    const repository = image.split(':v1')[0];
    const path = `/v2/${repository?.slice(repository.indexOf('/') + 1)}/manifests/v1`;
    put(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta(`${name}-abc-${pod}`, owner('ReplicaSet', `${name}-abc`)),
      spec: {
        ...template.spec,
        imagePullSecrets: [{ name: SECRET_NAME }],
        nodeName: `node-${(i + pod) % SCENE.nodes}`,
      },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            image,
            imageID: `${repository}@${digestOf(path)}`,
            state: { running: { startedAt: '2026-11-22T10:00:00Z' } },
          },
        ],
      },
    });
  }
}

process.on('message', (question: 'addresses' | { readonly stats: true }) => {
  const addresses: SceneAddresses = { kubeconfig: kubeconfig(server.url, TOKEN), registries };
  const stats: SceneStats = { distinct: asked.size, asked: manifests, mostAtOnce, calls };
  process.send?.(typeof question === 'object' && 'stats' in question ? stats : addresses);
});
// Whoever started it is gone: so is the reason to be.
process.on('disconnect', () => process.exit());

/**
 * The embedded API server with pull secrets in it, as a process of its own: what it computes must not count as the
 * client's time. It is told what to do by messages and answers each with one.
 */
import { createApi } from '../../infra/local/kubernetes/api.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, resourceOf } from '../../infra/local/kubernetes/resources.ts';
import { createApiServer } from '../../infra/local/kubernetes/server.ts';
import { authOf, ECR_HOST, ecrPassword } from '../support/refresh-builders.ts';

/** How many secrets there are, how many of them are due, and how long each call takes before it is answered. */
export interface Scene {
  readonly namespaces: number;
  readonly due: number;
  readonly latencyMs: number;
}

export interface SceneReady {
  readonly url: string;
  /** Calls answered since the start, by verb and resource. */
  readonly calls: Readonly<Record<string, number>>;
}

const clock = { now: () => Date.now() };
const api = createApi(clock);
const server = await createApiServer({ api, token: undefined });

function secretObject(namespace: string, isDue: boolean): ApiObject {
  const hours = isDue ? -1 : 11;
  const password = ecrPassword(clock.now() + hours * 3_600_000, 'p'.repeat(1_600));
  const auths = { 'ghcr.io': { auth: authOf('bot', 'secret') }, [ECR_HOST]: { auth: authOf('AWS', password) } };
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  const metadata = { name: 'ecr-creds', namespace };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/dockerconfigjson',
    data,
  } as unknown as ApiObject;
}

function prepare({ namespaces, due, latencyMs }: Scene): void {
  for (let i = 0; i < namespaces; i++) {
    const name = `n${i}`;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as unknown as ApiObject;
    if (api.store.get(NAMESPACES, undefined, name) === undefined)
      api.create(NAMESPACES, namespace, { manager: 'bench' });
    const secret = secretObject(name, i < due);
    const resource = resourceOf(secret);
    if (resource === undefined) throw new Error('the embedded API has no secrets');
    if (api.store.get(resource, name, 'ecr-creds') !== undefined) api.delete(resource, name, 'ecr-creds');
    api.create(resource, secret, { manager: 'bench' });
  }
  server.setFault(latencyMs === 0 ? undefined : { hangMs: latencyMs });
}

process.on('message', (scene: Scene) => {
  prepare(scene);
  process.send?.({ url: server.url, calls: server.requestCounts() } satisfies SceneReady);
});
// Whoever started it is gone: so is the reason to be.
process.on('disconnect', () => process.exit());

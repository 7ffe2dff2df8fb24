/**
 * The embedded API server with pull secrets in it and the embedded ECR, as a process of its own: what they compute must
 * not count as the client's time. It is told how many secrets there are and how many of them are due.
 */
import { createEcr } from '../../infra/local/ecr/ecr.ts';
import { createApi } from '../../infra/local/kubernetes/api.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, SECRETS } from '../../infra/local/kubernetes/resources.ts';
import { createApiServer } from '../../infra/local/kubernetes/server.ts';
import { namespaceName, namespaceObject, SECRET_NAME, secretObject } from './refresh-scene.ts';

export interface Scene {
  readonly namespaces: number;
  readonly due: number;
}

export interface SceneReady {
  readonly kubeconfig: string;
  readonly ecrEndpoint: string;
}

const TOKEN = 'bench';
const clock = { now: () => Date.now() };
const api = createApi(clock);
const server = await createApiServer({ api, token: TOKEN });
const ecr = await createEcr({ clock });

function prepare({ namespaces, due }: Scene): void {
  for (let i = 0; i < namespaces; i++) {
    const name = namespaceName(i);
    if (api.store.get(NAMESPACES, undefined, name) === undefined)
      api.create(NAMESPACES, namespaceObject(i) as unknown as ApiObject, { manager: 'bench' });
    if (api.store.get(SECRETS, name, SECRET_NAME) !== undefined) api.delete(SECRETS, name, SECRET_NAME);
    api.create(SECRETS, secretObject(i, due) as unknown as ApiObject, { manager: 'bench' });
  }
}

process.on('message', (scene: Scene) => {
  prepare(scene);
  process.send?.({ kubeconfig: kubeconfig(server.url, TOKEN), ecrEndpoint: ecr.endpoint } satisfies SceneReady);
});
// Whoever started it is gone: so is the reason to be.
process.on('disconnect', () => process.exit());

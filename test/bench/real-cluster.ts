import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { ApiRequest } from '../../shared/adapters/kubernetes/connection.ts';
import { openConnection } from './open-connection.ts';
import { namespaceName, namespaceObject, SECRET_NAME, secretObject } from './refresh-scene.ts';

const CONCURRENCY = 16;
/** A controller manager with its usual limits needs a minute for a thousand namespaces. */
const SETTLED_WITHIN_MS = 240_000;

/** Puts the secrets of a measurement into a real cluster, whatever stood there before. */
export async function prepareRealCluster(
  kubeconfig: string,
  { namespaces, due }: { readonly namespaces: number; readonly due: number },
): Promise<void> {
  const connection = openConnection(kubeconfig, CONCURRENCY);
  const ask = async (request: ApiRequest, isFine: (status: number) => boolean) => {
    const { method: verb, path: what } = request;
    const answer = await connection.send(request, { verb, what, signal: AbortSignal.timeout(30_000) });
    if (!isFine(answer.status)) throw new Error(`${verb} ${what}: ${answer.status} ${String(answer.body['message'])}`);
    return answer;
  };
  const write = (method: ApiRequest['method'], path: string, body: object) => ({
    method,
    path,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const isWritten = (status: number) => status < 300;
  const limit = pLimit(CONCURRENCY);
  const each = (work: (i: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: namespaces }, (_, i) => limit(() => work(i))));

  /** The controllers give every namespace an account and a CA: they must not do so while it is measured. */
  async function settled(): Promise<void> {
    const until = performance.now() + SETTLED_WITHIN_MS;
    const last = namespaceName(namespaces - 1);
    for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
      const find = { method: 'GET', path: `/api/v1/namespaces/${last}/${path}` } as const;
      while ((await ask(find, (status) => status === 200 || status === 404)).status === 404) {
        if (performance.now() > until) throw new Error(`${last} has no ${path}: does a controller manager run?`);
        await sleep(500);
      }
    }
  }

  try {
    await each((i) =>
      ask(write('POST', '/api/v1/namespaces', namespaceObject(i)), (status) => status === 409 || isWritten(status)),
    );
    await settled();
    await each(async (i) => {
      const path = `/api/v1/namespaces/${namespaceName(i)}/secrets`;
      const secret = secretObject(i, due);
      await ask({ method: 'DELETE', path: `${path}/${SECRET_NAME}` }, (status) => status === 404 || isWritten(status));
      await ask(write('POST', path, secret), isWritten);
    });
  } finally {
    await connection.close();
  }
}

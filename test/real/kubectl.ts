import pLimit from 'p-limit';
import { runProgram } from './processes.ts';

/** An object to create; its namespace is set by whoever applies it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Does what a person at a terminal does, with the kubeconfig of `KUBECONFIG`: the cluster's admin. */
export interface Kubectl {
  run(...args: readonly string[]): Promise<string>;
  apply(namespace: string | undefined, objects: readonly Manifest[]): Promise<void>;
  json<T>(...args: readonly string[]): Promise<T>;
}

/** Each is a process that reads the server's discovery: more at once only disturb what is measured. */
const CONCURRENCY = 3;

export function createKubectl(): Kubectl {
  const limit = pLimit(CONCURRENCY);
  const run = (...args: readonly string[]) => limit(() => runProgram('kubectl', args));
  return {
    run,
    async apply(namespace, objects) {
      if (objects.length === 0) return;
      const items = objects.map((object) =>
        namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } },
      );
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await limit(() => runProgram('kubectl', ['apply', '-f', '-'], list));
    },
    json: async <T>(...args: readonly string[]) => JSON.parse(await run(...args, '-o', 'json')) as T,
  };
}

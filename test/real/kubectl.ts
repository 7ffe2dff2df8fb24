import pLimit from 'p-limit';
import { runProgram } from './processes.ts';

/** An object to create; its namespace is set by whoever applies it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Does what a person at a terminal does. */
export interface Kubectl {
  /** Of the cluster's admin. */
  readonly kubeconfig: string;
  run(...args: readonly string[]): Promise<string>;
  apply(namespace: string | undefined, objects: readonly Manifest[]): Promise<void>;
  /** Server-side, as another field manager that takes what it names. */
  applyAs(manager: string, namespace: string, object: Manifest): Promise<void>;
  json<T>(...args: readonly string[]): Promise<T>;
}

/** Each is a process that reads the server's discovery: more at once only disturb what is measured. */
const CONCURRENCY = 3;

/** @param kubeconfig the admin's */
export function createKubectl(kubeconfig: string): Kubectl {
  const limit = pLimit(CONCURRENCY);
  const run = (...args: readonly string[]) =>
    limit(() => runProgram('kubectl', [`--kubeconfig=${kubeconfig}`, ...args]));
  return {
    kubeconfig,
    run,
    async apply(namespace, objects) {
      if (objects.length === 0) return;
      const items = objects.map((object) =>
        namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } },
      );
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await limit(() => runProgram('kubectl', [`--kubeconfig=${kubeconfig}`, 'apply', '-f', '-'], list));
    },
    async applyAs(manager, namespace, object) {
      const how = ['--server-side', `--field-manager=${manager}`, '--force-conflicts', '-n', namespace, '-f', '-'];
      await limit(() => runProgram('kubectl', [`--kubeconfig=${kubeconfig}`, 'apply', ...how], JSON.stringify(object)));
    },
    json: async <T>(...args: readonly string[]) => JSON.parse(await run(...args, '-o', 'json')) as T,
  };
}

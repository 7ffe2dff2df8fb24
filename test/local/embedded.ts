import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import type { Manifest } from '../../infra/local/kubernetes/cluster.ts';
import { type Cluster, createCluster } from '../../infra/local/kubernetes/cluster.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { createRegistry, type Registry } from '../../infra/local/registry/registry.ts';

/** A clock that runs with real time and can be moved. */
export interface MovableClock {
  now(): number;
  advance(ms: number): void;
}

export interface Embedded {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly ecr: Ecr;
  readonly clock: MovableClock;
  /** Anything that the fakes logged as an error. */
  readonly errors: string[];
  stop(): Promise<void>;
}

/** The embedded cluster with its registry and ECR, as `npm start` wires them. */
export async function startEmbedded(timeScale: number): Promise<Embedded> {
  let offset = 0;
  const clock: MovableClock = {
    now: () => Date.now() + offset,
    advance(ms) {
      offset += ms;
    },
  };
  const errors: string[] = [];
  const quiet = () => {};
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (message: string, fields?: unknown) => errors.push(`${message} ${JSON.stringify(fields)}`),
  };
  const ecr = await createEcr({ clock });
  const registry = await createRegistry({ tokens: ecr.tokens, timeScale });
  const cluster = await createCluster({ clock, registry, log, timeScale });
  return {
    cluster,
    registry,
    ecr,
    clock,
    errors,
    async stop() {
      await cluster.stop();
      await registry.stop();
      await ecr.stop();
    },
  };
}

/** Waits until `look` gives something. @throws {Error} naming what did not come */
export async function eventually<T>(what: string, look: () => T | undefined, timeoutMs = 12_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function manifest(object: ApiObject | object): Manifest {
  return object as unknown as Manifest;
}

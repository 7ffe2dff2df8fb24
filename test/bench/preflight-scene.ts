/** What the bench of preflight looks at: a large cluster whose images are in a few registries. */
export const SCENE = {
  namespaces: 200,
  workloads: 2_000,
  podsPerWorkload: 2,
  images: 300,
  nodes: 50,
  registries: 4,
  /** Every so-many-th namespace has a credential of its own; the others share one. */
  ownCredentialEvery: 20,
} as const;

export const SECRET_NAME = 'registry';

export interface SceneAddresses {
  readonly kubeconfig: string;
  /** `127.0.0.1:PORT` of each registry. */
  readonly registries: readonly string[];
}

export interface SceneStats {
  /** Manifests that were asked for, by registry, image and credential. */
  readonly distinct: number;
  readonly asked: number;
  readonly mostAtOnce: number;
  readonly calls: number;
}

export function namespaceOf(workload: number): string {
  return `team-${workload % SCENE.namespaces}`;
}

export function imageOf(workload: number, registries: readonly string[]): string {
  const image = workload % SCENE.images;
  return `${registries[image % registries.length]}/acme/app-${image}:v1`;
}

export function passwordOf(namespace: number): string {
  return namespace % SCENE.ownCredentialEvery === 0 ? `own-${namespace}` : 'shared';
}

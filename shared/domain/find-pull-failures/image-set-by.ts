import { type Instant, parseInstant } from '../instant.ts';
import type { KubeObject } from '../kubernetes.ts';

/** Who last set a container's image, by managedFields, and when. */
export interface ImageSetBy {
  readonly manager: string | undefined;
  readonly at: Instant | undefined;
}

const POD_SPEC_PATHS = [
  ['f:spec', 'f:template', 'f:spec'],
  ['f:spec', 'f:jobTemplate', 'f:spec', 'f:template', 'f:spec'],
  ['f:spec'],
];

/** A manager's time is that of its last write of any field: an upper bound for when it set the image. */
export function readImageSetBy(object: KubeObject, container: string): ImageSetBy {
  return newestManager(object, (fields) => ownsImage(fields, container));
}

/** Who last set the list of pull secrets of a service account or a pod template. */
export function readPullSecretsSetBy(object: KubeObject): ImageSetBy {
  return newestManager(object, (fields) =>
    [[], ...POD_SPEC_PATHS].some((path) => dig(fields, [...path, 'f:imagePullSecrets']) !== undefined),
  );
}

function newestManager(object: KubeObject, owns: (fields: unknown) => boolean): ImageSetBy {
  const owners = (object.metadata?.managedFields ?? [])
    .filter(({ fieldsV1 }) => owns(fieldsV1))
    .map(({ manager, time }) => ({ manager, at: parseInstant(time) }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  return owners[0] ?? { manager: undefined, at: undefined };
}

function ownsImage(fields: unknown, container: string): boolean {
  return POD_SPEC_PATHS.some((path) =>
    ['f:containers', 'f:initContainers', 'f:ephemeralContainers'].some(
      (list) => dig(fields, [...path, list, `k:{"name":${JSON.stringify(container)}}`, 'f:image']) !== undefined,
    ),
  );
}

function dig(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

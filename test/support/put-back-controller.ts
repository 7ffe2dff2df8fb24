import type { Manifest } from '../../infra/local/kubernetes/cluster.ts';
import { type ApiObject, clone, type Json } from '../../infra/local/kubernetes/objects.ts';
import { resourceOf } from '../../infra/local/kubernetes/resources.ts';
import type { Stack } from '../../infra/local/stack/stack.ts';

/** What a reconciling controller does: it applies what it has, again and again, and takes every field back. */
export interface PutBackController {
  /** How often it found something else than it wants. */
  readonly putBacks: () => number;
  stop(): void;
}

/** @param options.everyMs of real time; a real one takes 5 s at the least */
export function startPutBackController(
  { cluster }: Pick<Stack, 'cluster'>,
  wanted: Manifest,
  options: { readonly manager: string; readonly everyMs: number },
): PutBackController {
  const resource = resourceOf(wanted as unknown as ApiObject);
  if (resource === undefined) throw new TypeError(`no resource of kind ${wanted.kind}`);
  let putBacks = 0;

  function apply(): void {
    if (resource === undefined) return;
    const { namespace, name } = wanted.metadata;
    const before = cluster.get(resource, namespace, name);
    if (before === undefined) return;
    const configuration = clone(wanted) as unknown as ApiObject & Json;
    const after = cluster.api.apply(resource, configuration, { manager: options.manager, isForced: true });
    if (after.metadata.generation !== before.metadata.generation) putBacks += 1;
  }

  apply();
  putBacks = 0;
  const timer = setInterval(apply, options.everyMs);
  return {
    putBacks: () => putBacks,
    stop: () => clearInterval(timer),
  };
}

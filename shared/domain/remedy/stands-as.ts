import { readImageSetBy, readPullSecretsSetBy } from '../find-pull-failures/image-set-by.ts';
import { whyNotDeletable } from '../find-pull-failures/why-not-deletable.ts';
import type { Pod, PodSpec, ServiceAccount, Workload } from '../kubernetes.ts';
import type { DeletePod, SetImages, SetPullSecrets } from './change.ts';

/** How an object stands, held against a change: not changed yet, changed, or something else by somebody else. */
export type Standing = 'before' | 'after' | { readonly by: string | undefined; readonly found: string };

/** A container that has neither image was changed by somebody else. One that has `after` already needs nothing. */
export function imagesStand(workload: Workload, { containers }: SetImages): Standing {
  const spec = workload.spec?.template?.spec;
  let isAnyBefore = false;
  for (const { name, isInit, before, after } of containers) {
    const container = (isInit ? spec?.initContainers : spec?.containers)?.find((one) => one.name === name);
    if (container === undefined) return { by: undefined, found: `no container ${name}` };
    if (container.image === after) continue;
    if (container.image !== before) {
      return { by: readImageSetBy(workload, name).manager, found: `${name} = ${container.image ?? 'no image'}` };
    }
    isAnyBefore = true;
  }
  return isAnyBefore ? 'before' : 'after';
}

/** The list as a whole: what somebody added meanwhile must not be lost. */
export function pullSecretsStand(object: Workload | ServiceAccount, { on, before, after }: SetPullSecrets): Standing {
  const holder: PodSpec | ServiceAccount | undefined =
    on.kind === 'ServiceAccount' ? (object as ServiceAccount) : (object as Workload).spec?.template?.spec;
  const names = (holder?.imagePullSecrets ?? []).map(({ name }) => name ?? '');
  if (isSame(names, after)) return 'after';
  if (isSame(names, before)) return 'before';
  return { by: readPullSecretsSetBy(object).manager, found: names.join(', ') || 'no pull secrets' };
}

/** Another pod of that name, or one that is going, is what the deletion was for. */
export function podStands(pod: Pod, { uid }: DeletePod): Standing {
  if (pod.metadata?.uid !== uid || pod.metadata?.deletionTimestamp != null) return 'after';
  const why = whyNotDeletable(pod);
  return why === undefined ? 'before' : { by: undefined, found: why };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

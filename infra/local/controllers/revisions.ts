import type { Api } from '../kubernetes/api.ts';
import { safeHash } from '../kubernetes/names.ts';
import {
  type ApiObject,
  clone,
  controllerOf,
  controllerReference,
  type Json,
  type WorkloadObject,
} from '../kubernetes/objects.ts';
import { CONTROLLER_REVISIONS } from '../kubernetes/resources.ts';
import { CONTROLLER_MANAGER } from './pods.ts';

export interface Revision {
  /** `web-5df665d45c`: a StatefulSet's pods carry it as controller-revision-hash. */
  readonly name: string;
  /** `5df665d45c`: a DaemonSet's pods carry it. */
  readonly hash: string;
}

/** The ControllerRevision of the current template, made where it is new: what `kubectl rollout undo` goes back to. */
export function ensureRevision(api: Api, owner: WorkloadObject): Revision {
  const { namespace, uid } = owner.metadata;
  const hash = safeHash(owner.spec.template);
  const name = `${owner.metadata.name}-${hash}`;
  const all = api.store.list(CONTROLLER_REVISIONS, namespace) as readonly (ApiObject & Json)[];
  const own = all.filter((one) => controllerOf(one)?.uid === uid);
  const top = Math.max(0, ...own.filter((one) => one.metadata.name !== name).map((one) => Number(one['revision'])));
  const found = own.find((one) => one.metadata.name === name);
  const write = { manager: CONTROLLER_MANAGER };
  if (!found) {
    const revision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: { ...owner.spec.template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
        ownerReferences: [controllerReference(owner)],
      },
      revision: top + 1,
      data: { spec: { template: { ...clone(owner.spec.template), $patch: 'replace' } } },
    } as unknown as ApiObject;
    api.create(CONTROLLER_REVISIONS, revision, write);
  } else if (Number(found['revision']) <= top) {
    api.edit<ApiObject & Json>(CONTROLLER_REVISIONS, { namespace, name }, write, (copy) => {
      copy['revision'] = top + 1;
    });
  }
  return { name, hash };
}

import { nameOf } from '../../domain/find-pull-failures/index-snapshot.ts';
import { readManagedBy } from '../../domain/find-pull-failures/managed-by.ts';
import { findTopOwner } from '../../domain/find-pull-failures/owner.ts';
import type { Change, SetPullSecrets } from '../../domain/remedy/change.ts';
import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { Danger } from '../../domain/remedy/proposal.ts';
import type { RemedyContext } from '../remedy.ts';
import type { Attachable } from './attachable.ts';
import { counted } from './label.ts';
import { leadOf } from './lead.ts';
import { isRefused, noPlan } from './no-plan.ts';
import { type Ownership, readOwnership } from './ownership.ts';
import { describeWorkloadName, findPatchTarget, type PatchTarget } from './patch-target.ts';
import { imageOwnership } from './plan-images.ts';
import { rollOut } from './rollout-effect.ts';
import { findStuckPods } from './stuck-pods.ts';

/** Where a pull secret may be named, with the names that stand there. */
export interface AttachPlace {
  readonly kind: 'ServiceAccount' | 'workload';
  readonly label: string;
  readonly on: SetPullSecrets['on'];
  readonly before: readonly string[];
  readonly ownership: Ownership;
  readonly target: PatchTarget | undefined;
}

/**
 * The ServiceAccount first, as everything of it wants the same; not where the pod template names secrets of its own:
 * admission copies the ServiceAccount's only into pods that name none.
 */
export function findAttachPlaces(context: RemedyContext): readonly AttachPlace[] | NoPlan {
  const target = findPatchTarget(context);
  const workload = isRefused(target) ? undefined : workloadPlace(context, target);
  const account = workload !== undefined && workload.before.length > 0 ? undefined : accountPlace(context);
  const places = [account, workload].filter((place) => place !== undefined);
  if (places.length > 0) return places;
  return isRefused(target) ? target : noPlan('neither the ServiceAccount nor the workload could be read');
}

function workloadPlace(context: RemedyContext, target: PatchTarget): AttachPlace {
  return {
    kind: 'workload',
    label: describeWorkloadName(target.name),
    on: target.name,
    before: (target.object.spec?.template?.spec?.imagePullSecrets ?? []).map(({ name }) => name ?? ''),
    ownership: imageOwnership(context),
    target,
  };
}

function accountPlace(context: RemedyContext): AttachPlace | undefined {
  const { member, world, gitOps } = context;
  const { failure } = leadOf(context);
  const object = world.index
    .serviceAccountsIn(member.namespace)
    .find((one) => nameOf(one) === failure.pod?.serviceAccountName);
  const before = (object?.imagePullSecrets ?? []).map(({ name }) => name ?? '');
  // Pods that name others than the ServiceAccount does were given them by something else.
  const isCopied = failure.pod?.pullSecretNames.every((name) => before.includes(name)) === true;
  // Only a controller's pods are made anew, and only new pods get it.
  if (object === undefined || !isCopied || member.workloadKind === 'Pod') return undefined;
  const on = { kind: 'ServiceAccount', namespace: member.namespace, name: nameOf(object) } as const;
  return {
    kind: 'ServiceAccount',
    label: describeWorkloadName(on),
    on,
    before,
    ownership: readOwnership(readManagedBy(object.metadata), undefined, gitOps),
    target: undefined,
  };
}

/** What attaching does: the change, the pods that are made anew for it, and whom it touches. */
export function describeAttach(
  context: RemedyContext,
  place: AttachPlace,
  secret: Attachable,
): {
  readonly danger: Danger;
  readonly changes: readonly Change[];
  readonly radius: readonly string[];
  readonly pods: number;
} {
  const change: SetPullSecrets = {
    kind: 'set-pull-secrets',
    on: place.on,
    before: place.before,
    after: [...place.before, secret.name],
  };
  if (place.target !== undefined) {
    const { stuck, ...effect } = rollOut(context, place.target);
    return { ...effect, changes: [change, ...stuck] };
  }
  const pods = findStuckPods(context, { isEach: true });
  const left = pods.replaceable - pods.deleted.length;
  return {
    danger: 'careful',
    changes: [change, ...pods.deleted],
    radius: [
      describeUsers(context, place),
      pods.deleted.length === 0
        ? `only later pods get it: no stuck pod may be deleted (${pods.obstacle ?? 'none is stuck any more'})`
        : `${counted(pods.deleted.length, 'stuck pod')} of ${context.member.namespace}/${context.member.workloadName} ${pods.deleted.length === 1 ? 'is' : 'are'} deleted and made anew: only new pods get it`,
      ...(left > 0 ? [`${left} more stay as they are: press again for them`] : []),
      'no pod that ever started is touched',
    ],
    pods: pods.deleted.length,
  };
}

function describeUsers({ world, member }: RemedyContext, { label, on }: AttachPlace): string {
  const users = world.index
    .podsIn(member.namespace)
    .filter(({ spec }) => (spec?.serviceAccountName ?? 'default') === on.name);
  const workloads = new Set(users.map((pod) => Object.values(findTopOwner(pod, world.index)).join('/')));
  return `${label} is used by ${counted(users.length, 'pod')} of ${counted(workloads.size, 'workload')}: those that run stay as they are, their new pods get the secret too`;
}

import type { DiagnosedFailure } from '../incident/build-members.ts';
import { memberKey } from '../incident/member-key.ts';
import type { Repairable } from '../incident/secret-repair.ts';
import type { KubeObject, KubeSecret, Namespace } from '../kubernetes.ts';
import type { PullFailure } from '../pull-failure.ts';
import type { PullSecretFact } from '../pull-secret.ts';
import { judgeKey } from './judge-key.ts';
import { isAdvised, isOptedOut, MODE_ANNOTATION } from './plan-secret.ts';
import type { RefreshTarget, RoleChoice } from './target.ts';
import { targetsOf } from './want-secrets.ts';

/** Where a look was, for whatever decides whether a target covers it. */
export interface RepairPlace {
  readonly cluster: string;
  readonly namespace: string;
  readonly targets: readonly RefreshTarget[];
  /** As read; a target by label covers a namespace only if its label was seen. */
  readonly namespaceObject: Namespace | undefined;
  readonly secrets: readonly KubeSecret[];
}

/**
 * Members whose best cause is a pull secret that a configured target would keep fresh: expired, or missing where the
 * target makes it. What is malformed stays as it is: the refresh leaves that alone too.
 * @returns by the member's key
 */
export function findRepairable(
  diagnosed: readonly DiagnosedFailure[],
  place: RepairPlace,
): ReadonlyMap<string, Repairable> {
  const found = new Map<string, Repairable>();
  const targets = targetsOf(place.cluster, place.targets).filter(
    (target) => target.mode === 'auto' && covers(target, place),
  );
  if (targets.length === 0 || isLeftAlone(place.namespaceObject)) return found;
  for (const { failure, findings } of diagnosed) {
    const { namespace, workload, container } = failure;
    if (namespace !== place.namespace || workload === undefined || container === undefined) continue;
    if (workload.annotations[MODE_ANNOTATION] === 'advise') continue;
    const key = memberKey(namespace, workload, container.name);
    const repairable = found.has(key) ? undefined : repairableBy(findings[0]?.causeId, failure, targets, place);
    if (repairable !== undefined) found.set(key, repairable);
  }
  return found;
}

function repairableBy(
  causeId: string | undefined,
  failure: PullFailure,
  targets: readonly RefreshTarget[],
  { secrets }: RepairPlace,
): Repairable | undefined {
  for (const secret of failure.pullSecrets) {
    const object = secrets.find(({ metadata }) => metadata?.name === secret.name);
    if (isLeftAlone(object)) continue;
    const target = targets.find((one) => {
      if (!one.secretNames.includes(secret.name)) return false;
      if (causeId === 'auth-expired') return isExpired(secret, failure, one);
      return causeId === 'secret-not-found' && isToBeMade(secret, failure, one);
    });
    if (target === undefined) continue;
    return {
      secret: secret.name,
      wasMissing: secret.state === 'missing',
      target: target.name,
      identity: describeRole(target.role),
      lastWrittenBy: secret.lastWrittenBy,
      lastWrittenAt: secret.lastWrittenAt,
    };
  }
  return undefined;
}

/** An entry that the kubelet sends for this image, of a registry of the target, that has ended or whose end nobody knows. */
function isExpired({ state, matching }: PullSecretFact, { observedAt }: PullFailure, target: RefreshTarget): boolean {
  if (state !== 'ok') return false;
  return matching.some(
    ({ key, expiresAt }) =>
      (expiresAt === undefined || expiresAt <= observedAt) && judgeKey(key, [target]).kind === 'ours',
  );
}

function isToBeMade({ state }: PullSecretFact, { image }: PullFailure, target: RefreshTarget): boolean {
  if (state !== 'missing' || !target.isCreated || image === undefined) return false;
  return judgeKey(image.registry, [target]).kind === 'ours';
}

/** Whether a target is about that namespace, as far as its labels were read. */
export function covers(
  { namespaces }: RefreshTarget,
  { namespace, namespaceObject }: Pick<RepairPlace, 'namespace' | 'namespaceObject'>,
): boolean {
  if (namespaces.kind === 'names') return namespaces.names.includes(namespace);
  const labels = namespaceObject?.metadata?.labels ?? {};
  return Object.hasOwn(labels, namespaces.key) && labels[namespaces.key] === namespaces.value;
}

function isLeftAlone(object: KubeObject | undefined): boolean {
  return isOptedOut(object) || isAdvised(object);
}

/** `role/pullmedic-shop` as people call it: without the partition and the account. */
export function describeRole(role: RoleChoice): string {
  if (role.kind === 'own') return "pullmedic's own identity";
  return role.chain.at(-1)?.replace(/^arn:[^:]*:iam::\d*:/, '') ?? '';
}

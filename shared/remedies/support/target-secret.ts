import type { PullSecretFact } from '../../domain/pull-secret.ts';
import { covers, describeRole } from '../../domain/refresh/find-repairable.ts';
import { judgeKey } from '../../domain/refresh/judge-key.ts';
import { isAdvised, isOptedOut, planSecret, REFRESH_LABEL } from '../../domain/refresh/plan-secret.ts';
import type { RefreshTarget } from '../../domain/refresh/target.ts';
import { targetsOf } from '../../domain/refresh/want-secrets.ts';
import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { RemedyContext } from '../remedy.ts';
import { leadOf } from './lead.ts';
import { isRefused, noPlan } from './no-plan.ts';

/** A pull secret of a failing pod that a configured target may give a fresh token. */
export interface TargetedSecret {
  readonly name: string;
  readonly targets: readonly RefreshTarget[];
  readonly target: RefreshTarget;
  readonly identity: string;
  readonly isMissing: boolean;
  /** Its token has ended, or it is not there; else its end is near or not known. */
  readonly isProven: boolean;
}

/** Tokens that end this soon are as good as ended: a pull of a large image takes its time. */
const SOON_MS = 30 * 60_000;
/** Causes that a fresh token may end although no expiry is known. */
const REFUSED: readonly string[] = ['auth-expired', 'auth-forbidden', 'auth-invalid'];

/**
 * The first pull secret of the failing pod that a target covers and a fresh token would help. Targets of mode `advise`
 * count: a person asks here.
 */
export function findTargetedSecret(context: RemedyContext): TargetedSecret | NoPlan {
  const { cluster, member, world } = context;
  const { namespace } = member;
  const { failure, best } = leadOf(context);
  const causeId = best?.causeId ?? '';
  if (causeId !== 'secret-not-found' && !REFUSED.includes(causeId)) {
    return noPlan(`a fresh token would not help: ${best?.phrase ?? 'the cause is not known'}`);
  }
  const namespaceObject = world.index.snapshot.namespaces.find(({ metadata }) => metadata?.name === namespace);
  const place = { cluster, namespace, namespaceObject };
  const targets = targetsOf(cluster, context.targets)
    .filter((target) => covers(target, place))
    .map((target) => ({ ...target, mode: 'auto' as const }));
  const named = failure.pullSecrets.filter(({ name }) => targets.some(({ secretNames }) => secretNames.includes(name)));
  if (named.length === 0) {
    return noPlan(`no target of the configuration names a pull secret that this pod uses in ${namespace}`);
  }
  if (isOptedOut(namespaceObject))
    return noPlan(`namespace ${namespace} is left alone: its label ${REFRESH_LABEL} is "false"`);

  const judged = named.map((secret) => judge(secret, causeId, targets, context));
  return judged.find((one) => !isRefused(one)) ?? judged[0] ?? noPlan('there is no secret to refresh');
}

function judge(
  secret: PullSecretFact,
  causeId: string,
  all: readonly RefreshTarget[],
  context: RemedyContext,
): TargetedSecret | NoPlan {
  const { failure } = leadOf(context);
  const label = `secret ${secret.namespace}/${secret.name}`;
  const targets = all.filter(({ secretNames }) => secretNames.includes(secret.name));
  const basics = (target: RefreshTarget) => ({
    name: secret.name,
    targets,
    target,
    identity: describeRole(target.role),
  });
  if (secret.state === 'missing') {
    const host = failure.image?.registry ?? '';
    const maker = targets.find((target) => target.isCreated && judgeKey(host, [target]).kind === 'ours');
    if (maker === undefined)
      return noPlan(`${label} does not exist, and its target does not create it (create: true) for ${host}`);
    return { ...basics(maker), isMissing: true, isProven: true };
  }
  if (causeId === 'secret-not-found') return noPlan(`${label} is there`);
  if (secret.state === 'unreadable')
    return noPlan(`${label} could not be read: ${secret.problem ?? 'nothing is known of it'}`);
  const object = context.world.index.snapshot.secrets.find(
    ({ metadata }) => metadata?.name === secret.name && (metadata.namespace ?? 'default') === secret.namespace,
  );
  if (object === undefined) return noPlan(`${label} was not read`);
  if (isAdvised(object)) return noPlan(`${label} asks that nothing of it be changed (pullmedic.dev/mode: advise)`);
  const at = { cluster: context.cluster, now: context.now, isForced: true };
  const { decision } = planSecret(object, { namespace: secret.namespace, name: secret.name, targets }, at);
  if (decision.kind === 'skip') return noPlan(`${label} is not refreshed: ${decision.why}`);

  const sent = secret.matching.flatMap((entry) => {
    const verdict = judgeKey(entry.key, targets);
    return verdict.kind === 'ours' ? [{ entry, target: verdict.target }] : [];
  });
  const stale = sent.find(({ entry }) => entry.expiresAt === undefined || entry.expiresAt <= context.now + SOON_MS);
  if (sent.length === 0) return noPlan(`${label} has no entry of its target's registries for this image`);
  if (stale === undefined) return noPlan(`${label} holds a token that is good: another one would be refused alike`);
  const { expiresAt } = stale.entry;
  const isProven = causeId === 'auth-expired' || (expiresAt !== undefined && expiresAt <= context.now);
  return { ...basics(stale.target), isMissing: false, isProven };
}

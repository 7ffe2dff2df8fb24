import { isRepairing } from '../../domain/incident/secret-repair.ts';
import { judgeKey } from '../../domain/refresh/judge-key.ts';
import type { RefreshSecret } from '../../domain/remedy/change.ts';
import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { counted, labelOf } from '../support/label.ts';
import { isRefused } from '../support/no-plan.ts';
import { findStuckPods } from '../support/stuck-pods.ts';
import { findTargetedSecret, type TargetedSecret } from '../support/target-secret.ts';

/** Gives a pull secret of a configured target a fresh ECR token, and has the pods that wait for it try at once. */
export const refreshPullSecret: Remedy = {
  id: 'refresh-pull-secret',
  title: 'Refresh the pull secret of a configured target',

  propose(context) {
    const { repair } = context.member;
    // pullmedic is at it by itself; a second token beside it would help nobody.
    if (repair !== undefined && isRepairing(repair, context.now)) return undefined;
    const found = findTargetedSecret(context);
    if (isRefused(found)) return undefined;
    const rank = found.isProven ? 10 : 45;
    return { remedyId: 'refresh-pull-secret', label: labelFor(found), danger: 'safe', choices: [], rank };
  },

  plan(context) {
    const found = findTargetedSecret(context);
    return isRefused(found) ? found : planRefresh(context, found);
  },
};

function labelFor({ name, isMissing }: TargetedSecret): string {
  return isMissing
    ? labelOf(`Create secret ${name}`, 'Create the pull secret')
    : labelOf(`Refresh secret ${name}`, 'Refresh the pull secret');
}

function planRefresh(context: RemedyContext, found: TargetedSecret): Plan | NoPlan {
  const { member, world } = context;
  const { name, target, targets, identity, isMissing } = found;
  const change: RefreshSecret = {
    kind: 'refresh-secret',
    namespace: member.namespace,
    name,
    target: target.name,
    identity,
    isMissing,
    image: member.image,
  };
  const pods = findStuckPods(context, {
    secretNames: new Set([name]),
    isRegistry: (host) => judgeKey(host, targets).kind === 'ours',
  });
  const users = world.index
    .podsIn(member.namespace)
    .filter(({ spec }) => spec?.imagePullSecrets?.some((one) => one.name === name) === true).length;
  const verb = isMissing ? 'is made' : 'gets a fresh token in place; other registries in it are kept';
  return {
    remedyId: 'refresh-pull-secret',
    label: labelFor(found),
    danger: 'safe',
    changes: [change, ...pods.deleted],
    radius: [
      `secret ${member.namespace}/${name} ${verb}: ${counted(users, 'pod')} ${users === 1 ? 'names' : 'name'} it`,
      ...(pods.deleted.length === 0
        ? []
        : [
            `${pods.deleted.length} of ${counted(pods.stuck, 'stuck pod')} of ${member.namespace}/${member.workloadName} ${pods.deleted.length === 1 ? 'is' : 'are'} deleted and made anew, one per node; the others follow`,
          ]),
      'no pod that ever started is touched',
    ],
    warnings: ['a refresh has no undo: the old token ends by itself'],
    choices: [],
    choice: undefined,
    members: [member.key],
    pods: pods.deleted.length,
  };
}

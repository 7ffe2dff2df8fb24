import type { PolicyConfig, PolicyRule, RemedyMode } from '../config/policy.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { Danger, RemedyId } from '../domain/remedy/proposal.ts';
import { showAllowingRule } from './support/allowing-rule.ts';

/** Who asks: a person in a channel, or the policy itself (mode `auto`). */
export type Asker =
  | {
      readonly userId: string;
      readonly channelId: string;
      /** Ids of the user groups that the person is in, of those that rules name. */
      readonly groups: ReadonlySet<string>;
      readonly isGuest: boolean;
    }
  | 'policy';

export interface PolicyQuestion {
  readonly policy: PolicyConfig;
  readonly remedyId: RemedyId;
  readonly cluster: string;
  /** All that the remedy touches: each must be allowed. */
  readonly namespaces: readonly string[];
  /** Pods that it restarts or deletes. */
  readonly pods: number;
  readonly by: Asker;
  /** Of the plan; left out where there is none yet = as if it were dangerous. */
  readonly danger?: Danger | undefined;
}

export type PolicyAnswer =
  | {
      readonly kind: 'allowed';
      /** Name of the rule, or of all that took part. */
      readonly rule: string;
      readonly mode: RemedyMode;
      readonly needsTypedName: boolean;
    }
  | {
      readonly kind: 'denied';
      /** As a sentence. */
      readonly why: string;
      /** Who may, in words with Slack ids. */
      readonly whoMay: string;
      /** The same as ids, for mentions. */
      readonly may: WhoMay;
      /** YAML for `pullmedic.yaml` that would allow it. */
      readonly howTo: string;
    };

export type WhoMay = Pick<PolicyRule, 'users' | 'userGroups' | 'channels'>;

const NOBODY: WhoMay = { users: [], userGroups: [], channels: [] };

/** Whether it may be done. What no rule matches is not done; the first rule that matches a namespace decides about it. */
export function decideAllowed(question: PolicyQuestion): PolicyAnswer {
  const { policy, remedyId, cluster, namespaces, by, danger = 'dangerous' } = question;
  if (policy.mode === 'advise') {
    return denied(question, 'every button is turned off by the configuration (policy.mode: advise)', undefined);
  }
  if (namespaces.length === 0) return denied(question, 'it is about no namespace', undefined);
  const rules: PolicyRule[] = [];
  for (const namespace of namespaces) {
    const rule = findRule(policy, remedyId, cluster, namespace);
    const where = `${remedyId} in ${cluster} ${namespace}`;
    if (rule === undefined) return denied(question, `no rule of the policy is about ${where}`, undefined);
    const why = refusal(rule, question);
    if (why !== undefined) return denied(question, `rule "${rule.name}" does not allow ${where}: ${why}`, rule);
    if (!rules.includes(rule)) rules.push(rule);
  }
  const typed = rules.map(({ typedName }) => typedName);
  return {
    kind: 'allowed',
    rule: rules.map(({ name }) => name).join(', '),
    mode: by === 'policy' || rules.every(({ mode }) => mode === 'auto') ? 'auto' : 'ask',
    needsTypedName: typed.includes('always') || (typed.includes('dangerous') && danger === 'dangerous'),
  };
}

/** Whether there is anybody who may press: else no button is shown. */
export function isOffered(
  policy: PolicyConfig,
  remedyId: RemedyId,
  cluster: string,
  namespaces: readonly string[],
): boolean {
  return everyRule(policy, remedyId, cluster, namespaces, (rule) => rule.mode !== 'advise' && !isEmpty(rule));
}

/** Whether it runs by itself. */
export function isAuto(
  policy: PolicyConfig,
  remedyId: RemedyId,
  cluster: string,
  namespaces: readonly string[],
): boolean {
  return everyRule(policy, remedyId, cluster, namespaces, ({ mode }) => mode === 'auto');
}

/** Pods that one use may restart: the least of what the rules of these namespaces say; `undefined` = no rule says. */
export function maxPodsOf(
  policy: PolicyConfig,
  remedyId: RemedyId,
  cluster: string,
  namespaces: readonly string[],
): number | undefined {
  const limits = namespaces.flatMap((namespace) => findRule(policy, remedyId, cluster, namespace)?.maxPods ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function everyRule(
  policy: PolicyConfig,
  remedyId: RemedyId,
  cluster: string,
  namespaces: readonly string[],
  holds: (rule: PolicyRule) => boolean,
): boolean {
  if (policy.mode === 'advise' || namespaces.length === 0) return false;
  return namespaces.every((namespace) => {
    const rule = findRule(policy, remedyId, cluster, namespace);
    return rule !== undefined && holds(rule);
  });
}

function findRule(
  { rules }: PolicyConfig,
  remedyId: RemedyId,
  cluster: string,
  namespace: string,
): PolicyRule | undefined {
  return rules.find(
    (rule) =>
      (rule.remedies === undefined || rule.remedies.includes(remedyId)) &&
      (rule.clusters === undefined || rule.clusters.some((glob) => matchesGlob(glob, cluster))) &&
      (rule.namespaces === undefined || rule.namespaces.some((glob) => matchesGlob(glob, namespace))),
  );
}

/** @returns why not; `undefined` = it does allow it */
function refusal(rule: PolicyRule, { by, pods }: PolicyQuestion): string | undefined {
  if (rule.mode === 'advise') return 'its mode is advise, it is told and not done';
  if (by === 'policy') {
    if (rule.mode !== 'auto') return 'a person must confirm it';
  } else {
    const isNamed =
      rule.users.includes(by.userId) ||
      rule.userGroups.some((group) => by.groups.has(group)) ||
      rule.channels.includes(by.channelId);
    if (!isNamed) return isEmpty(rule) ? 'it names nobody who may' : 'you are not among those who may';
    if (by.isGuest && !rule.allowsGuests) return 'guests of the workspace may not';
  }
  return pods > rule.maxPods ? `it would restart ${pods} pods, ${rule.maxPods} are allowed at a time` : undefined;
}

function isEmpty({ users, userGroups, channels }: WhoMay): boolean {
  return users.length + userGroups.length + channels.length === 0;
}

function denied(question: PolicyQuestion, why: string, rule: PolicyRule | undefined): PolicyAnswer {
  const may: WhoMay =
    rule === undefined || rule.mode === 'advise'
      ? NOBODY
      : { users: rule.users, userGroups: rule.userGroups, channels: rule.channels };
  const off = question.policy.mode === 'advise';
  return {
    kind: 'denied',
    why,
    whoMay: inWords(may),
    may,
    howTo: off ? 'policy:\n  mode: by-rule' : showAllowingRule(question, rule),
  };
}

function inWords(may: WhoMay): string {
  if (isEmpty(may)) return 'nobody';
  return [
    ...(may.users.length === 0 ? [] : [may.users.join(', ')]),
    ...(may.userGroups.length === 0 ? [] : [`members of ${may.userGroups.join(', ')}`]),
    ...(may.channels.length === 0 ? [] : [`everybody in ${may.channels.join(', ')}`]),
  ].join('; ');
}

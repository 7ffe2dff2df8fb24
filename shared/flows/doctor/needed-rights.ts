import type { Config } from '../../config/config.ts';
import { type Need, PERMISSIONS, type Permission, type Verb } from '../../domain/permissions.ts';
import type { RefreshTarget } from '../../domain/refresh/target.ts';
import { targetsOf } from '../../domain/refresh/want-secrets.ts';
import { REMEDY_IDS } from '../../domain/remedy/proposal.ts';
import type { AccessQuestion } from '../../ports/inspection.ts';
import { isAuto, isOffered } from '../../remedies/policy.ts';
import type { ClusterUse } from './cluster-use.ts';

/** A right that the configuration makes necessary, and the row of the table that it comes from. */
export interface Asked {
  readonly permission: Permission;
  readonly question: AccessQuestion;
}

/** Each namespace costs a few calls; a cluster with more is asked about the first of them. */
const MAX_NAMESPACES = 20;
/** The cluster's own: nothing of them is configured, as a rule. */
const SYSTEM = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'pullmedic']);

/** @param live names of all namespaces; `undefined` = this identity may not list them */
export function neededRights(use: ClusterUse, live: readonly string[] | undefined, config: Config): readonly Asked[] {
  return PERMISSIONS.filter(({ identity }) => use.identities.includes(identity)).flatMap((permission) =>
    placesOf(permission, use.cluster.name, live, config).flatMap((place) =>
      permission.resources.flatMap((resource) =>
        permission.verbs
          .filter((verb) => !place.isLookOnly || verb === 'get')
          .map((verb) => ({ permission, question: question(permission, verb, resource, place) })),
      ),
    ),
  );
}

interface Place {
  /** `undefined` = the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly isLookOnly: boolean;
}

const EVERYWHERE: Place = { namespace: undefined, name: undefined, isLookOnly: false };

function placesOf(
  { need, scope }: Permission,
  cluster: string,
  live: readonly string[] | undefined,
  config: Config,
): readonly Place[] {
  switch (need.kind) {
    case 'always':
      return [EVERYWHERE];
    case 'events':
      return config.events ? [EVERYWHERE] : [];
    // Told apart: see `secretLines`.
    case 'evidence':
      return [];
    case 'target': {
      const targets = targetsOf(cluster, config.targets).filter((target) => isAbout(need, target));
      if (scope === 'cluster') return targets.length > 0 ? [EVERYWHERE] : [];
      return targets.flatMap((target) => targetPlaces(target, need));
    }
    case 'remedy': {
      const namespaces = remedyNamespaces(need, cluster, live, config);
      return namespaces.map((namespace) => ({ ...EVERYWHERE, namespace }));
    }
  }
}

function isAbout(need: Need & { readonly kind: 'target' }, target: RefreshTarget): boolean {
  switch (need.with) {
    case undefined:
      return true;
    case 'create':
      return target.isCreated && target.mode === 'auto';
    case 'label':
      return target.namespaces.kind === 'label';
    case 'attach':
      return target.attachTo.length > 0 && target.mode === 'auto';
    case 'retry':
      return target.retriesPods && target.mode === 'auto';
  }
}

/** A target by label names no namespace: which ones it reaches is told by `pullmedic refresh --dry-run`. */
function targetPlaces(target: RefreshTarget, need: Need & { readonly kind: 'target' }): readonly Place[] {
  const namespaces = target.namespaces.kind === 'names' ? target.namespaces.names.slice(0, MAX_NAMESPACES) : [];
  const isLookOnly = target.mode === 'advise';
  // RBAC can limit get and patch to names, and does in overlays/example; create and the rest it cannot.
  const names = need.with === undefined ? target.secretNames : [undefined];
  return namespaces.flatMap((namespace) => names.map((name) => ({ namespace, name, isLookOnly })));
}

function remedyNamespaces(
  { ids }: Need & { readonly kind: 'remedy' },
  cluster: string,
  live: readonly string[] | undefined,
  config: Config,
): readonly string[] {
  const { policy } = config;
  const remedies = ids === 'any' ? REMEDY_IDS.filter((id) => id !== 'silence-alert') : ids;
  return namespacesToAsk(live, config, cluster).filter((namespace) =>
    remedies.some((id) => isOffered(policy, id, cluster, [namespace]) || isAuto(policy, id, cluster, [namespace])),
  );
}

/** Those that are there; where they cannot be listed, those that the configuration names. 20 at most. */
export function namespacesToAsk(
  live: readonly string[] | undefined,
  config: Config,
  cluster: string,
): readonly string[] {
  const named = [
    ...targetsOf(cluster, config.targets).flatMap(({ namespaces }) =>
      namespaces.kind === 'names' ? namespaces.names : [],
    ),
    ...config.policy.rules.flatMap(({ namespaces = [] }) => namespaces.filter((name) => !/[*?]/.test(name))),
  ];
  const all = live ?? [...new Set(named)];
  return all.filter((name) => !SYSTEM.has(name)).slice(0, MAX_NAMESPACES);
}

function question({ group }: Permission, verb: Verb, resource: string, { namespace, name }: Place): AccessQuestion {
  return { verb, group, resource, namespace, name };
}

import type { ApiObject, Json } from './objects.ts';
import { findResource, type Resource } from './resources.ts';
import type { Store } from './store.ts';

/** Who a bearer token stands for. */
export interface ApiUser {
  /** Such as `system:serviceaccount:pullmedic:pullmedic-triage`. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** What somebody wants to do, as an authoriser sees it. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

type Binding = ApiObject & {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
};

/** The bindings that count: of the whole cluster, and of the namespace that is asked about. */
export function isAllowed(store: Store, user: ApiUser, asked: AccessAttributes): boolean {
  const bindings = [
    ...store.list(rbac('clusterrolebindings'), undefined),
    ...(asked.namespace ? store.list(rbac('rolebindings'), asked.namespace) : []),
  ] as unknown as readonly Binding[];
  return bindings
    .filter(({ subjects = [] }) => subjects.some((subject) => isMeant(subject, user)))
    .flatMap((binding) => rulesOf(store, binding))
    .some((rule) => grants(rule, asked));
}

function rulesOf(store: Store, { roleRef, metadata }: Binding): readonly Rule[] {
  const isClusterRole = roleRef.kind === 'ClusterRole';
  const role = store.get(
    rbac(isClusterRole ? 'clusterroles' : 'roles'),
    isClusterRole ? undefined : metadata.namespace,
    roleRef.name,
  ) as (ApiObject & Json) | undefined;
  return (role?.['rules'] ?? []) as readonly Rule[];
}

function isMeant({ kind, name, namespace }: Subject, user: ApiUser): boolean {
  if (kind === 'Group') return user.groups.includes(name);
  return user.name === (kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name);
}

function grants(rule: Rule, { verb, group, resource, subresource, name }: AccessAttributes): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.some((one) => one === '*' || one === value);
  const whole = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  const names = rule.resourceNames ?? [];
  return (
    has(rule.verbs, verb) === true &&
    has(rule.apiGroups, group) === true &&
    has(rule.resources, whole) === true &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function rbac(plural: string): Resource {
  const found = findResource('rbac.authorization.k8s.io', 'v1', plural);
  if (found === undefined) throw new Error(`${plural} are not served`);
  return found;
}

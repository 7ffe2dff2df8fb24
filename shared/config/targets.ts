import type * as z from 'zod/mini';
import { classicEcrHost, readEcrRegistry } from '../domain/refresh/ecr-registry.ts';
import type { RefreshTarget, RoleChoice, TargetNamespaces, TargetRegistry } from '../domain/refresh/target.ts';
import type { target } from './schema/targets.ts';

/** A target as it stands in the file. */
export type TargetFile = z.infer<typeof target>;

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What is wrong with targets beyond what a single key can tell. Paths begin at the list. */
export function checkTargets(targets: readonly TargetFile[]): readonly Issue[] {
  const names = targets.map(nameOf);
  return targets.flatMap((target, index) => {
    const issues = checkTarget(target, index).map(({ path, message }) => ({ path: [index, ...path], message }));
    return names.indexOf(nameOf(target, index)) < index
      ? [...issues, { path: [index, 'name'], message: 'expected a name that no other target has' }]
      : issues;
  });
}

function checkTarget(target: TargetFile, index: number): readonly Issue[] {
  const issues: Issue[] = [];
  if (target.namespaces === undefined && target.namespaceLabel === undefined) {
    issues.push({ path: ['namespaces'], message: 'is required: a list of names, or `namespaceLabel` in its place' });
  }
  if (target.namespaces !== undefined && target.namespaceLabel !== undefined) {
    issues.push({ path: ['namespaceLabel'], message: 'stands beside `namespaces`: give one of them' });
  }
  target.registries.forEach((registry, position) => {
    if (readRegistry(registry) !== undefined) return;
    issues.push({ path: ['registries', position], message: 'expected an account and a region of ECR' });
  });
  if (issues.length > 0 || target.repositories === undefined) return issues;

  if (target.roleArn === 'none') {
    const message = 'needs a `roleArn`: only a role that is assumed can be narrowed';
    return [{ path: ['repositories'], message }];
  }
  const length = policyLength(target.repositories, toTarget(target, index).registries);
  if (length <= MAX_SESSION_POLICY) return [];
  const message = `too many: a session policy of ${length} characters, STS takes ${MAX_SESSION_POLICY}; use patterns or several targets`;
  return [{ path: ['repositories'], message }];
}

/** STS refuses a longer session policy (AssumeRole, `Policy`). */
const MAX_SESSION_POLICY = 2_048;
/** At most: all but the resources, and an ARN without its region and repository. */
const POLICY_FRAME = 250;
const ARN_FRAME = 55;

/** An upper bound; the policy itself is made with the request for the token, which this page need not load. */
function policyLength(repositories: readonly string[], registries: readonly TargetRegistry[]): number {
  const arns = registries.flatMap(({ region }) => repositories.map((name) => ARN_FRAME + region.length + name.length));
  return arns.reduce((sum, length) => sum + length, POLICY_FRAME);
}

/** @param index its place in the list, for the name of one that has none */
export function toTarget(file: TargetFile, index: number): RefreshTarget {
  return {
    name: nameOf(file, index),
    clusters: file.clusters,
    namespaces: toNamespaces(file),
    secretNames: file.secretNames,
    registries: file.registries.flatMap((registry) => readRegistry(registry) ?? []),
    role: toRole(file.roleArn),
    repositories: file.repositories,
    isCreated: file.create,
    attachTo: file.attachTo ?? [],
    retriesPods: file.retryPods,
    mode: file.mode,
  };
}

function nameOf({ name }: TargetFile, index: number): string {
  return name ?? `target-${index + 1}`;
}

function toNamespaces({ namespaces, namespaceLabel }: TargetFile): TargetNamespaces {
  return namespaceLabel === undefined
    ? { kind: 'names', names: namespaces ?? [] }
    : { kind: 'label', key: namespaceLabel.key, value: namespaceLabel.value };
}

function toRole(roleArn: TargetFile['roleArn']): RoleChoice {
  if (roleArn === 'none') return { kind: 'own' };
  return { kind: 'assume', chain: typeof roleArn === 'string' ? [roleArn] : roleArn };
}

function readRegistry(registry: TargetFile['registries'][number]): TargetRegistry | undefined {
  const isAnyHost = typeof registry !== 'string';
  const host = isAnyHost ? classicEcrHost(registry.account, registry.region) : registry;
  const read = readEcrRegistry(host);
  return read === undefined ? undefined : { ...read, isAnyHost };
}

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ABUSES } from './guardrails/abuses.ts';

const FOLDER = join(import.meta.dirname, '../../infra/kubernetes');
const READ_VERBS = ['get', 'list'];

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  readonly spec?: {
    readonly failurePolicy?: string;
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly validations?: readonly { readonly message: string; readonly reason: string }[];
    readonly validationActions?: readonly string[];
    readonly policyName?: string;
  };
}

/** Every manifest of a folder and below, as it is written. */
function manifests(folder: string): readonly Manifest[] {
  return (
    readdirSync(join(FOLDER, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => parseAllDocuments(readFileSync(join(FOLDER, folder, name), 'utf8')))
      .map((document) => document.toJS() as Manifest)
      // Beside manifests there is configuration of pullmedic itself.
      .filter(({ kind }) => kind !== undefined && kind !== 'Kustomization')
  );
}

/** Roles that are bound in the whole cluster by these manifests, with their rules. */
function boundEverywhere(all: readonly Manifest[]): readonly Manifest[] {
  const names = all.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ roleRef }) => roleRef?.name);
  return all.filter(({ kind, metadata }) => kind === 'ClusterRole' && names.includes(metadata.name));
}

const base = manifests('base');
const triage = [...base, ...manifests('overlays/triage')];
/** What pullmedic needs; `examples` and `prepull` are for other workloads. */
const everything = ['base', 'overlays', 'policies'].flatMap(manifests);

describe('the shipped manifests', () => {
  it('bind neither a Secret nor a write verb in the whole cluster by the base', () => {
    const rules = boundEverywhere(base).flatMap((role) => role.rules ?? []);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.flatMap(({ verbs }) => verbs).filter((verb) => !READ_VERBS.includes(verb))).toEqual([]);
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
  });

  it('hold no write verb at all in the base, which older clusters take without the policies', () => {
    const verbs = base.flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs));
    expect(verbs.filter((verb) => !READ_VERBS.includes(verb))).toEqual([]);
  });

  it('bind one write in the whole cluster by the installation: events', () => {
    const writes = boundEverywhere(triage)
      .flatMap((role) => role.rules ?? [])
      .filter(({ verbs }) => verbs.some((verb) => !READ_VERBS.includes(verb)));
    expect(writes.map(({ resources, verbs }) => ({ resources, verbs }))).toEqual([
      { resources: ['events'], verbs: ['create', 'patch'] },
    ]);
  });

  it('let nobody list Secrets, delete one, or use a wildcard', () => {
    const rules = everything.flatMap(({ rules: own = [] }) => own);
    for (const { resources, verbs } of rules) {
      expect([...resources, ...verbs]).not.toContain('*');
      if (resources.includes('secrets')) expect(['get', 'create', 'patch']).toEqual(expect.arrayContaining([...verbs]));
    }
  });

  it('create no DaemonSet, and no workload but pullmedic itself', () => {
    const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Job', 'CronJob'];
    const workloads = everything.filter(({ kind }) => kinds.includes(kind));
    for (const { kind, metadata } of workloads) expect(`${kind}/${metadata.name}`).toBe('Deployment/pullmedic');
  });

  it('refer only to roles that exist, and to each identity by its service account and by its group', () => {
    const roles = everything
      .filter(({ kind }) => /Role$/.test(kind))
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const bindings = everything.filter(({ kind }) => kind.endsWith('RoleBinding'));
    expect(bindings.length).toBeGreaterThan(5);
    for (const { roleRef, subjects = [] } of bindings) {
      expect(roles).toContain(`${roleRef?.kind}/${roleRef?.name}`);
      const accounts = subjects.filter(({ kind }) => kind === 'ServiceAccount');
      expect(accounts.map(({ namespace }) => namespace)).toEqual(accounts.map(() => 'pullmedic'));
      expect(subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name)).toEqual(
        accounts.map(({ name }) => name.replace('pullmedic-', 'pullmedic:')),
      );
    }
  });
});

describe('the admission policies', () => {
  const policies = manifests('policies').filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const bindings = manifests('policies').filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');

  it('are each bound, deny, and close when they cannot judge', () => {
    expect(bindings.map(({ spec }) => spec?.policyName).sort()).toEqual(
      policies.map(({ metadata }) => metadata.name).sort(),
    );
    for (const { spec } of bindings) expect(spec?.validationActions).toEqual(['Deny']);
    for (const { spec } of policies) expect(spec?.failurePolicy).toBe('Fail');
  });

  it('concern the same identities, all of them', () => {
    const conditions = new Set(policies.map(({ spec }) => spec?.matchConditions?.[0]?.expression));
    expect(conditions.size).toBe(1);
    for (const who of ['triage', 'refresh', 'remedy']) {
      expect([...conditions][0]).toContain(`'system:serviceaccount:pullmedic:pullmedic-${who}'`);
      expect([...conditions][0]).toContain(`'pullmedic:${who}'`);
    }
  });

  it('have an abuse in the guardrails run for every rule', () => {
    const rules = policies.flatMap(({ metadata, spec }) =>
      (spec?.validations ?? []).map(({ message }) => `${metadata.name}/${message.split(':')[0]}`),
    );
    const tried = new Set(ABUSES.map(({ policy, rule }) => `${policy}/${rule}`));
    expect([...new Set(rules)].sort()).toEqual([...tried].sort());
  });
});

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
if (!hasKubectl) console.warn('SKIPPED: kubectl is not on this machine, so no kustomization is built');
(hasKubectl ? describe : describe.skip)('kubectl kustomize', () => {
  const folders = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    existsSync(join(FOLDER, name, 'kustomization.yaml')),
  );

  it.each(folders)('builds %s', (folder) => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(FOLDER, folder)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parseAllDocuments(stdout).length).toBeGreaterThan(0);
  });

  it('names targets in the policy of the example', () => {
    const { stdout } = spawnSync('kubectl', ['kustomize', join(FOLDER, 'overlays/example')], { encoding: 'utf8' });
    expect(stdout).toContain("[''shop/ecr-creds'']");
  });
});

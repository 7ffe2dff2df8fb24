import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { permissionsDoc } from '../../infra/build/permissions-doc.ts';
import { EXCESS_RIGHTS } from '../../shared/domain/excess-rights.ts';
import { ADMISSION_POLICIES, PERMISSIONS } from '../../shared/domain/permissions.ts';
import { ownManifests, type RbacManifest } from '../support/manifests.ts';

const FOLDERS = [
  'base',
  ...['triage', 'read-secrets', 'refresh', 'refresh-by-label', 'refresh-attach', 'refresh-retry-pods', 'remedy'].map(
    (name) => `overlays/${name}`,
  ),
];
const all = FOLDERS.flatMap(ownManifests);

/** Every right that a folder's bindings give: `triage list pods (cluster) base`. */
function granted(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    ownManifests(folder)
      .filter(({ kind }) => kind.endsWith('RoleBinding'))
      .flatMap((binding) => rightsOf(binding, folder)),
  );
}

function rightsOf({ kind, roleRef, subjects = [] }: RbacManifest, folder: string): readonly string[] {
  const role = all.find((one) => one.kind === roleRef?.kind && one.metadata.name === roleRef.name);
  expect(role).toBeDefined();
  const scope = kind === 'ClusterRoleBinding' ? 'cluster' : 'namespace';
  return subjects
    .filter((subject) => subject.kind === 'ServiceAccount')
    .flatMap(({ name }) =>
      (role?.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map((verb) => right(name.replace('pullmedic-', ''), verb, group, resource, scope, folder)),
          ),
        ),
      ),
    );
}

function right(identity: string, verb: string, group: string, resource: string, scope: string, folder: string): string {
  return `${identity} ${verb} ${resource}${group === '' ? '' : `.${group}`} (${scope}) ${folder}`;
}

const listed = PERMISSIONS.flatMap(({ identity, verbs, grantedToo = [], group, resources, scope, overlay }) =>
  resources.flatMap((resource) =>
    [...verbs, ...grantedToo].map((verb) => right(identity, verb, group, resource, scope, overlay)),
  ),
);

describe('the table of permissions', () => {
  it('lists what infra/kubernetes grants, and nothing that no overlay grants', () => {
    expect([...new Set(listed)].sort()).toEqual([...new Set(granted(FOLDERS))].sort());
  });

  it('lists each right once', () => {
    expect(listed.filter((one, index) => listed.indexOf(one) !== index)).toEqual([]);
  });

  it('is what docs/permissions.md shows: node infra/build/permissions-doc.ts writes it', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'permissions.md'), 'utf8');
    expect(page).toBe(permissionsDoc());
  });

  it('calls no right of the whole cluster an excess that it grants there itself', () => {
    const inCluster = PERMISSIONS.filter(({ scope }) => scope === 'cluster').flatMap(({ verbs, group, resources }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`)),
    );
    const excess = EXCESS_RIGHTS.map(({ verb, group, resource }) => `${verb} ${resource}.${group}`);
    expect(excess.filter((one) => inCluster.includes(one))).toEqual([]);
  });

  it('names the admission policies that there are', () => {
    const there = ownManifests('policies').filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(ADMISSION_POLICIES).toEqual(there.map(({ metadata }) => metadata.name).sort());
    const bindings = ownManifests('policies').filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    // What `doctor` goes by.
    expect(bindings.map(({ metadata }) => metadata.name).sort()).toEqual(ADMISSION_POLICIES);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ClusterChange } from '../../shared/domain/remedy/change.ts';
import { REMEDY_IDS } from '../../shared/domain/remedy/proposal.ts';
import { REMEDIES } from '../../shared/remedies/catalogue/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Of whole incidents: planned from alerts and from offers. */
const OF_INCIDENTS: Readonly<Record<string, string>> = {
  'silence-alert': 'shared/remedies/silence.ts',
  undo: 'shared/remedies/undo.ts',
};

/** Verbs that each kind of change needs, by resource. */
const VERBS: Readonly<Record<ClusterChange['kind'], readonly (readonly [string, string])[]>> = {
  'set-images': [
    ['deployments', 'patch'],
    ['statefulsets', 'patch'],
    ['daemonsets', 'patch'],
  ],
  'set-pull-secrets': [
    ['serviceaccounts', 'patch'],
    ['deployments', 'patch'],
    ['statefulsets', 'patch'],
    ['daemonsets', 'patch'],
  ],
  'delete-pod': [['pods', 'delete']],
};
const READS = ['get', 'list'];

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

function remedyRules(): readonly Rule[] {
  const text = readFileSync(join(ROOT, 'infra/kubernetes/overlays/triage/remedy-role.yaml'), 'utf8');
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as { rules?: readonly Rule[] }).rules ?? []);
}

describe('the catalogue', () => {
  it('has every remedy of a member, in the order of the ids', () => {
    expect(REMEDIES.map(({ id }) => id)).toEqual(REMEDY_IDS.filter((id) => !(id in OF_INCIDENTS)));
  });

  it.each(REMEDY_IDS)('%s has a file of its own, and a row in the docs', (id) => {
    expect(existsSync(join(ROOT, OF_INCIDENTS[id] ?? `shared/remedies/catalogue/${id}.ts`))).toBe(true);
    const docs = readFileSync(join(ROOT, 'docs/remedies.md'), 'utf8');
    expect(docs.split('\n').filter((line) => line.startsWith(`| \`${id}\` |`))).toHaveLength(1);
  });

  it('has no file that is not in the table', () => {
    const files = readdirSync(join(ROOT, 'shared/remedies/catalogue')).filter((name) => name !== 'index.ts');
    expect(files.sort()).toEqual(REMEDIES.map(({ id }) => `${id}.ts`).sort());
  });

  it('has distinct titles', () => {
    expect(new Set(REMEDIES.map(({ title }) => title)).size).toBe(REMEDIES.length);
  });
});

describe('the role of the remedy identity', () => {
  it('has the verbs that changes need, and no other that writes', () => {
    const granted = remedyRules().flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.filter((verb) => !READS.includes(verb)).map((verb) => `${verb} ${resource}`),
      ),
    );
    const needed = Object.values(VERBS).flatMap((pairs) => pairs.map(([resource, verb]) => `${verb} ${resource}`));
    expect([...new Set(granted)].sort()).toEqual([...new Set(needed)].sort());
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitRun } from '../../../shared/domain/refresh/split-run.ts';
import type { RefreshTarget } from '../../../shared/domain/refresh/target.ts';
import { refreshTarget } from '../../support/refresh-builders.ts';

const namesOf = ({ namespaces }: RefreshTarget) => (namespaces.kind === 'names' ? namespaces.names : undefined);

describe('the jobs of a run', () => {
  it('are one for all where it fits, and where the namespaces are not known', () => {
    expect(splitRun([refreshTarget({ namespaces: ['a', 'b'] })], namesOf)).toEqual([undefined]);
    const label = refreshTarget({ namespaces: undefined, namespaceLabel: { key: 'k', value: 'v' } });
    expect(splitRun([label], namesOf, 1)).toEqual([undefined]);
    expect(splitRun([], namesOf)).toEqual([undefined]);
  });

  it('hold each namespace once, whole, and no more secrets than a job takes unless one namespace has more', () => {
    const target = fc.record({
      namespaces: fc.uniqueArray(
        fc.integer({ min: 0, max: 30 }).map((n) => `ns-${n}`),
        { minLength: 1 },
      ),
      secretNames: fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(target, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 12 }), (files, most) => {
        const targets = files.map((file) => refreshTarget(file));
        const jobs = splitRun(targets, namesOf, most);
        const secrets = new Set(
          targets.flatMap((one) =>
            (namesOf(one) ?? []).flatMap((ns) => one.secretNames.map((name) => `${ns}/${name}`)),
          ),
        );
        if (secrets.size <= most) return expect(jobs).toEqual([undefined]);
        const all = jobs.flatMap((job) => job ?? []);
        expect(new Set(all).size).toBe(all.length);
        expect([...new Set([...secrets].map((id) => id.split('/')[0]))].sort()).toEqual([...all].sort());
        for (const job of jobs) {
          const count = [...secrets].filter((id) => job?.includes(id.split('/')[0] ?? '')).length;
          expect(count <= most || job?.length === 1).toBe(true);
        }
      }),
    );
  });
});

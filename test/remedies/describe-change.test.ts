import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Applied, Change } from '../../shared/domain/remedy/change.ts';
import { describeApplied, describeChange, describeDone } from '../../shared/remedies/describe-change.ts';
import { changeArbitrary } from './plans.ts';

const POD: Change = {
  kind: 'delete-pod',
  namespace: 'shop',
  name: 'web-1',
  uid: 'u',
  node: 'n',
  controller: 'ReplicaSet web-5d',
};
const ACCOUNT: Change = {
  kind: 'set-pull-secrets',
  on: { kind: 'ServiceAccount', namespace: 'shop', name: 'default' },
  before: [],
  after: ['regcred'],
};

describe('a change in words', () => {
  it.each([
    {
      change: POD,
      will: 'delete pod shop/web-1, which never started (ReplicaSet web-5d replaces it)',
      did: 'deleted pod shop/web-1, which never started (ReplicaSet web-5d replaces it)',
    },
    {
      change: ACCOUNT,
      will: 'ServiceAccount shop/default: pull secrets none ─▶ regcred',
      did: 'set the pull secrets of ServiceAccount shop/default to regcred (they were none)',
    },
    {
      change: {
        kind: 'set-images',
        workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
        containers: [{ name: 'app', isInit: false, before: 'r:1', after: 'r:2' }],
      } satisfies Change,
      will: 'Deployment shop/web: set container app from r:1 to r:2',
      did: 'set container app from r:1 to r:2 in Deployment shop/web',
    },
    {
      change: {
        kind: 'silence-alerts',
        alertmanager: 'http://am',
        matchers: [{ name: 'a', value: 'b' }],
        minutes: 90,
      } satisfies Change,
      will: 'silence a=b for 90 min in http://am',
      did: 'silenced a=b for 90 min in http://am',
    },
  ])('$did', ({ change, will, did }) => {
    expect(describeChange(change)).toBe(will);
    expect(describeDone(change)).toBe(did);
    expect(describeApplied(change, { kind: 'done', at: 1 })).toBe(did);
  });

  it.each<{ change: Change; applied: Applied; says: string }>([
    { change: POD, applied: { kind: 'already', at: 1 }, says: 'pod shop/web-1 stood so already: nothing was changed' },
    { change: POD, applied: { kind: 'gone' }, says: 'pod shop/web-1 was gone already' },
    {
      change: ACCOUNT,
      applied: { kind: 'gone' },
      says: 'ServiceAccount shop/default is not there any more: nothing was changed',
    },
    {
      change: ACCOUNT,
      applied: { kind: 'changed', by: 'kubectl', found: 'other' },
      says: 'ServiceAccount shop/default was changed meanwhile by kubectl (other): left alone',
    },
    {
      change: POD,
      applied: { kind: 'changed', by: undefined, found: 'it is Running' },
      says: 'pod shop/web-1 was changed meanwhile (it is Running): left alone',
    },
    {
      change: POD,
      applied: { kind: 'refused', why: 'only-pending' },
      says: 'the cluster refused to change pod shop/web-1: only-pending',
    },
    {
      change: POD,
      applied: { kind: 'denied', why: '403', command: 'kubectl create rolebinding' },
      says: 'pullmedic may not change pod shop/web-1: 403. To allow it: kubectl create rolebinding',
    },
  ])('$says', ({ change, applied, says }) => {
    expect(describeApplied(change, applied)).toBe(says);
  });

  it('is one line for every change', () => {
    fc.assert(
      fc.property(changeArbitrary(), (change) => {
        for (const text of [describeChange(change), describeDone(change)]) {
          expect(text).not.toBe('');
          expect(text).not.toContain('undefined');
          expect(text).not.toContain('\n');
        }
      }),
    );
  });
});

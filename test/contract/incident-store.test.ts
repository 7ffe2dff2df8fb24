import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RepairedSecret } from '../../shared/domain/incident/secret-repair.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import type { IncidentStore } from '../../shared/ports/incident-store.ts';
import { aChange, aMember, aNamespaceScope, anIncident, aPublication, aSlice } from '../support/incident-builders.ts';
import { describeRecordStores, type OpenStore, START } from '../support/record-stores.ts';
import { secretResult } from '../support/refresh-builders.ts';

const SCOPE = aNamespaceScope();
const SLOT = anIncident().slot;
const HOUR_S = 3600;
const at = (seconds: number) => START + seconds * 1000;

describe('an incident store', () => {
  describeRecordStores((open) => {
    let opened: OpenStore;
    let store: IncidentStore;

    beforeEach(async () => {
      opened = await open();
      store = createRecordIncidentStore(opened.store);
    });

    /** The next commit of the incident: revision n to n + 1. */
    function next(revision: number, changes: Parameters<typeof aChange>[0] = {}) {
      const incident = { ...(changes.incident ?? anIncident()), revision: revision + 1 };
      return aChange({ ...changes, incident, expectedRevision: revision });
    }

    describe('leases', () => {
      const look = (holder: string, startedAt: number, hintedAt = startedAt) => ({ holder, startedAt, hintedAt });
      const ended = (holder: string, startedAt: number, isSuccess = true) => ({ holder, startedAt, isSuccess });

      it('are given to the first who asks', async () => {
        expect(await store.startLook(SCOPE, look('a', at(0)))).toBe('go');
      });

      it('are held for 60 s, and free again from then on', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        expect(await store.startLook(SCOPE, look('b', at(59.999)))).toBe('held');
        expect(await store.startLook(SCOPE, look('b', at(60)))).toBe('go');
      });

      it('are given to the same holder again: a job that is delivered twice', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        expect(await store.startLook(SCOPE, look('a', at(5)))).toBe('go');
      });

      it('are given to one of many who ask at once', async () => {
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, n) => store.startLook(SCOPE, look(`holder-${n}`, at(0)))),
        );
        expect(answers.toSorted()).toEqual(['go', 'held', 'held', 'held', 'held', 'held']);
      });

      it.each([
        aNamespaceScope('other'),
        aNamespaceScope('shop', 'prod-us'),
        { kind: 'node', cluster: 'prod-eu', node: 'shop' } as const,
        { kind: 'registry', cluster: 'prod-eu', registry: 'shop' } as const,
        { kind: 'cluster', cluster: 'prod-eu' } as const,
      ])('are apart from that of $kind of $cluster', async (other) => {
        await store.startLook(SCOPE, look('a', at(0)));
        expect(await store.startLook(other, look('b', at(1)))).toBe('go');
      });

      it('are given back by the end of the look', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        expect(await store.finishLook(SCOPE, ended('a', at(0)))).toEqual({ again: false });
        expect(await store.startLook(SCOPE, look('b', at(1)))).toBe('go');
      });

      it.each([
        { hintedAt: -1, answer: 'fresh' },
        { hintedAt: 0, answer: 'go' },
        { hintedAt: 1, answer: 'go' },
      ])('a hint $hintedAt s after the start of a successful look: $answer', async ({ hintedAt, answer }) => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.finishLook(SCOPE, ended('a', at(0)));
        expect(await store.startLook(SCOPE, look('b', at(5), at(hintedAt)))).toBe(answer);
      });

      it('a look that failed answers no hint', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.finishLook(SCOPE, ended('a', at(0), false));
        expect(await store.startLook(SCOPE, look('b', at(5), at(-9)))).toBe('go');
      });

      it('whoever finds one held has the holder look again', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.startLook(SCOPE, look('b', at(2)));
        expect(await store.finishLook(SCOPE, ended('a', at(0)))).toEqual({ again: true });
        expect(await store.startLook(SCOPE, look('a', at(3)))).toBe('go');
        expect(await store.finishLook(SCOPE, ended('a', at(3)))).toEqual({ again: false });
      });

      it('a hint from before the look is answered by it, unless it fails', async () => {
        for (const isSuccess of [true, false]) {
          const scope = aNamespaceScope(`ns-${isSuccess}`);
          await store.startLook(scope, look('a', at(0)));
          expect(await store.startLook(scope, look('b', at(2), at(-1)))).toBe('held');
          expect(await store.finishLook(scope, ended('a', at(0), isSuccess))).toEqual({ again: !isSuccess });
        }
      });

      it('a hint that waits survives the death of the one who was told to look again', async () => {
        await store.startLook(SCOPE, look('a', at(0), at(-1)));
        await store.startLook(SCOPE, look('b', at(2)));
        await store.finishLook(SCOPE, ended('a', at(0)));
        // Its job comes back with its old hint, which would be fresh by itself.
        expect(await store.startLook(SCOPE, look('c', at(40), at(-1)))).toBe('go');
        expect(await store.finishLook(SCOPE, ended('c', at(40)))).toEqual({ again: false });
        expect(await store.startLook(SCOPE, look('d', at(50), at(2)))).toBe('fresh');
      });

      it('the end of a look that lost its lease harms nobody', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.startLook(SCOPE, look('b', at(61)));
        await store.startLook(SCOPE, look('c', at(62)));
        expect(await store.finishLook(SCOPE, ended('a', at(0)))).toEqual({ again: false });
        expect(await store.startLook(SCOPE, look('d', at(63)))).toBe('held');
        expect(await store.finishLook(SCOPE, ended('b', at(61)))).toEqual({ again: true });
      });

      it('the end told twice gives the same answer', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.startLook(SCOPE, look('b', at(2)));
        expect(await store.finishLook(SCOPE, ended('a', at(0)))).toEqual({ again: true });
        expect(await store.finishLook(SCOPE, ended('a', at(0)))).toEqual({ again: true });
      });

      it('the end of a look that never started is harmless', async () => {
        expect(await store.finishLook(SCOPE, ended('nobody', at(0), false))).toEqual({ again: false });
      });

      it('an older success does not hide a newer one', async () => {
        await store.startLook(SCOPE, look('a', at(0)));
        await store.startLook(SCOPE, look('b', at(61)));
        await store.finishLook(SCOPE, ended('b', at(61)));
        await store.finishLook(SCOPE, ended('a', at(0)));
        expect(await store.startLook(SCOPE, look('c', at(70), at(60)))).toBe('fresh');
      });
    });

    describe('commits', () => {
      it('create an incident that can be loaded, found and awaited', async () => {
        const change = aChange();
        expect(await store.commit(change)).toBe('done');
        const loaded = { incident: change.incident, slices: change.slices };
        expect(await store.load('incident-1')).toEqual(loaded);
        expect(await store.incidentsIn('prod-eu', 'shop', START)).toEqual([loaded]);
        expect(await store.slotHolder(SLOT)).toBe('incident-1');
        expect(await store.poke('incident-1')).toEqual({ version: 1, revision: 1 });
        expect(await store.duePokes(START, 10)).toEqual([{ incidentId: 'incident-1', revision: 1 }]);
        expect(await store.dueScopes(at(10), 10)).toEqual([{ scope: SCOPE, incident: change.incident }]);
      });

      it('find nothing where nothing is', async () => {
        expect(await store.load('none')).toBeUndefined();
        expect(await store.incidentsIn('prod-eu', 'shop', START)).toEqual([]);
        expect(await store.slotHolder('none')).toBeUndefined();
        expect(await store.poke('none')).toBeUndefined();
        expect(await store.publications('none')).toEqual([]);
      });

      it('create only once', async () => {
        await store.commit(aChange());
        expect(await store.commit(aChange())).toBe('conflict');
      });

      it.each([
        { expectedRevision: 1, result: 'conflict' },
        { expectedRevision: 2, result: 'done' },
        { expectedRevision: 3, result: 'conflict' },
      ] as const)(
        'expecting revision $expectedRevision of an incident at 2: $result',
        async ({ expectedRevision, result }) => {
          await store.commit(aChange());
          await store.commit(next(1));
          const slices = [aSlice({ observedAt: at(9) })];
          expect(await store.commit(next(expectedRevision, { slices }))).toBe(result);
          const loaded = await store.load('incident-1');
          expect(loaded?.incident.revision).toBe(result === 'done' ? 3 : 2);
          expect(loaded?.slices[0]?.observedAt).toBe(result === 'done' ? at(9) : START);
        },
      );

      it('of several at once on the same revision: one wins', async () => {
        await store.commit(aChange());
        const results = await Promise.all(
          Array.from({ length: 4 }, (_, n) => {
            const slices = [aSlice({ namespace: `ns-${n}` })];
            return store.commit(next(1, { slices }));
          }),
        );
        expect(results.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'done']);
        const loaded = await store.load('incident-1');
        expect(loaded?.incident.revision).toBe(2);
        expect(loaded?.slices.map(({ namespace }) => namespace)).toEqual([`ns-${results.indexOf('done')}`, 'shop']);
      });

      it('replace the slices they name, whole, and keep the others', async () => {
        await store.commit(aChange({ slices: [aSlice(), aSlice({ namespace: 'pay' })] }));
        const members = [aMember({ namespace: 'pay', workloadName: 'api' })];
        await store.commit(next(1, { slices: [aSlice({ namespace: 'pay', members, observedAt: at(5) })] }));
        const loaded = await store.load('incident-1');
        expect(loaded?.slices.map(({ namespace, observedAt }) => [namespace, observedAt])).toEqual([
          ['pay', at(5)],
          ['shop', START],
        ]);
        expect(loaded?.slices[0]?.members).toEqual(members);
        expect(await store.incidentsIn('prod-eu', 'pay', START)).toHaveLength(1);
      });

      it('remove slices', async () => {
        await store.commit(aChange({ slices: [aSlice(), aSlice({ namespace: 'pay' })] }));
        await store.commit(next(1, { slices: [], removedNamespaces: ['pay', 'never-there'] }));
        expect((await store.load('incident-1'))?.slices.map(({ namespace }) => namespace)).toEqual(['shop']);
        expect(await store.incidentsIn('prod-eu', 'pay', START)).toEqual([]);
        await store.commit(next(2, { slices: [aSlice({ namespace: 'pay' })] }));
        expect(await store.incidentsIn('prod-eu', 'pay', START)).toHaveLength(1);
      });

      it('keep clusters apart', async () => {
        await store.commit(aChange());
        expect(await store.incidentsIn('prod-us', 'shop', START)).toEqual([]);
      });

      it('that are not worth publishing leave the poke as it is', async () => {
        await store.commit(aChange());
        await store.settlePoke('incident-1', 1, undefined);
        const quiet = aChange({ incident: anIncident({ lastLookAt: at(9) }), expectedRevision: 1, nextLookAt: at(99) });
        expect(await store.commit(quiet)).toBe('done');
        expect(await store.poke('incident-1')).toBeUndefined();
        expect((await store.load('incident-1'))?.incident.lastLookAt).toBe(at(9));
      });

      it('hold a slice of hundreds of members', async () => {
        const errorText = () => Array.from({ length: 60 }, () => Math.random().toString(36)).join(' ');
        const members = Array.from({ length: 700 }, (_, n) =>
          aMember({ workloadName: `w${n}`, errorText: errorText() }),
        );
        await store.commit(aChange({ slices: [aSlice({ members })] }));
        expect((await store.load('incident-1'))?.slices).toEqual([aSlice({ members })]);
        // And shrink it again: no part of the long one is left behind.
        await store.commit(next(1));
        expect((await store.load('incident-1'))?.slices).toEqual([aSlice()]);
        await store.commit(next(2, { slices: [], removedNamespaces: ['shop'] }));
        expect((await store.load('incident-1'))?.slices).toEqual([]);
      });

      it('hold more namespaces than one transaction takes', async () => {
        const slices = Array.from({ length: 120 }, (_, n) => aSlice({ namespace: `ns-${String(n).padStart(3, '0')}` }));
        expect(await store.commit(aChange({ slices }))).toBe('done');
        expect((await store.load('incident-1'))?.slices).toEqual(slices);
        expect(await store.incidentsIn('prod-eu', 'ns-119', START)).toHaveLength(1);

        const removedNamespaces = slices.map(({ namespace }) => namespace);
        expect(await store.commit(next(1, { slices: [aSlice()], removedNamespaces }))).toBe('done');
        expect((await store.load('incident-1'))?.slices).toEqual([aSlice()]);
        expect(await store.incidentsIn('prod-eu', 'ns-119', START)).toEqual([]);
      });

      it('take names of any kind', async () => {
        const slot = `prod-eu|tag|${'x'.repeat(5000)}`;
        const incident = anIncident({ id: 'ä/#%', slot });
        expect(await store.commit(aChange({ incident }))).toBe('done');
        expect(await store.slotHolder(slot)).toBe('ä/#%');
        expect(await store.slotHolder(`${slot}x`)).toBeUndefined();
        expect((await store.incidentsIn('prod-eu', 'shop', START))[0]?.incident).toEqual(incident);
      });

      it('give an incident of a namespace called __proto__', async () => {
        await store.commit(aChange({ slices: [aSlice({ namespace: '__proto__' })] }));
        expect((await store.load('incident-1'))?.slices).toHaveLength(1);
        expect(await store.incidentsIn('prod-eu', '__proto__', START)).toHaveLength(1);
        expect(await store.incidentsIn('prod-eu', 'constructor', START)).toEqual([]);
      });
    });

    describe('slots', () => {
      it('are claimed by one of two at once', async () => {
        const results = await Promise.all(
          ['a', 'b'].map((id) => store.commit(aChange({ incident: anIncident({ id }) }))),
        );
        expect(results.toSorted()).toEqual(['conflict', 'done']);
        const winner = ['a', 'b'][results.indexOf('done')];
        expect(await store.slotHolder(SLOT)).toBe(winner);
        expect(await store.load(winner === 'a' ? 'b' : 'a')).toBeUndefined();
        expect(await store.incidentsIn('prod-eu', 'shop', START)).toHaveLength(1);
      });

      it('are left and taken in one commit', async () => {
        await store.commit(aChange());
        const incident = anIncident({ slot: 'better' });
        expect(await store.commit(next(1, { incident, releasedSlot: SLOT }))).toBe('done');
        expect(await store.slotHolder('better')).toBe('incident-1');
        expect(await store.slotHolder(SLOT)).toBeUndefined();
        expect(await store.commit(aChange({ incident: anIncident({ id: 'second' }) }))).toBe('done');
      });

      it('of another incident are neither taken nor released', async () => {
        await store.commit(aChange());
        await store.commit(aChange({ incident: anIncident({ id: 'second', slot: 'other' }) }));
        const taking = next(1, { incident: anIncident({ id: 'second' }), releasedSlot: 'other' });
        expect(await store.commit(taking)).toBe('conflict');
        const releasing = next(1, { incident: anIncident({ id: 'second', slot: 'other' }), releasedSlot: SLOT });
        expect(await store.commit(releasing)).toBe('done');
        expect(await store.slotHolder(SLOT)).toBe('incident-1');
        expect(await store.slotHolder('other')).toBe('second');
      });

      it('stay with an ended incident for an hour, then are free', async () => {
        await store.commit(aChange());
        const incident = anIncident({ state: 'recovered', endedAt: START });
        await store.commit(next(1, { incident, nextLookAt: undefined }));
        opened.clock.advance(HOUR_S - 1);
        expect(await store.slotHolder(SLOT)).toBe('incident-1');
        expect(await store.commit(aChange({ incident: anIncident({ id: 'second' }) }))).toBe('conflict');
        opened.clock.advance(1);
        expect(await store.slotHolder(SLOT)).toBeUndefined();
        expect(await store.commit(aChange({ incident: anIncident({ id: 'second' }) }))).toBe('done');
      });

      it('stay with an incident that was reopened', async () => {
        await store.commit(aChange());
        await store.commit(next(1, { incident: anIncident({ state: 'recovered', endedAt: START }) }));
        await store.commit(next(2, { incident: anIncident({ state: 'open' }) }));
        opened.clock.advance(2 * HOUR_S);
        expect(await store.slotHolder(SLOT)).toBe('incident-1');
      });
    });

    describe('ended incidents', () => {
      beforeEach(async () => {
        await store.commit(aChange());
        const incident = anIncident({ state: 'gone', endedAt: START });
        await store.commit(next(1, { incident, nextLookAt: undefined }));
      });

      it('are found in their namespace for an hour', async () => {
        expect(await store.incidentsIn('prod-eu', 'shop', at(HOUR_S - 1))).toHaveLength(1);
        expect(await store.incidentsIn('prod-eu', 'shop', at(HOUR_S))).toEqual([]);
        expect(await store.incidentsIn('prod-eu', 'shop', at(3 * HOUR_S))).toEqual([]);
      });

      it('can be loaded for a month', async () => {
        opened.clock.advance(29 * 24 * HOUR_S);
        expect((await store.load('incident-1'))?.incident.state).toBe('gone');
        opened.clock.advance(24 * HOUR_S);
        expect(await store.load('incident-1')).toBeUndefined();
      });

      it('are looked at no more', async () => {
        expect(await store.dueScopes(at(99 * HOUR_S), 10)).toEqual([]);
      });
    });

    describe('due scopes', () => {
      it('come soonest first, each scope of an incident, up to the limit', async () => {
        const scopes = [SCOPE, { kind: 'cluster', cluster: 'prod-eu' }] as const;
        await store.commit(aChange({ incident: anIncident({ id: 'late', slot: 'l', scopes }), nextLookAt: at(60) }));
        await store.commit(aChange({ incident: anIncident({ id: 'soon', slot: 's' }), nextLookAt: at(10) }));
        await store.commit(aChange({ incident: anIncident({ id: 'never', slot: 'n' }), nextLookAt: undefined }));
        const due = async (until: number, limit = 10) =>
          (await store.dueScopes(until, limit)).map(({ scope, incident }) => [incident.id, scope.kind]);
        expect(await due(at(9))).toEqual([]);
        expect(await due(at(10))).toEqual([['soon', 'namespace']]);
        expect(await due(at(60))).toEqual([
          ['soon', 'namespace'],
          ['late', 'namespace'],
          ['late', 'cluster'],
        ]);
        expect(await due(at(60), 2)).toHaveLength(2);
      });

      it('move with each commit', async () => {
        await store.commit(aChange({ nextLookAt: at(10) }));
        await store.commit(next(1, { nextLookAt: at(300) }));
        expect(await store.dueScopes(at(299), 10)).toEqual([]);
        expect(await store.dueScopes(at(300), 10)).toHaveLength(1);
      });
    });

    describe('pokes', () => {
      beforeEach(async () => {
        await store.commit(aChange());
      });

      it('are due until they are settled', async () => {
        expect(await store.duePokes(at(-1), 10)).toEqual([]);
        expect(await store.duePokes(at(600), 10)).toHaveLength(1);
        expect(await store.settlePoke('incident-1', 1, undefined)).toBe('done');
        expect(await store.duePokes(at(600), 10)).toEqual([]);
        expect(await store.poke('incident-1')).toBeUndefined();
      });

      it('come back when told to', async () => {
        expect(await store.settlePoke('incident-1', 1, at(90))).toBe('done');
        expect(await store.duePokes(at(89), 10)).toEqual([]);
        expect(await store.duePokes(at(90), 10)).toEqual([{ incidentId: 'incident-1', revision: 1 }]);
        expect(await store.poke('incident-1')).toEqual({ version: 2, revision: 1 });
      });

      it('of a newer commit survive a publisher that saw the older one', async () => {
        const seen = await store.poke('incident-1');
        await store.commit(next(1));
        expect(await store.settlePoke('incident-1', seen?.version ?? 0, undefined)).toBe('conflict');
        expect(await store.poke('incident-1')).toEqual({ version: 2, revision: 2 });
        expect(await store.duePokes(START, 10)).toEqual([{ incidentId: 'incident-1', revision: 2 }]);
      });

      it('survive a slow publisher even when another settled the one it saw', async () => {
        const slow = await store.poke('incident-1');
        await store.settlePoke('incident-1', slow?.version ?? 0, undefined);
        await store.commit(next(1));
        expect(await store.settlePoke('incident-1', slow?.version ?? 0, undefined)).toBe('conflict');
        expect(await store.poke('incident-1')).toMatchObject({ revision: 2 });
      });

      it('are settled by one of two', async () => {
        const settled = [at(60), undefined].map((nextAt) => store.settlePoke('incident-1', 1, nextAt));
        expect((await Promise.all(settled)).toSorted()).toEqual(['conflict', 'done']);
      });

      it('that never were cannot be settled', async () => {
        expect(await store.settlePoke('none', 1, undefined)).toBe('conflict');
      });

      it('come soonest first, up to the limit', async () => {
        const later = aChange({ incident: anIncident({ id: 'b', slot: 'b' }), now: at(5) });
        await store.commit(later);
        await store.settlePoke('incident-1', 1, at(9));
        const ids = async (limit: number) => (await store.duePokes(at(9), limit)).map(({ incidentId }) => incidentId);
        expect(await ids(10)).toEqual(['b', 'incident-1']);
        expect(await ids(1)).toEqual(['b']);
      });
    });

    describe('publications', () => {
      it('are kept by incident and channel, with a version', async () => {
        expect(await store.savePublication(aPublication(), 0)).toBe('done');
        expect(await store.savePublication(aPublication({ channel: '#ops' }), 0)).toBe('done');
        expect(await store.savePublication(aPublication({ incidentId: 'other' }), 0)).toBe('done');
        expect(await store.publications('incident-1')).toEqual([
          { ...aPublication(), version: 1 },
          { ...aPublication({ channel: '#ops' }), version: 1 },
        ]);
      });

      it('are begun by one of two at once', async () => {
        const begun = ['a', 'b'].map((contentHash) => store.savePublication(aPublication({ contentHash }), 0));
        expect((await Promise.all(begun)).toSorted()).toEqual(['conflict', 'done']);
        expect(await store.publications('incident-1')).toHaveLength(1);
      });

      it('are changed only from the version that was read', async () => {
        await store.savePublication(aPublication(), 0);
        const [read] = await store.publications('incident-1');
        const posted = { ...aPublication(), ...read, posted: { channelId: 'C1', ts: '1.2' } };
        expect(await store.savePublication(posted, 2)).toBe('conflict');
        expect(await store.savePublication(posted, 1)).toBe('done');
        expect(await store.savePublication(posted, 1)).toBe('conflict');
        expect(await store.publications('incident-1')).toEqual([{ ...posted, version: 2 }]);
      });
    });

    describe('what an Alertmanager was told', () => {
      const told = {
        at: START,
        alerts: [{ pod: 'web', container: 'app', cause: 'c', severity: 'info', startsAt: START, summary: 's' }],
      };

      it('is kept for each Alertmanager and namespace, and replaced', async () => {
        await store.saveToldAlerts('http://a', 'prod', 'shop', told);
        await store.saveToldAlerts('http://a', 'prod', 'shop', { ...told, at: at(10) });
        expect(await store.toldAlerts('http://a', 'prod', 'shop')).toEqual({ ...told, at: at(10) });
        expect(await store.toldAlerts('http://b', 'prod', 'shop')).toBeUndefined();
        expect(await store.toldAlerts('http://a', 'prod', 'pay')).toBeUndefined();
        expect(await store.toldAlerts('http://a', 'dev', 'shop')).toBeUndefined();
      });

      it('is forgotten when nothing fires any more, also twice', async () => {
        await store.saveToldAlerts('http://a', 'prod', 'shop', told);
        for (const _ of [1, 2]) await store.saveToldAlerts('http://a', 'prod', 'shop', { at: at(10), alerts: [] });
        expect(await store.toldAlerts('http://a', 'prod', 'shop')).toBeUndefined();
      });
    });

    describe('the namespaces in which a repository fails', () => {
      const place = (n: number) => ({ namespace: `team-${n}`, references: [`r:${n}`], at: START });
      const all = [0, 1, 2, 3, 4];

      it('count together, also where all are heard at once', async () => {
        const answers = await Promise.all(all.map((n) => store.noteSpread('prod', 'image-reference|r', place(n), 1)));
        expect(answers.filter((isOneMessage) => isOneMessage)).toHaveLength(1);
        expect(await store.noteSpread('prod', 'image-reference|r', place(0), 1)).toBe(true);
      });

      it('are counted for each repository and cluster by itself', async () => {
        for (const n of all) await store.noteSpread('prod', 'image-reference|r', place(n), 1);
        expect(await store.noteSpread('prod', 'image-reference|other', place(0), 1)).toBe(false);
        expect(await store.noteSpread('dev', 'image-reference|r', place(0), 1)).toBe(false);
      });
    });

    describe('heartbeats', () => {
      it('are known by their newest, and only where there ever was one', async () => {
        expect(await store.heartbeat('prod')).toBeUndefined();
        for (const seconds of [10, 30, 20]) await store.markHeartbeat('prod', at(seconds));
        expect(await store.heartbeat('prod')).toEqual({ at: at(30) });
        expect(await store.heartbeat('dev')).toBeUndefined();
      });

      it('remember a silence that was told until it is over, whatever comes in between', async () => {
        await store.markSilent('prod', at(1));
        expect(await store.heartbeat('prod')).toBeUndefined();
        await store.markHeartbeat('prod', at(10));
        await store.markSilent('prod', at(10));
        await store.markHeartbeat('prod', at(20));
        expect(await store.heartbeat('prod')).toEqual({ at: at(20), silentSince: at(10) });
        await store.markSilent('prod', undefined);
        expect(await store.heartbeat('prod')).toEqual({ at: at(20) });
      });
    });

    describe('counters', () => {
      it('count buzzes by channel and clock hour', async () => {
        expect(await store.countBuzz('#a', START)).toEqual({ count: 1 });
        expect(await store.countBuzz('#a', at(HOUR_S - 1))).toEqual({ count: 2 });
        expect(await store.countBuzz('#b', START)).toEqual({ count: 1 });
        expect(await store.countBuzz('#a', at(HOUR_S))).toEqual({ count: 1 });
      });

      it('give every buzz at once its own number', async () => {
        const counts = await Promise.all(Array.from({ length: 6 }, () => store.countBuzz('#a', START)));
        expect(counts.map(({ count }) => count).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
      });

      it('count refused webhooks by answer and clock hour', async () => {
        for (const kind of ['401', '401', '413', '__proto__']) await store.countRejected(kind, at(10));
        await store.countRejected('400', at(HOUR_S));
        expect(Object.entries(await store.rejected(at(HOUR_S - 1)))).toEqual([
          ['401', 2],
          ['413', 1],
          ['__proto__', 1],
        ]);
        expect(await store.rejected(at(2 * HOUR_S))).toEqual({});
      });

      it('give the right to do something once, to one of many', async () => {
        const claims = await Promise.all(Array.from({ length: 5 }, () => store.claimOnce('notice', START)));
        expect(claims.filter((isMine) => isMine)).toHaveLength(1);
        expect(await store.claimOnce('notice', at(9))).toBe(false);
        expect(await store.claimOnce('other', at(9))).toBe(true);
      });

      it('remember such a right for 8 days', async () => {
        await store.claimOnce('notice', START);
        opened.clock.advance(8 * 24 * HOUR_S - 1);
        expect(await store.claimOnce('notice', opened.clock.now())).toBe(false);
        opened.clock.advance(1);
        expect(await store.claimOnce('notice', opened.clock.now())).toBe(true);
      });
    });

    describe('repairs', () => {
      const repaired = (change: Partial<RepairedSecret> = {}): RepairedSecret => ({
        ...secretResult(at(1), { expiresAt: at(12 * HOUR_S), lastWrittenBy: undefined }),
        ...change,
      });

      it('are remembered by namespace, with what was asked and what came of it', async () => {
        await store.noteRepairsAsked('prod-eu', 'shop', ['ecr-creds', '__proto__'], START);
        await store.noteRepairResults([repaired({ retriedPods: 2 })]);
        expect(await store.repairs('prod-eu', 'shop')).toEqual([
          { name: '__proto__', asked: [START] },
          {
            name: 'ecr-creds',
            asked: [START],
            result: { at: at(1), outcome: 'refreshed', expiresAt: at(12 * HOUR_S), retriedPods: 2 },
          },
        ]);
        expect(await store.repairs('prod-eu', 'pay')).toEqual([]);
        expect(await store.repairs('prod-us', 'shop')).toEqual([]);
      });

      it('have no answer for what nobody asked', async () => {
        await store.noteRepairsAsked('prod-eu', 'shop', ['ecr-creds'], START);
        await store.noteRepairResults([repaired({ name: 'other' }), repaired({ namespace: 'pay' })]);
        expect((await store.repairs('prod-eu', 'shop')).map(({ name, result }) => [name, result])).toEqual([
          ['ecr-creds', undefined],
        ]);
        expect(await store.repairs('prod-eu', 'pay')).toEqual([]);
      });

      it('keep both of a request and an answer that come at once', async () => {
        await store.noteRepairsAsked('prod-eu', 'shop', ['ecr-creds'], START);
        await Promise.all([
          store.noteRepairsAsked('prod-eu', 'shop', ['ecr-creds'], at(1_800)),
          store.noteRepairResults([repaired({ finishedAt: at(1_801) })]),
        ]);
        const [known] = await store.repairs('prod-eu', 'shop');
        expect(known).toMatchObject({ asked: [START, at(1_800)], result: { at: at(1_801) } });
      });

      it('are forgotten 12 hours after the last word', async () => {
        await store.noteRepairsAsked('prod-eu', 'shop', ['ecr-creds'], opened.clock.now());
        opened.clock.advance(12 * HOUR_S - 1);
        expect(await store.repairs('prod-eu', 'shop')).toHaveLength(1);
        opened.clock.advance(1);
        expect(await store.repairs('prod-eu', 'shop')).toEqual([]);
      });
    });
  });
});

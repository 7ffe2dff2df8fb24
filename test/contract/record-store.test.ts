import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Expectation, JsonValue, RecordStore, RecordWrite } from '../../shared/ports/record-store.ts';
import { describeRecordStores, type OpenStore, START } from '../support/record-stores.ts';

type PutOptions = {
  readonly body?: JsonValue;
  readonly expect?: Expectation;
  readonly due?: { readonly queue: string; readonly at: number };
  readonly expiresAt?: number;
};

function put(partition: string, sort: string, options: PutOptions = {}): RecordWrite {
  const { body = {}, expect: expectation = 'any', due, expiresAt } = options;
  return { kind: 'put', record: { partition, sort, body, due, expiresAt }, expect: expectation };
}

function remove(partition: string, sort: string, expectation: Expectation = 'any'): RecordWrite {
  return { kind: 'delete', key: { partition, sort }, expect: expectation };
}

function check(partition: string, sort: string, expectation: 'absent' | number): RecordWrite {
  return { kind: 'check', key: { partition, sort }, expect: expectation };
}

const KEY = { partition: 'p', sort: 's' };

describe('a record store', () => {
  describeRecordStores((open) => {
    let opened: OpenStore;
    let store: RecordStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    describe('bodies', () => {
      it.each<{ readonly what: string; readonly body: JsonValue }>([
        { what: 'null', body: null },
        { what: 'an empty text', body: '' },
        { what: 'zero', body: 0 },
        { what: 'a number with a fraction and an exponent', body: 1.25e-7 },
        { what: 'the largest safe integer', body: Number.MAX_SAFE_INTEGER },
        { what: 'false', body: false },
        { what: 'empty lists and objects', body: { list: [], object: {}, nested: [[], [{}]] } },
        { what: 'text of every plane', body: 'ä ß 漢字 🚀 \u{10FFFF} \uFFFF \u0000 \u007f \r\n\t' },
        { what: 'a lone surrogate', body: { broken: '\ud800x' } },
        { what: 'keys that objects have by nature', body: JSON.parse('{"__proto__":{"a":1},"constructor":2,"":3}') },
        { what: 'text that looks like JSON', body: '{"a":[1' },
      ])('gives back $what as it came', async ({ body }) => {
        await store.transact([put('p', 's', { body })]);
        expect(JSON.stringify((await store.get(KEY))?.body)).toBe(JSON.stringify(body));
        expect((await store.list('p'))[0]?.body).toEqual(body);
      });

      it('keeps partition, sort, due and expiry', async () => {
        const due = { queue: 'q', at: START + 1 };
        await store.transact([put('p', 's', { body: 1, due, expiresAt: START + 1500 })]);
        expect(await store.get(KEY)).toEqual({ ...KEY, version: 1, body: 1, due, expiresAt: START + 1500 });
      });

      it('takes a body of 350 kB and refuses a longer one for good, with all that came with it', async () => {
        const quotes = 2;
        const fits = 'x'.repeat(350_000 - quotes);
        expect(await store.transact([put('p', 's', { body: fits })])).toBe('done');
        expect((await store.get(KEY))?.body).toBe(fits);

        const refused = store.transact([put('p', 'other'), put('p', 'long', { body: `${fits}x` })]);
        await expect(refused).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
        expect(await store.get({ partition: 'p', sort: 'other' })).toBeUndefined();
      });

      it('counts bytes, not characters', async () => {
        const long = store.transact([put('p', 's', { body: 'ä'.repeat(180_000) })]);
        await expect(long).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
      });
    });

    describe('keys', () => {
      it('tells apart what only looks alike', async () => {
        const sorts = ['a', 'A', 'ä', 'a\u0308', 'a ', 'a%', 'a_', "a'", 'a/b', 'a#1'];
        await store.transact(sorts.map((sort) => put('p', sort, { body: sort })));
        for (const sort of sorts) expect((await store.get({ partition: 'p', sort }))?.body).toBe(sort);
        expect(await store.list('p')).toHaveLength(sorts.length);
      });

      it.each([
        { what: 'an empty partition', partition: '', sort: 's' },
        { what: 'an empty sort', partition: 'p', sort: '' },
        { what: 'a partition over 2,048 bytes', partition: 'ä'.repeat(1025), sort: 's' },
        { what: 'a sort over 1,024 bytes', partition: 'p', sort: 'x'.repeat(1025) },
        { what: 'broken Unicode', partition: 'p', sort: '\ud800' },
      ])('refuses $what for good', async ({ partition, sort }) => {
        const refusal = { code: 'store', retry: 'give-up' };
        await expect(store.transact([put(partition, sort)])).rejects.toMatchObject(refusal);
        await expect(store.get({ partition, sort })).rejects.toMatchObject(refusal);
      });

      it('takes the longest keys', async () => {
        const key = { partition: 'x'.repeat(2048), sort: 'y'.repeat(1024) };
        await store.transact([put(key.partition, key.sort)]);
        expect(await store.get(key)).toMatchObject(key);
      });
    });

    describe('versions and expectations', () => {
      it('starts at 1 and counts every write', async () => {
        await store.transact([put('p', 's')]);
        expect((await store.get(KEY))?.version).toBe(1);
        await store.transact([put('p', 's')]);
        expect((await store.get(KEY))?.version).toBe(2);
        await store.transact([put('p', 's', { expect: 2 })]);
        expect((await store.get(KEY))?.version).toBe(3);
      });

      it('starts at 1 again after a deletion', async () => {
        await store.transact([put('p', 's')]);
        await store.transact([put('p', 's')]);
        await store.transact([remove('p', 's')]);
        expect(await store.get(KEY)).toBeUndefined();
        await store.transact([put('p', 's')]);
        expect((await store.get(KEY))?.version).toBe(1);
      });

      it.each<{ readonly stands: string; readonly expectation: Expectation; readonly result: 'done' | 'conflict' }>([
        { stands: 'nothing', expectation: 'absent', result: 'done' },
        { stands: 'nothing', expectation: 'any', result: 'done' },
        { stands: 'nothing', expectation: 0, result: 'conflict' },
        { stands: 'nothing', expectation: 1, result: 'conflict' },
        { stands: 'version 2', expectation: 'absent', result: 'conflict' },
        { stands: 'version 2', expectation: 'any', result: 'done' },
        { stands: 'version 2', expectation: 1, result: 'conflict' },
        { stands: 'version 2', expectation: 2, result: 'done' },
        { stands: 'version 2', expectation: 3, result: 'conflict' },
      ])('where $stands stands, expecting $expectation is $result', async ({ stands, expectation, result }) => {
        if (stands === 'version 2') for (const body of [1, 2]) await store.transact([put('p', 's', { body })]);
        const before = await store.get(KEY);

        if (expectation !== 'any') {
          expect(await store.transact([check('p', 's', expectation)])).toBe(result);
          expect(await store.get(KEY)).toEqual(before);
        }
        expect(await store.transact([put('p', 's', { body: 'new', expect: expectation })])).toBe(result);
        if (result === 'conflict') expect(await store.get(KEY)).toEqual(before);
        else expect(await store.get(KEY)).toMatchObject({ body: 'new', version: (before?.version ?? 0) + 1 });
      });

      it('deletes only what was expected', async () => {
        await store.transact([put('p', 's')]);
        expect(await store.transact([remove('p', 's', 2)])).toBe('conflict');
        expect(await store.transact([remove('p', 's', 'absent')])).toBe('conflict');
        expect(await store.get(KEY)).toBeDefined();
        expect(await store.transact([remove('p', 's', 1)])).toBe('done');
        expect(await store.transact([remove('p', 's', 1)])).toBe('conflict');
        expect(await store.transact([remove('p', 's')])).toBe('done');
        expect(await store.get(KEY)).toBeUndefined();
      });

      it('forgets due and expiry when a write has none', async () => {
        await store.transact([put('p', 's', { due: { queue: 'q', at: START }, expiresAt: START + 10 })]);
        await store.transact([put('p', 's')]);
        opened.clock.advance(1);
        expect(await store.get(KEY)).toEqual({ ...KEY, version: 2, body: {} });
        expect(await store.listDue('q', START + 5000, 10)).toEqual([]);
      });
    });

    describe('transactions', () => {
      it('writes all', async () => {
        await store.transact([put('a', '1'), put('b', '1', { body: 'old' })]);
        const writes = [remove('a', '1'), put('b', '1', { body: 'new' }), put('c', '1'), check('d', '1', 'absent')];
        expect(await store.transact(writes)).toBe('done');
        expect(await store.get({ partition: 'a', sort: '1' })).toBeUndefined();
        expect((await store.get({ partition: 'b', sort: '1' }))?.body).toBe('new');
        expect(await store.get({ partition: 'c', sort: '1' })).toBeDefined();
      });

      it.each([
        { where: 'first', at: 0 },
        { where: 'last', at: 3 },
      ])('writes nothing when the $where expectation does not hold', async ({ at }) => {
        await store.transact([put('a', '1'), put('b', '1', { body: 'old' }), put('taken', '1')]);
        const writes = [remove('a', '1'), put('b', '1', { body: 'new' }), put('c', '1')];
        const spoiled = writes.toSpliced(at, 0, check('taken', '1', 'absent'));
        expect(await store.transact(spoiled)).toBe('conflict');
        expect(await store.get({ partition: 'a', sort: '1' })).toMatchObject({ version: 1 });
        expect(await store.get({ partition: 'b', sort: '1' })).toMatchObject({ version: 1, body: 'old' });
        expect(await store.get({ partition: 'c', sort: '1' })).toBeUndefined();
      });

      it('does nothing for no writes', async () => {
        expect(await store.transact([])).toBe('done');
      });

      it('takes 100 writes and refuses 101 for good', async () => {
        const writes = Array.from({ length: 101 }, (_, n) => put('p', `s${n}`, { expect: 'absent' }));
        await expect(store.transact(writes)).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
        expect(await store.list('p')).toEqual([]);
        expect(await store.transact(writes.slice(1))).toBe('done');
        expect(await store.list('p')).toHaveLength(100);
      });

      it('refuses two writes for one key for good', async () => {
        const twice = store.transact([put('p', 's'), check('p', 's', 'absent')]);
        await expect(twice).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
      });

      it('refuses what no engine takes in one transaction', async () => {
        const writes = Array.from({ length: 12 }, (_, n) => put('p', `s${n}`, { body: 'x'.repeat(340_000) }));
        await expect(store.transact(writes)).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
        expect(await store.transact(writes.slice(0, 11))).toBe('done');
      });

      it('lets exactly one of many at once have what all want', async () => {
        const claims = Array.from({ length: 10 }, (_, n) =>
          store.transact([put('p', 's', { body: n, expect: 'absent' }), put('winner', `${n}`)]),
        );
        const results = await Promise.all(claims);
        expect(results.filter((result) => result === 'done')).toHaveLength(1);
        expect((await store.list('winner')).map(({ sort }) => sort)).toEqual([`${results.indexOf('done')}`]);
        expect(await store.get(KEY)).toMatchObject({ body: results.indexOf('done'), version: 1 });
      });

      it('loses no increment of several writers', async () => {
        await store.transact([put('p', 's', { body: 0 })]);
        async function increment(): Promise<void> {
          const current = await store.get(KEY);
          const body = Number(current?.body) + 1;
          const result = await store.transact([put('p', 's', { body, expect: current?.version ?? 'absent' })]);
          if (result === 'conflict') await increment();
        }
        await Promise.all(Array.from({ length: 8 }, increment));
        expect(await store.get(KEY)).toMatchObject({ body: 8, version: 9 });
      });
    });

    describe('expiry', () => {
      const expiresAt = START + 1500;

      it('is judged by value, to the millisecond, before anything is deleted', async () => {
        await store.transact([put('p', 's', { expiresAt, due: { queue: 'q', at: START } })]);
        opened.clock.advance(1.499);
        expect(await store.get(KEY)).toBeDefined();
        expect(await store.list('p')).toHaveLength(1);
        expect(await store.listDue('q', START, 10)).toHaveLength(1);

        opened.clock.advance(0.001);
        expect(await store.get(KEY)).toBeUndefined();
        expect(await store.list('p')).toEqual([]);
        expect(await store.listDue('q', START, 10)).toEqual([]);
        expect(await opened.isStored(KEY)).toBe(true);
      });

      it('makes a record absent for every expectation', async () => {
        await store.transact([put('p', 's', { expiresAt })]);
        await store.transact([put('p', 's', { expiresAt })]);
        opened.clock.advance(2);
        expect(await store.transact([check('p', 's', 2)])).toBe('conflict');
        expect(await store.transact([put('p', 's', { expect: 2 })])).toBe('conflict');
        expect(await store.transact([remove('p', 's', 2)])).toBe('conflict');
        expect(await store.transact([check('p', 's', 'absent')])).toBe('done');
        expect(await store.transact([put('p', 's', { expect: 'absent' })])).toBe('done');
        expect(await store.get(KEY)).toEqual({ ...KEY, version: 1, body: {} });
      });

      it('starts the version over for a put that expects nothing, beside live ones', async () => {
        await store.transact([put('p', 'dead', { expiresAt }), put('p', 'live')]);
        await store.transact([put('p', 'dead', { expiresAt }), put('p', 'live')]);
        opened.clock.advance(2);
        expect(await store.transact([put('p', 'dead'), put('p', 'live'), put('p', 'new')])).toBe('done');
        const versions = (await store.list('p')).map(({ sort, version }) => [sort, version]);
        expect(versions).toEqual([
          ['dead', 1],
          ['live', 3],
          ['new', 1],
        ]);
      });

      it('can be moved while the record lives', async () => {
        await store.transact([put('p', 's', { expiresAt })]);
        await store.transact([put('p', 's', { expiresAt: expiresAt + 5000, expect: 1 })]);
        opened.clock.advance(2);
        expect(await store.get(KEY)).toMatchObject({ version: 2 });
      });
    });

    describe('lists', () => {
      it('hold one partition, by the bytes of the sort key', async () => {
        // U+FF5E is before U+1F680 by UTF-8, after it by UTF-16.
        const sorts = ['b', '\u{1F680}', 'B', 'a/2', 'a/10', '\uFF5E', 'ä'];
        await store.transact([...sorts.map((sort) => put('p', sort)), put('p2', 'a'), put('P', 'a')]);
        const found = (await store.list('p')).map(({ sort }) => sort);
        expect(found).toEqual(['B', 'a/10', 'a/2', 'b', 'ä', '\uFF5E', '\u{1F680}']);
      });

      it('hold what begins with a prefix, taken literally', async () => {
        const sorts = ['slice', 'slice/', 'slice/a', 'slice/a#1', 'slice0', 'Slice/a', 'slice/%', 'slic'];
        await store.transact(sorts.map((sort) => put('p', sort)));
        const found = (await store.list('p', { sortPrefix: 'slice/' })).map(({ sort }) => sort);
        expect(found).toEqual(['slice/', 'slice/%', 'slice/a', 'slice/a#1']);
        expect(await store.list('p', { sortPrefix: 'none' })).toEqual([]);
        expect(await store.list('p', { sortPrefix: '' })).toHaveLength(sorts.length);
      });

      it('go on over all pages', async () => {
        // DynamoDB ends a page after 1 MB.
        for (let n = 0; n < 12; n += 4) {
          const body = 'x'.repeat(300_000);
          await store.transact([0, 1, 2, 3].map((m) => put('p', `s${String(n + m).padStart(2, '0')}`, { body })));
        }
        const found = (await store.list('p')).map(({ sort }) => sort);
        expect(found).toHaveLength(12);
        expect(found).toEqual(found.toSorted());
      });

      it('are empty where nothing is', async () => {
        expect(await store.list('nowhere')).toEqual([]);
      });
    });

    describe('the due index', () => {
      const at = (seconds: number) => START + seconds * 1000;

      it('holds what is due, soonest first, the moment itself included', async () => {
        await store.transact([
          put('a', '1', { due: { queue: 'q', at: at(30) } }),
          put('b', '1', { due: { queue: 'q', at: at(10) } }),
          put('c', '1', { due: { queue: 'q', at: at(20) } }),
          put('d', '1', { due: { queue: 'other', at: at(5) } }),
          put('e', '1'),
        ]);
        const due = async (until: number, limit = 10) =>
          (await store.listDue('q', until, limit)).map(({ partition }) => partition);
        expect(await due(at(30))).toEqual(['b', 'c', 'a']);
        expect(await due(at(30) - 1)).toEqual(['b', 'c']);
        expect(await due(at(10) - 1)).toEqual([]);
        expect(await due(at(30), 2)).toEqual(['b', 'c']);
        expect(await due(at(30), 0)).toEqual([]);
        expect(await store.listDue('nothing', at(99), 10)).toEqual([]);
      });

      it('gives whole records', async () => {
        await store.transact([put('a', '1', { body: { x: [1] }, due: { queue: 'q', at: at(0) }, expiresAt: at(60) })]);
        expect(await store.listDue('q', at(0), 1)).toEqual([
          {
            partition: 'a',
            sort: '1',
            version: 1,
            body: { x: [1] },
            due: { queue: 'q', at: at(0) },
            expiresAt: at(60),
          },
        ]);
      });

      it('follows the record', async () => {
        await store.transact([put('a', '1', { due: { queue: 'q', at: at(1) } })]);
        await store.transact([put('a', '1', { due: { queue: 'q', at: at(50) } })]);
        expect(await store.listDue('q', at(49), 10)).toEqual([]);
        expect(await store.listDue('q', at(50), 10)).toHaveLength(1);
        await store.transact([put('a', '1', { due: { queue: 'other', at: at(1) } })]);
        expect(await store.listDue('q', at(99), 10)).toEqual([]);
        await store.transact([remove('a', '1')]);
        expect(await store.listDue('other', at(99), 10)).toEqual([]);
      });

      it('fills its limit with live records', async () => {
        const dead = Array.from({ length: 5 }, (_, n) =>
          put('dead', `${n}`, { due: { queue: 'q', at: at(0) + n }, expiresAt: at(1) }),
        );
        const live = Array.from({ length: 3 }, (_, n) => put('live', `${n}`, { due: { queue: 'q', at: at(1) + n } }));
        await store.transact([...dead, ...live]);
        opened.clock.advance(1);
        const found = (await store.listDue('q', at(9), 2)).map(({ partition, sort }) => `${partition}/${sort}`);
        expect(found).toEqual(['live/0', 'live/1']);
      });
    });
  });
});

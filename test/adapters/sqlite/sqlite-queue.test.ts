import type { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteQueue, type SqliteQueueOptions } from '../../../shared/adapters/sqlite/sqlite-queue.ts';

const START = Date.UTC(2026, 10, 22, 13);
const FIVE_MINUTES_S = 300;

describe('the SQLite queue', () => {
  let db: DatabaseSync;
  let clock: AdjustableClock;
  let woken: (readonly [name: string, inSeconds: number])[];

  beforeEach(() => {
    db = openDatabase(':memory:');
    clock = createAdjustableClock({ startAt: START });
    woken = [];
  });

  function open(options: Partial<SqliteQueueOptions> = {}) {
    const onSend = (name: string, visibleAt: number) => woken.push([name, (visibleAt - clock.now()) / 1000]);
    return createSqliteQueue<unknown>({ db, clock, name: 'jobs', onSend, ...options });
  }

  it('keeps several queues of one file apart', async () => {
    const [a, b] = [open({ name: 'a' }), open({ name: 'b' })];
    await a.send(1);
    const [job] = await a.receive(1, 30);
    expect(await b.receive(10, 30)).toEqual([]);
    await b.remove(job?.receipt ?? '');
    expect(await a.count()).toBe(1);
    await expect(b.postpone(job?.receipt ?? '', 1)).rejects.toMatchObject({ code: 'queue', retry: 'give-up' });
  });

  describe('turns', () => {
    const bodies = async (queue: ReturnType<typeof open>, limit = 100) =>
      (await queue.receive(limit, 30)).map(({ body }) => JSON.parse(body) as unknown);

    it('hands out what is new before two hundred repeats that waited longer', async () => {
      const queue = open();
      await queue.sendAll(
        Array.from({ length: 200 }, (_, n) => ({ job: n, options: { delaySeconds: n % 20, isRepeat: true } })),
      );
      clock.advance(25);
      expect(await bodies(queue, 4)).toHaveLength(4);
      await queue.send('alert');
      expect(await bodies(queue, 1)).toEqual(['alert']);
      expect(await queue.count()).toBe(201);
    });

    it('lets no repeat wait for ever: after 30 s it is as old as what came then', async () => {
      const queue = open();
      await queue.send('repeat', { isRepeat: true });
      clock.advance(29);
      await queue.send('sooner');
      clock.advance(2);
      await queue.send('later');
      expect(await bodies(queue)).toEqual(['sooner', 'repeat', 'later']);
    });

    it('gives a job that comes back its old turn', async () => {
      const queue = open();
      await queue.send('first');
      const [job] = await queue.receive(1, 30);
      clock.advance(1);
      await queue.send('second');
      await queue.postpone(job?.receipt ?? '', 5);
      clock.advance(5);
      expect(await bodies(queue)).toEqual(['first', 'second']);
    });

    it('keeps the order of a group, repeats or not', async () => {
      const queue = open({ isFifo: true });
      await queue.send('a1', { groupId: 'a', isRepeat: true });
      clock.advance(60);
      await queue.send('a2', { groupId: 'a' });
      await queue.send('b1', { groupId: 'b' });
      expect(await bodies(queue)).toEqual(['a1', 'b1']);
    });

    it('takes over the jobs of a file that had no turns', async () => {
      const earlier = open();
      await earlier.send('kept');
      db.exec('ALTER TABLE jobs DROP COLUMN turn_at');
      const queue = open();
      await queue.send('new');
      expect(await bodies(queue)).toEqual(['kept', 'new']);
    });
  });

  describe('deduplication', () => {
    it('lasts 5 minutes, delivered and removed or not', async () => {
      const queue = open({ isFifo: true });
      await queue.send('one', { groupId: 'g', dedupeId: 'd' });
      const [job] = await queue.receive(1, 30);
      await queue.remove(job?.receipt ?? '');
      clock.advance(FIVE_MINUTES_S - 1);
      await queue.send('two', { groupId: 'g', dedupeId: 'd' });
      expect(await queue.count()).toBe(0);
      clock.advance(1);
      await queue.send('three', { groupId: 'g', dedupeId: 'd' });
      expect(await queue.count()).toBe(1);
    });

    it('is not made longer by what it drops', async () => {
      const queue = open({ isFifo: true });
      await queue.send('one', { dedupeId: 'd' });
      clock.advance(FIVE_MINUTES_S - 1);
      await queue.send('two', { dedupeId: 'd' });
      clock.advance(1);
      await queue.send('three', { dedupeId: 'd' });
      expect(await queue.count()).toBe(2);
    });

    it('is per queue', async () => {
      const [a, b] = [open({ name: 'a', isFifo: true }), open({ name: 'b', isFifo: true })];
      await a.send('one', { dedupeId: 'd' });
      await b.send('one', { dedupeId: 'd' });
      expect(await b.count()).toBe(1);
    });
  });

  it('sends all or none', async () => {
    const queue = open();
    const jobs = [{ job: 1 }, { job: 'x'.repeat(300_000) }];
    await expect(queue.sendAll(jobs)).rejects.toMatchObject({ code: 'queue', retry: 'give-up' });
    expect(await queue.count()).toBe(0);
    expect(woken).toEqual([]);
  });

  describe('wakes its consumer', () => {
    it('for each job sent, with the time from which it can be received', async () => {
      await open().sendAll([{ job: 1 }, { job: 2, options: { delaySeconds: 2.5 } }]);
      expect(woken).toEqual([
        ['jobs', 0],
        ['jobs', 2.5],
      ]);
    });

    it('not for a duplicate', async () => {
      const queue = open({ isFifo: true });
      await queue.send(1, { dedupeId: 'd' });
      await queue.send(2, { dedupeId: 'd' });
      expect(woken).toHaveLength(1);
    });

    it('for a job that is postponed', async () => {
      const queue = open();
      await queue.send(1);
      const [job] = await queue.receive(1, 30);
      await queue.postpone(job?.receipt ?? '', 7);
      expect(woken.at(-1)).toEqual(['jobs', 7]);
    });

    it('of the dead-letter queue, for a job that is moved there', async () => {
      const queue = open({ maxReceiveCount: 1, deadLetterQueueName: 'dead' });
      await queue.send(1);
      await queue.receive(1, 0);
      expect(await queue.receive(1, 0)).toEqual([]);
      expect(woken).toEqual([
        ['jobs', 0],
        ['dead', 0],
      ]);
    });

    it('for the next of a group when one is removed', async () => {
      const queue = open({ isFifo: true });
      await queue.send(1, { groupId: 'g' });
      await queue.send(2, { groupId: 'g' });
      const [job] = await queue.receive(1, 30);
      await queue.remove(job?.receipt ?? '');
      expect(woken).toHaveLength(3);
      await queue.remove(job?.receipt ?? '');
      expect(woken).toHaveLength(3);
    });

    it('after the commit: the job can be received at once', async () => {
      const received: Promise<unknown>[] = [];
      const queue = open({ onSend: () => received.push(queue.receive(1, 30)) });
      await queue.send('job');
      expect(await Promise.all(received)).toMatchObject([[{ body: '"job"' }]]);
    });
  });

  describe('says when the next job can be received', () => {
    it('of a standard queue', async () => {
      const queue = open();
      expect(await queue.nextVisibleAt()).toBeUndefined();
      await queue.send(1, { delaySeconds: 60 });
      await queue.send(2, { delaySeconds: 20 });
      expect(await queue.nextVisibleAt()).toBe(START + 20_000);
      clock.advance(30);
      await queue.receive(1, 100);
      expect(await queue.nextVisibleAt()).toBe(START + 60_000);
    });

    it('of a FIFO queue, where a job waits for the one before it', async () => {
      const queue = open({ isFifo: true });
      await queue.send(1, { groupId: 'g' });
      await queue.send(2, { groupId: 'g' });
      await queue.receive(1, 30);
      expect(await queue.nextVisibleAt()).toBe(START + 30_000);
    });
  });

  it('hands out nothing twice in one receive, however long the jobs are hidden', async () => {
    const queue = open();
    await queue.sendAll([{ job: 1 }, { job: 2 }]);
    expect(await queue.receive(10, 0)).toHaveLength(2);
    expect(await queue.receive(1, 0)).toMatchObject([{ body: '1', receiveCount: 2 }]);
  });

  it('an old receipt removes nothing once the job was handed out anew', async () => {
    const queue = open();
    await queue.send('job');
    const [first] = await queue.receive(1, 10);
    clock.advance(10);
    const [second] = await queue.receive(1, 10);
    await queue.remove(first?.receipt ?? '');
    expect(await queue.count()).toBe(1);
    await queue.remove(second?.receipt ?? '');
    expect(await queue.count()).toBe(0);
  });

  it('a receipt whose time is over cannot postpone', async () => {
    const queue = open();
    await queue.send('job');
    const [job] = await queue.receive(1, 10);
    clock.advance(10);
    await expect(queue.postpone(job?.receipt ?? '', 60)).rejects.toMatchObject({ code: 'queue', retry: 'give-up' });
  });

  it('wants a dead-letter queue and a count, or neither', () => {
    expect(() => open({ maxReceiveCount: 3 })).toThrow(TypeError);
    expect(() => open({ deadLetterQueueName: 'dead' })).toThrow(TypeError);
  });

  it('says that a closed database may be there again later', async () => {
    const queue = open();
    db.close();
    const later = { code: 'queue', retry: 'retry' };
    await expect(queue.send(1)).rejects.toMatchObject(later);
    await expect(queue.receive(1, 1)).rejects.toMatchObject(later);
  });
});

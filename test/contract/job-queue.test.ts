import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ReceivedJob } from '../../shared/ports/job-queue.ts';
import { describeJobQueues, MAX_RECEIVES, type OpenQueue } from '../support/job-queues.ts';

const REFUSED = { code: 'queue', retry: 'give-up' };

function bodies(jobs: readonly ReceivedJob[]): unknown[] {
  return jobs.map(({ body }) => JSON.parse(body));
}

describe('a job queue', () => {
  describeJobQueues((open) => {
    let opened: OpenQueue;

    /** Receives until nothing comes: SQS may give fewer than asked for. */
    async function receiveAll(visibilitySeconds = 30): Promise<ReceivedJob[]> {
      const received: ReceivedJob[] = [];
      for (;;) {
        const jobs = await opened.source.receive(10, visibilitySeconds);
        if (jobs.length === 0) return received;
        received.push(...jobs);
      }
    }

    describe('of the standard kind', () => {
      beforeEach(async () => {
        opened = await open('standard');
      });

      it('hands out a job as it came, the first time with count 1', async () => {
        const job = { text: 'ä 漢字 🚀 \uFFFE\uFFFF\u0000\ud800 </a>', list: [1, null], none: {} };
        await opened.queue.send(job);
        const [received, ...others] = await receiveAll();
        expect(others).toEqual([]);
        expect(JSON.parse(received?.body ?? '')).toEqual(job);
        expect(received).toMatchObject({ receiveCount: 1, groupId: undefined });
        expect(received?.id).not.toBe('');
      });

      it('is empty at first', async () => {
        expect(await receiveAll()).toEqual([]);
      });

      it('takes more jobs at once than one batch holds, each with its own options', async () => {
        const jobs = Array.from({ length: 23 }, (_, n) => ({
          job: { n },
          options: n === 7 ? { delaySeconds: 900 } : {},
        }));
        await opened.queue.sendAll(jobs);
        const numbers = bodies(await receiveAll()).map((body) => (body as { n: number }).n);
        expect(numbers.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 23 }, (_, n) => n).filter((n) => n !== 7),
        );
      });

      it('takes large jobs together that exceed one batch', async () => {
        const text = 'x'.repeat(200_000);
        await opened.queue.sendAll(['a', 'b', 'c'].map((id) => ({ job: { id, text } })));
        const ids = bodies(await receiveAll()).map((body) => (body as { id: string }).id);
        expect(ids.toSorted()).toEqual(['a', 'b', 'c']);
      });

      it('takes no jobs for none', async () => {
        await opened.queue.sendAll([]);
        expect(await receiveAll()).toEqual([]);
      });

      it('makes a delayed job visible no earlier', async () => {
        await opened.queue.send('later', { delaySeconds: 2 });
        await opened.queue.send('now', { delaySeconds: 0 });
        expect(bodies(await receiveAll())).toEqual(['now']);
        await opened.advance(2);
        expect(bodies(await receiveAll())).toEqual(['later']);
      });

      it('hides a job that is handed out until its time is over, then counts on', async () => {
        await opened.queue.send('job');
        const [first] = await opened.source.receive(1, 2);
        expect(await receiveAll()).toEqual([]);
        await opened.advance(2);
        const [second] = await opened.source.receive(1, 2);
        expect(second).toMatchObject({ id: first?.id, body: '"job"', receiveCount: 2 });
        expect(second?.receipt).not.toBe(first?.receipt);
      });

      it('never hands out a removed job again', async () => {
        await opened.queue.send('job');
        const [job] = await opened.source.receive(1, 1);
        await opened.source.remove(job?.receipt ?? '');
        await opened.advance(1);
        expect(await receiveAll()).toEqual([]);
      });

      it('hands out a postponed job at its new time', async () => {
        await opened.queue.sendAll([{ job: 'sooner' }, { job: 'later' }]);
        const jobs = await receiveAll(2);
        const receiptOf = (text: string) => jobs.find(({ body }) => body === JSON.stringify(text))?.receipt ?? '';
        await opened.source.postpone(receiptOf('sooner'), 0);
        await opened.source.postpone(receiptOf('later'), 600);
        expect(bodies(await receiveAll())).toEqual(['sooner']);
        await opened.advance(2);
        expect(await receiveAll()).toEqual([]);
      });

      it('refuses to postpone what is not held, or for too long', async () => {
        await opened.queue.send('job');
        const [job] = await opened.source.receive(1, 30);
        await expect(opened.source.postpone('no-such-receipt', 5)).rejects.toMatchObject(REFUSED);
        await expect(opened.source.postpone(job?.receipt ?? '', 43_201)).rejects.toMatchObject(REFUSED);
        await expect(opened.source.postpone(job?.receipt ?? '', -1)).rejects.toMatchObject(REFUSED);
      });

      it(`moves a job to the dead-letter queue after ${MAX_RECEIVES} receives, and only then`, async () => {
        await opened.queue.send({ poison: true });
        let id: string | undefined;
        for (let count = 1; count <= MAX_RECEIVES; count += 1) {
          const [job] = await opened.source.receive(1, 1);
          expect(job).toMatchObject({ receiveCount: count });
          expect(await opened.deadLetter.receive(1, 1)).toEqual([]);
          id = job?.id;
          await opened.advance(1);
        }
        expect(await opened.source.receive(1, 1)).toEqual([]);
        const [dead] = await opened.deadLetter.receive(1, 30);
        expect(dead).toMatchObject({ id, body: '{"poison":true}' });
      });

      it('goes on to the next job when one is moved away', async () => {
        await opened.queue.send('poison');
        for (let count = 0; count < MAX_RECEIVES; count += 1) {
          await opened.source.receive(1, 1);
          await opened.advance(1);
        }
        await opened.queue.send('good');
        expect(bodies(await opened.source.receive(1, 30))).toEqual(['good']);
      });

      it.each([
        { what: 'a delay over 900 s', options: { delaySeconds: 901 } },
        { what: 'a negative delay', options: { delaySeconds: -1 } },
        { what: 'a delay that is no number', options: { delaySeconds: Number.NaN } },
        { what: 'a group', options: { groupId: 'g' } },
        { what: 'a dedupe id', options: { dedupeId: 'd' } },
      ])('refuses $what for good', async ({ options }) => {
        await expect(opened.queue.send('job', options)).rejects.toMatchObject(REFUSED);
        expect(await receiveAll()).toEqual([]);
      });

      it('takes a delay of exactly 900 s', async () => {
        await expect(opened.queue.send('job', { delaySeconds: 900 })).resolves.toBeUndefined();
      });

      it('refuses a job over 256 KiB for good', async () => {
        const quotes = 2;
        await opened.queue.send('x'.repeat(262_144 - quotes));
        await expect(opened.queue.send('x'.repeat(262_144 - quotes + 1))).rejects.toMatchObject(REFUSED);
      });
    });

    describe('of the FIFO kind', () => {
      beforeEach(async () => {
        opened = await open('fifo');
      });

      async function receiveOne(): Promise<ReceivedJob | undefined> {
        return (await opened.source.receive(1, 30))[0];
      }

      it('hands out the jobs of a group one after another, in order', async () => {
        await opened.queue.sendAll([1, 2, 3].map((job) => ({ job, options: { groupId: 'g', dedupeId: `${job}` } })));
        for (const expected of [1, 2, 3]) {
          const job = await receiveOne();
          expect(job).toMatchObject({ body: `${expected}`, groupId: 'g' });
          expect(await receiveOne()).toBeUndefined();
          await opened.source.remove(job?.receipt ?? '');
        }
        expect(await receiveOne()).toBeUndefined();
      });

      it('hands out other groups meanwhile', async () => {
        await opened.queue.send('a1', { groupId: 'a' });
        await opened.queue.send('a2', { groupId: 'a' });
        await opened.queue.send('b1', { groupId: 'b' });
        expect([(await receiveOne())?.body, (await receiveOne())?.body]).toEqual(['"a1"', '"b1"']);
        expect(await receiveOne()).toBeUndefined();
      });

      it('lets a group wait for its first job, postponed or failed', async () => {
        await opened.queue.send('first', { groupId: 'g' });
        await opened.queue.send('second', { groupId: 'g' });
        const first = await receiveOne();
        await opened.source.postpone(first?.receipt ?? '', 2);
        expect(await receiveOne()).toBeUndefined();
        await opened.advance(2);
        expect(await receiveOne()).toMatchObject({ body: '"first"', receiveCount: 2 });
      });

      it('frees a group whose first job went to the dead-letter queue', async () => {
        await opened.queue.send('poison', { groupId: 'g' });
        await opened.queue.send('good', { groupId: 'g' });
        for (let count = 0; count < MAX_RECEIVES; count += 1) {
          expect(bodies(await opened.source.receive(1, 1))).toEqual(['poison']);
          await opened.advance(1);
        }
        // SQS may answer the receive that moves a job with nothing.
        const next = (await receiveOne()) ?? (await receiveOne());
        expect(next?.body).toBe('"good"');
        expect(bodies(await opened.deadLetter.receive(1, 30))).toEqual(['poison']);
      });

      // That it is dropped after the first was removed too is tested on SQLite alone: moto forgets removed jobs.
      it('drops a second send of the same dedupe id, whatever its group', async () => {
        await opened.queue.send('one', { groupId: 'g', dedupeId: 'same' });
        await opened.queue.send('two', { groupId: 'other', dedupeId: 'same' });
        expect((await receiveOne())?.body).toBe('"one"');
        await opened.queue.send('three', { groupId: 'third', dedupeId: 'same' });
        expect(await receiveOne()).toBeUndefined();
        await opened.queue.send('four', { groupId: 'third', dedupeId: 'new' });
        expect((await receiveOne())?.body).toBe('"four"');
      });

      it('takes equal jobs without ids as different ones, each in a group of its own', async () => {
        await opened.queue.send('same');
        await opened.queue.send('same');
        expect((await receiveOne())?.body).toBe('"same"');
        expect((await receiveOne())?.body).toBe('"same"');
      });

      it('keeps the order of a group over many jobs sent at once', async () => {
        const jobs = Array.from({ length: 12 }, (_, n) => ({
          job: n,
          options: { groupId: n % 2 === 0 ? 'even' : 'odd' },
        }));
        await opened.queue.sendAll(jobs);
        const seen: number[] = [];
        for (let job = await receiveOne(); job !== undefined; job = await receiveOne()) {
          seen.push(JSON.parse(job.body));
          await opened.source.remove(job.receipt);
        }
        expect(seen.filter((n) => n % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10]);
        expect(seen.filter((n) => n % 2 === 1)).toEqual([1, 3, 5, 7, 9, 11]);
      });

      it.each([
        { what: 'a delay', options: { groupId: 'g', delaySeconds: 1 } },
        { what: 'a group id that is too long', options: { groupId: 'x'.repeat(129) } },
        { what: 'an empty dedupe id', options: { groupId: 'g', dedupeId: '' } },
        { what: 'a dedupe id that is not ASCII', options: { groupId: 'g', dedupeId: 'ä' } },
      ])('refuses $what for good', async ({ options }) => {
        await expect(opened.queue.send('job', options)).rejects.toMatchObject(REFUSED);
      });
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { ChatError, PullmedicError } from '../../shared/domain/errors.ts';
import type { Chat } from '../../shared/ports/chat.ts';
import { CrashError, type Fault, faulty } from '../support/fake-chat.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { createPublishBench, type PublishBench } from '../support/publish-bench.ts';
import { MINUTE, NOW, sampleIncident, sampleMember, sampleRollout } from '../support/sample-incident.ts';

const FAULTS: readonly Fault[] = ['throw-before', 'throw-after', 'hang-before', 'hang-after'];
const SHORT = { storeMs: 15, chatMs: 15 };

const DOWN = sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) });
const RUNNING = sampleMember({ state: 'running', failingPods: 0, runningPods: 3 });

/** A life of an incident, step by step, and what must stand in Slack at its end. */
const STORIES = [
  {
    name: 'a first post',
    steps: [sampleIncident()],
    line: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    broadcasts: 0,
    replies: 1,
  },
  {
    name: 'a turn for the worse with a note',
    steps: [
      sampleIncident(),
      sampleIncident([DOWN], { notes: [{ key: 'x', at: NOW, kind: 'info', text: 'the old pods are gone' }] }),
    ],
    line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    broadcasts: 1,
    replies: 3,
  },
  {
    name: 'a recovery',
    steps: [sampleIncident(), sampleIncident([RUNNING], { state: 'recovered', endedAt: NOW + 2 * MINUTE })],
    line: '🟢 prod-eu shop/checkout pulls again after 6 min, was: tag v1.2.33 does not exist. 3 of 3 pods run',
    broadcasts: 0,
    replies: 1,
  },
] as const;

/** Runs again as the queue and the sweeper would, until the poke is settled. */
async function untilSettled(bench: PublishBench): Promise<void> {
  for (let run = 0; run < 6; run += 1) {
    bench.clock.advance(21);
    try {
      await bench.publish();
    } catch (error) {
      if (!(error instanceof PullmedicError && error.retry === 'retry')) throw error;
    }
    if ((await bench.nextPokeAt()) === undefined) return;
  }
  throw new Error('the poke was never settled');
}

async function tellWithFault(story: (typeof STORIES)[number], at: number, fault: Fault): Promise<number> {
  const bench = createPublishBench();
  const counter = { calls: 0, at, fault };
  for (const [index, step] of story.steps.entries()) {
    await bench.commit(step);
    const isLast = index === story.steps.length - 1;
    const ports = isLast
      ? {
          store: faulty(bench.ports.store, counter),
          chat: faulty(bench.chat, counter),
          deadlines: SHORT,
        }
      : {};
    try {
      await bench.publish(ports);
    } catch (error) {
      expect(error instanceof CrashError || error instanceof PullmedicError).toBe(true);
    }
    if (!isLast) bench.clock.advance(60);
  }
  await untilSettled(bench);

  const where = `${story.name}, call ${at}, ${fault}`;
  for (const { message } of bench.chat.messages) assertFirstLine(message.text);
  expect([where, bench.chat.posts().map(({ message }) => message.text)]).toEqual([where, [story.line]]);
  expect([where, bench.chat.broadcasts().length]).toEqual([where, story.broadcasts]);
  expect([where, bench.chat.replies().length]).toEqual([where, story.replies]);
  return counter.calls;
}

describe('publishing survives the loss of any one call', () => {
  it.each(STORIES.flatMap((story) => FAULTS.map((fault) => ({ story, name: story.name, fault }))))(
    '$name: $fault at each call in turn leaves one message with the right content',
    async ({ story, fault }) => {
      const calls = await tellWithFault(story, Number.POSITIVE_INFINITY, fault);
      expect(calls).toBeGreaterThan(6);
      for (let at = 1; at <= calls; at += 1) await tellWithFault(story, at, fault);
    },
  );

  it('a call that hangs for ten seconds ends by its deadline', async () => {
    const bench = createPublishBench();
    await bench.commit(sampleIncident());
    const chat = faulty(bench.chat, { calls: 0, at: 1, fault: 'hang-before' });
    await expect(bench.publish({ chat, deadlines: SHORT })).rejects.toMatchObject({ retry: 'retry' });
    expect(bench.chat.messages).toEqual([]);
  });

  it('does not post again while a lost post may still arrive', async () => {
    const bench = createPublishBench();
    await bench.commit(sampleIncident());
    const chat = faulty(bench.chat, { calls: 0, at: 1, fault: 'hang-before' });
    await expect(bench.publish({ chat, deadlines: SHORT })).rejects.toThrow();
    const error = await bench.publish().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChatError);
    expect(error).toMatchObject({ reason: 'answer_unknown', retryAfterSeconds: 20 });
    bench.clock.advance(20);
    await bench.publish();
    expect(bench.chat.posts()).toHaveLength(1);
  });

  it('does not post what healed while its post was lost', async () => {
    const bench = createPublishBench();
    await bench.commit(sampleIncident());
    const chat = faulty(bench.chat, { calls: 0, at: 1, fault: 'throw-before' });
    await expect(bench.publish({ chat })).rejects.toThrow(CrashError);
    bench.clock.advance(21);
    await bench.commit(sampleIncident([RUNNING], { state: 'recovered', endedAt: NOW }));
    await bench.publish();
    expect(bench.chat.messages).toEqual([]);
  });

  it.each([
    { what: 'its message', at: 1 },
    { what: 'its details', at: 2 },
  ])('an edit of $what that arrives late does not overwrite a newer one', async ({ at }) => {
    const bench = createPublishBench();
    await bench.commit(sampleIncident());
    await bench.publish();
    const before = bench.chat.messages.map(({ message }) => message.text);

    const late: (() => Promise<unknown>)[] = [];
    let updates = 0;
    const chat: Chat = {
      ...bench.chat,
      async update(posted, message) {
        updates += 1;
        if (updates !== at) return bench.chat.update(posted, message);
        late.push(() => bench.chat.update(posted, message));
        throw new ChatError('chat.update', 'no_answer', { retry: 'retry' });
      },
    };
    bench.clock.advance(60);
    await bench.commit(sampleIncident([DOWN]));
    await expect(bench.publish({ chat })).rejects.toMatchObject({ reason: 'no_answer' });

    // It is as it was again: nothing would be edited, were it known what stands there.
    await bench.commit(sampleIncident());
    await expect(bench.publish()).rejects.toMatchObject({ reason: 'answer_unknown' });
    for (const arrive of late) await arrive();
    // Longer than a lost edit may take, and than two edits of the details are apart.
    bench.clock.advance(60);
    await bench.publish();
    expect(late).toHaveLength(1);
    expect(bench.chat.messages.slice(0, 2).map(({ message }) => message.text)).toEqual(before);
  });

  it('two publishers at once post one message', async () => {
    const bench = createPublishBench();
    await bench.commit(sampleIncident());
    const results = await Promise.allSettled([bench.publish(), bench.publish()]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await untilSettled(bench);
    expect(bench.chat.posts()).toHaveLength(1);
    expect(bench.chat.replies()).toHaveLength(1);
  });
});

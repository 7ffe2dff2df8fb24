import { describe, expect, it } from '@jest/globals';
import { ChatError } from '../../shared/domain/errors.ts';
import type { Incident, LoadedIncident, Member } from '../../shared/domain/incident.ts';
import { publishIncident } from '../../shared/flows/publish-incident.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { createPublishBench, type PublishBench } from '../support/publish-bench.ts';
import {
  MINUTE,
  NOW,
  rateLimited,
  sampleConfig,
  sampleIncident,
  sampleMember,
  sampleRollout,
  secretExpired,
  tagMissing,
} from '../support/sample-incident.ts';

const SUBJECT = 'shop/checkout';

/** What each message of the channel says on a phone, after checking each. */
function lines(bench: PublishBench): readonly string[] {
  for (const { message } of bench.chat.messages) assertFirstLine(message.text);
  return bench.chat.posts().map(({ message }) => message.text);
}

async function tell(bench: PublishBench, members: readonly Member[], change: Partial<Incident> = {}): Promise<void> {
  await bench.commit(sampleIncident(members, change));
  await bench.publish();
}

function down(): Member {
  return sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) });
}

function running(change: Partial<Member> = {}): Member {
  return sampleMember({ state: 'running', failingPods: 0, runningPods: 3, ...change });
}

const RECOVERED: Partial<Incident> = { state: 'recovered', endedAt: NOW + 2 * MINUTE };

describe('publishIncident', () => {
  it('posts one message with its details in the thread, and settles', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    expect(lines(bench)).toEqual([
      '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    ]);
    expect(bench.chat.replies()).toHaveLength(1);
    expect(await bench.nextPokeAt()).toBeUndefined();
  });

  it('does nothing when poked again', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    await bench.publish();
    await bench.publish();
    expect(bench.chat.messages.map(({ edits }) => edits)).toEqual([0, 0]);
  });

  it('does nothing when a new revision says the same', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    bench.clock.advance(120);
    await tell(bench, [sampleMember()]);
    expect(bench.chat.messages.map(({ edits }) => edits)).toEqual([0, 0]);
  });

  it('keeps silent about what healed before anything was posted', async () => {
    const bench = createPublishBench();
    await tell(bench, [running()], RECOVERED);
    expect(bench.chat.messages).toEqual([]);
    expect(await bench.nextPokeAt()).toBeUndefined();
  });

  it('waits out the grace of what the sweep found and then posts without a new revision', async () => {
    const bench = createPublishBench();
    const member = sampleMember({ firstFailedAt: NOW - MINUTE });
    await tell(bench, [member], { from: 'sweep' });
    expect(bench.chat.messages).toEqual([]);
    expect(await bench.nextPokeAt()).toBe(120);
    bench.clock.advance(120);
    await bench.publish();
    expect(bench.chat.posts()).toHaveLength(1);
  });

  it('edits the same message when the pods run again, and never buzzes for the better', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    bench.clock.advance(120);
    await tell(bench, [running()], RECOVERED);
    expect(lines(bench)).toEqual([
      '🟢 prod-eu shop/checkout pulls again after 6 min, was: tag v1.2.33 does not exist. 3 of 3 pods run',
    ]);
    expect(bench.chat.broadcasts()).toEqual([]);
  });

  it('says nothing of an end while a pod still fails', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    await tell(bench, [sampleMember()], RECOVERED);
    expect(lines(bench)[0]).toMatch(/^🟠/u);
  });

  it('broadcasts exactly one reply when orange turns red, with a mention', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    bench.clock.advance(60);
    await tell(bench, [down()]);
    await bench.publish();
    bench.clock.advance(60);
    await tell(bench, [{ ...down(), failingPods: 3 }]);
    expect(bench.chat.broadcasts().map(({ message }) => message.text)).toEqual([
      '🔴 prod-eu shop/checkout is DOWN now, 0/3 serve: tag v1.2.33 does not exist',
    ]);
    expect(JSON.stringify(bench.chat.broadcasts()[0]?.message.blocks)).toContain('<!subteam^S0PLATFORM1>');
    expect(lines(bench)[0]).toBe('🔴 prod-eu shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist');
  });

  it('broadcasts once that it fails again within the hour, in the same message', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    await tell(bench, [running()], RECOVERED);
    bench.clock.advance(600);
    await tell(bench, [sampleMember()]);
    expect(bench.chat.posts()).toHaveLength(1);
    expect(bench.chat.broadcasts().map(({ message }) => message.text)).toEqual([
      '🟠 prod-eu shop/checkout fails again: tag v1.2.33 does not exist',
    ]);
  });

  it('broadcasts at most once an hour and pays what it owes afterwards', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    await tell(bench, [running()], RECOVERED);
    await tell(bench, [sampleMember()]);
    bench.clock.advance(600);
    await tell(bench, [down()]);
    expect(bench.chat.broadcasts()).toHaveLength(1);
    expect(lines(bench)[0]).toMatch(/^🔴/u);
    expect(await bench.nextPokeAt()).toBe(3_600);
    bench.clock.advance(3_000);
    await bench.publish();
    expect(bench.chat.broadcasts()).toHaveLength(2);
    expect(await bench.nextPokeAt()).toBeUndefined();
  });

  it('edits what changes only counts at most every 30 s', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    bench.clock.advance(10);
    await tell(bench, [sampleMember({ failingPods: 2 })]);
    expect(bench.chat.posts()[0]?.edits).toBe(0);
    expect(await bench.nextPokeAt()).toBe(30);
    bench.clock.advance(20);
    await bench.publish();
    expect(bench.chat.posts()[0]?.edits).toBe(1);
  });

  it('edits at once when the cause becomes known', async () => {
    const bench = createPublishBench();
    const unknown = tagMissing({ causeId: 'unknown', phrase: 'unknown pull error', healsByWaiting: 'no' });
    await tell(bench, [sampleMember({ findings: [unknown] })]);
    await tell(bench, [sampleMember()], {
      notes: [{ key: 'known', at: NOW, kind: 'now-known', text: 'now known: tag v1.2.33 does not exist' }],
    });
    await bench.publish();
    expect(lines(bench)[0]).toContain('tag v1.2.33 does not exist');
    expect(bench.chat.replies().map(({ message }) => message.text)).toEqual([
      expect.stringContaining('details'),
      '🟠 prod-eu shop/checkout now known: tag v1.2.33 does not exist',
    ]);
  });

  it('does not tell in the thread what happened before the first post', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()], { notes: [{ key: 'a', at: NOW, kind: 'joined', text: 'shop/web joined' }] });
    expect(bench.chat.replies()).toHaveLength(1);
  });

  it('posts anew once when the message was deleted, and leaves it at that', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    for (const one of bench.chat.messages) one.isDeleted = true;
    bench.clock.advance(60);
    await tell(bench, [sampleMember({ failingPods: 2 })]);
    expect(bench.chat.posts()).toHaveLength(2);
    expect(bench.chat.replies()).toHaveLength(2);
    for (const one of bench.chat.messages) one.isDeleted = true;
    bench.clock.advance(60);
    await tell(bench, [sampleMember({ failingPods: 3 })]);
    expect(bench.chat.posts()).toHaveLength(2);
  });

  it('posts a deleted message anew all the same when it got worse', async () => {
    const bench = createPublishBench();
    await tell(bench, [sampleMember()]);
    for (const one of bench.chat.messages) one.isDeleted = true;
    bench.clock.advance(60);
    await tell(bench, [down()]);
    expect(bench.chat.posts()[1]?.message.text).toMatch(/^🔴/u);
    expect(bench.chat.broadcasts()).toHaveLength(1);
  });

  it('says "not there yet?" of a young rollout, and no more when it is older', async () => {
    const bench = createPublishBench();
    const young = sampleMember({ rollout: sampleRollout({ revisionCreatedAt: NOW - 5 * MINUTE }) });
    await tell(bench, [young]);
    expect(lines(bench)[0]).toMatch(/tag v1\.2\.33 does not exist \(not there yet\?\)$/);
    expect(await bench.nextPokeAt()).toBe(600);
    bench.clock.advance(601);
    await bench.publish();
    expect(lines(bench)[0]).toMatch(/tag v1\.2\.33 does not exist$/);
  });

  it('gives each team only its own namespaces, and the platform channel everything', async () => {
    const bench = createPublishBench();
    const expired = (namespace: string, workloadName: string) =>
      sampleMember({ namespace, workloadName, findings: [secretExpired()] });
    await tell(bench, [expired('ml', 'train'), expired('pay', 'api')]);
    const texts = (channel: string) => JSON.stringify(bench.chat.messages.filter((one) => one.channel === channel));
    expect(bench.chat.posts('C0PLATFORM')).toHaveLength(1);
    expect(texts('C0PLATFORM')).toContain('pay/api');
    expect(texts('C0PLATFORM')).toContain('ml/train');
    expect(bench.chat.posts('C0MLTEAM1')).toHaveLength(1);
    expect(texts('C0MLTEAM1')).not.toContain('pay');
    expect(texts('C0NAMED-payments')).not.toContain('ml/train');
    lines(bench);
  });

  it('lets the platform channel hear what a team channel does not take', async () => {
    const bench = createPublishBench();
    bench.chat.unknownChannels.add('C0MLTEAM1');
    await tell(bench, [sampleMember({ namespace: 'ml', workloadName: 'train' })]);
    await bench.publish();
    expect(bench.chat.posts('C0PLATFORM')).toHaveLength(1);
  });

  it('keeps the poke when Slack asks to wait, and posts once afterwards', async () => {
    const bench = createPublishBench();
    const limited = async () => {
      throw new ChatError('chat.postMessage', 'ratelimited', { retry: 'retry', retryAfterSeconds: 7 });
    };
    await bench.commit(sampleIncident());
    await expect(bench.publish({ chat: { ...bench.chat, post: limited } })).rejects.toMatchObject({
      retryAfterSeconds: 7,
    });
    expect(await bench.nextPokeAt()).toBe(0);
    bench.clock.advance(7);
    await bench.publish();
    expect(bench.chat.posts()).toHaveLength(1);
    expect(await bench.nextPokeAt()).toBeUndefined();
  });

  it('says the sentence alone when Slack refuses the blocks', async () => {
    const bench = createPublishBench();
    const { post } = bench.chat;
    const picky: typeof post = async (channel, message, tag) => {
      if (message.blocks.length > 0) throw new ChatError('chat.postMessage', 'invalid_blocks', { retry: 'give-up' });
      return post(channel, message, tag);
    };
    await bench.commit(sampleIncident());
    await bench.publish({ chat: { ...bench.chat, post: picky } });
    expect(lines(bench)).toHaveLength(1);
  });

  it('is not irritated by a poke for an incident that is not there', async () => {
    const bench = createPublishBench();
    await bench.publish();
    expect(bench.chat.messages).toEqual([]);
  });
});

describe('the budget of a channel', () => {
  async function storm(bench: PublishBench, count: number): Promise<void> {
    for (let n = 1; n <= count; n += 1) {
      const member = sampleMember({ workloadName: `app-${n}` });
      const loaded: LoadedIncident = sampleIncident([member], { id: `inc-${n}`, slot: `slot-${n}` });
      await bench.commit(loaded);
      await publishIncident({ kind: 'poke', incidentId: `inc-${n}` }, bench.ports);
    }
  }

  it('is six messages an hour, then one roll-up that has the others in its thread', async () => {
    const bench = createPublishBench();
    await storm(bench, 10);
    expect(lines(bench)).toHaveLength(7);
    const rollUp = bench.chat.posts()[6];
    expect(rollUp?.message.text).toBe(
      '🟠 prod-eu shop/app-7 +3 more: many incidents this hour, 4 incidents in this thread',
    );
    const inThread = bench.chat.replies().filter(({ threadTs }) => threadTs === rollUp?.ts);
    expect(inThread.filter(({ message }) => !message.text.includes('details'))).toHaveLength(4);
    expect(bench.chat.broadcasts()).toEqual([]);
  });

  /** Ten incidents, six in the channel; `inc-n` then runs again. */
  async function recover(bench: PublishBench, n: number): Promise<void> {
    const member = sampleMember({
      workloadName: `app-${n}`,
      state: 'running',
      failingPods: 0,
      runningPods: 2,
      pods: [],
    });
    const ended = { id: `inc-${n}`, slot: `slot-${n}`, state: 'recovered' as const, endedAt: bench.clock.now() };
    await bench.commit(sampleIncident([member], ended));
    await publishIncident({ kind: 'poke', incidentId: `inc-${n}` }, bench.ports);
  }

  it('shows in the roll-up which of its incidents is over: one edit, nobody is notified', async () => {
    const bench = createPublishBench();
    await storm(bench, 10);
    const rollUp = () => bench.chat.posts()[6];
    bench.clock.advance(60);
    const posts = bench.chat.posts().length;
    const before = rollUp()?.edits ?? 0;
    await recover(bench, 8);
    await publishIncident({ kind: 'poke', incidentId: 'inc-8' }, bench.ports);
    expect(rollUp()?.edits).toBe(before + 1);
    const shown = JSON.stringify(rollUp()?.message);
    expect(shown).toContain('• prod-eu shop/app-7\\n🟢 prod-eu shop/app-8\\n• prod-eu shop/app-9');
    expect(rollUp()?.message.text).toContain('4 incidents in this thread, 1 over');
    expect(bench.chat.posts()).toHaveLength(posts);
    expect(bench.chat.broadcasts()).toEqual([]);
  });

  it('tells what recovers together in one edit, half a minute later, and is green when all are over', async () => {
    const bench = createPublishBench();
    await storm(bench, 10);
    const rollUp = () => bench.chat.posts()[6];
    bench.clock.advance(60);
    await recover(bench, 7);
    const before = rollUp()?.edits ?? 0;
    for (const n of [8, 9, 10]) await recover(bench, n);
    expect(rollUp()?.edits).toBe(before);
    const due = await bench.ports.store.duePokes(bench.clock.now() + 30_000, 100);
    expect(due.map(({ incidentId }) => incidentId)).toEqual(expect.arrayContaining(['inc-10']));
    bench.clock.advance(31);
    for (const { incidentId } of due) await publishIncident({ kind: 'poke', incidentId }, bench.ports);
    expect(rollUp()?.edits).toBe(before + 1);
    expect(rollUp()?.message.text).toBe(
      '🟢 prod-eu shop/app-7 +3 more: many incidents this hour, 4 incidents in this thread, all over',
    );
  });

  it('takes the green away from an incident that fails again', async () => {
    const bench = createPublishBench();
    await storm(bench, 8);
    bench.clock.advance(60);
    await recover(bench, 8);
    expect(JSON.stringify(bench.chat.posts()[6]?.message)).toContain('🟢');
    bench.clock.advance(60);
    await bench.commit(sampleIncident([sampleMember({ workloadName: 'app-8' })], { id: 'inc-8', slot: 'slot-8' }));
    await publishIncident({ kind: 'poke', incidentId: 'inc-8' }, bench.ports);
    expect(JSON.stringify(bench.chat.posts()[6]?.message)).not.toContain('🟢');
  });

  it('puts what is not prod into the digest of the day, in one message', async () => {
    const bench = createPublishBench();
    for (const n of [1, 2, 3]) {
      const member = sampleMember({ workloadName: `app-${n}`, findings: [secretExpired()] });
      await bench.commit(sampleIncident([member], { id: `inc-${n}`, slot: `slot-${n}`, cluster: 'dev' }));
      await publishIncident({ kind: 'poke', incidentId: `inc-${n}` }, bench.ports);
    }
    expect(lines(bench)).toEqual(['🟡 dev shop/app-1 +2 more: outside prod today, 3 incidents in this thread']);
  });

  it('posts what is not prod where its route asks for it', async () => {
    const config = sampleConfig();
    const rules = config.routes.rules.map((rule) => ({ ...rule, namespaces: ['shop'], posts: true }));
    const bench = createPublishBench(sampleConfig({ routes: { ...config.routes, rules } }));
    await tell(bench, [sampleMember({ findings: [rateLimited()], firstFailedAt: NOW - 9 * MINUTE })], {
      cluster: 'dev',
    });
    expect(lines(bench)[0]).toMatch(/^🟡 dev shop\/checkout/u);
    assertFirstLine(lines(bench)[0] ?? '', { subject: SUBJECT, mayBeRed: false });
  });
});

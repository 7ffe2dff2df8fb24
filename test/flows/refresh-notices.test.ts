import { describe, expect, it } from '@jest/globals';
import type { NoticeJob, RefreshTroubleNotice } from '../../shared/domain/jobs.ts';
import type { RefreshTrouble } from '../../shared/domain/refresh/trouble.ts';
import { publishNotice } from '../../shared/flows/publish-notice.ts';
import { CrashError, type Fault, faulty } from '../support/fake-chat.ts';
import { createPublishBench } from '../support/publish-bench.ts';
import { NOW } from '../support/sample-incident.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

function notice(
  revision: number,
  change: Partial<RefreshTroubleNotice> = {},
  trouble: Partial<RefreshTrouble> = {},
): NoticeJob {
  return {
    kind: 'notice',
    id: 'refresh/prod-eu/role-refused/1',
    notice: {
      type: 'refresh-trouble',
      cluster: 'prod-eu',
      since: NOW,
      at: NOW + revision * MINUTE,
      revision,
      ...change,
      trouble: {
        cause: 'role-refused',
        secrets: 4,
        namespaces: 2,
        examples: ['shop/ecr-creds'],
        why: 'AssumeRole arn:aws:iam::123456789012:role/pull (eu-west-1): AccessDenied',
        endsAt: NOW + 5 * HOUR,
        ...trouble,
      },
    },
  };
}

const soon = { endsAt: NOW + HOUR / 2 };

describe('a notice that lasts', () => {
  it('is posted once, edited where it changed, and green when it is over', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(1), ports);
    await publishNotice(notice(2), ports);
    expect(chat.posts()).toMatchObject([{ edits: 0 }]);
    await publishNotice(notice(3, {}, { secrets: 9 }), ports);
    expect(chat.posts()).toMatchObject([{ edits: 1 }]);
    expect(chat.posts()[0]?.message.text).toContain('9 ECR secrets');
    await publishNotice(notice(4, { endedAt: NOW + 2 * HOUR }), ports);
    expect(chat.posts()[0]?.message.text).toMatch(
      /^🟢 prod-eu cluster: over after 2 h, was: 4 ECR secrets not refreshed/,
    );
    expect(chat.messages).toHaveLength(1);
  });

  it('takes no notice of an edition that is older than what stands there', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(3, {}, { secrets: 9 }), ports);
    await publishNotice(notice(2), ports);
    await publishNotice(notice(3, {}, { secrets: 1 }), ports);
    expect(chat.posts()[0]?.message.text).toContain('9 ECR secrets');
  });

  it('buzzes once more when it becomes worse, and not when it stays so', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(1), ports);
    expect(chat.posts()[0]?.message.text).toMatch(/^🟡/);
    await publishNotice(notice(2, {}, soon), ports);
    await publishNotice(notice(3, {}, { ...soon, secrets: 5 }), ports);
    expect(chat.posts()[0]?.message.text).toMatch(/^🟠/);
    expect(chat.broadcasts()).toHaveLength(1);
  });

  it('buzzes again when what was over comes back', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(1), ports);
    await publishNotice(notice(2, { endedAt: NOW + HOUR }), ports);
    await publishNotice(notice(3), ports);
    expect(chat.posts()[0]?.message.text).toMatch(/^🟡/);
    expect(chat.broadcasts()).toHaveLength(1);
  });

  it('is never orange outside prod', async () => {
    const { ports, chat } = createPublishBench();
    const [first] = ports.config.clusters;
    if (first === undefined) throw new Error('no cluster');
    const clusters = [{ ...first, name: 'prod-eu', environment: 'non-prod' as const }];
    await publishNotice(notice(1, {}, soon), { ...ports, config: { ...ports.config, clusters } });
    expect(chat.posts()[0]?.message.text).toMatch(/^🟡/);
  });

  it('that was never told needs no ending', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(1, { endedAt: NOW + HOUR }), ports);
    expect(chat.messages).toEqual([]);
  });

  it('that Slack forgot is not said anew by its ending', async () => {
    const { ports, chat } = createPublishBench();
    await publishNotice(notice(1), ports);
    for (const message of chat.messages) message.isDeleted = true;
    await publishNotice(notice(2, { endedAt: NOW + HOUR }), ports);
    expect(chat.messages).toHaveLength(1);
  });
});

describe('whatever call of it fails', () => {
  const faults: readonly Fault[] = ['throw-before', 'throw-after'];
  const editions = [notice(1), notice(2, {}, { ...soon, secrets: 7 }), notice(3, { endedAt: NOW + HOUR })];

  it.each(faults)(
    '%s: each job comes again until it is done, and one message and one reply stand there',
    async (fault) => {
      let calls = Number.POSITIVE_INFINITY;
      for (let at = 1; at <= calls; at += 1) {
        const { ports, chat, clock } = createPublishBench();
        const counter = { calls: 0, at, fault };
        const broken = { ...ports, chat: faulty(ports.chat, counter), store: faulty(ports.store, counter) };
        for (const job of editions) {
          for (let tries = 0; ; tries += 1) {
            try {
              await publishNotice(job, broken);
              break;
            } catch (error) {
              if (tries > 5) throw error;
              if (!(error instanceof CrashError || (error instanceof Error && 'retry' in error))) throw error;
              clock.advance(30);
            }
          }
        }
        calls = Math.min(calls, counter.calls);
        expect(chat.posts()).toHaveLength(1);
        expect(chat.replies()).toHaveLength(1);
        expect(chat.posts()[0]?.message.text).toMatch(/^🟢/);
      }
      expect(calls).toBeGreaterThan(8);
    },
  );
});

import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { IssueError } from '../../shared/domain/errors.ts';
import type { FakeSecrets } from '../support/fake-secrets.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { refreshTarget } from '../support/refresh-builders.ts';
import { openRefreshStage } from '../support/refresh-stage.ts';
import { patches, SPACES, secretsIn, TARGETS } from '../support/refresh-world.ts';

describe('a scheduled run', () => {
  it('begins at the first minute, again after its period, and in between costs no call to a cluster', async () => {
    const fake = secretsIn(SPACES, 9);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.after(0);
    const calls = fake.calls.length;
    expect(calls).toBeGreaterThan(0);
    await stage.after(1);
    await stage.after(100);
    expect(fake.calls.length).toBe(calls);
    await stage.after(20);
    expect(fake.calls.length).toBeGreaterThan(calls);
    expect(stage.lines()).toEqual([]);
  });

  it('refreshes what is due in silence, and counts it', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.after(0);
    expect(patches(fake)).toBe(4);
    expect(stage.issuer.requests).toHaveLength(1);
    expect(stage.lines()).toEqual([]);
    expect(stage.counts.get('Refreshed a')).toBe(4);
    await stage.after(1);
    expect(stage.gauges.get('RefreshAgeOfLastSuccess')).toBe(60);
    expect(stage.gauges.get('RefreshMinimumLifeLeft a')).toBe(12 * 3_600 - 60);
    expect(stage.gauges.get('RefreshSecretsFailing')).toBe(0);
  });

  it('says once, in green, what it repaired after its end: how many, whose, as whom, by which target', async () => {
    const fake = secretsIn(SPACES, -2);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.after(0);
    await stage.after(120);
    expect(stage.lines()).toEqual(['🟢 a cluster: 4 ECR secrets had expired, refreshed, in 4 namespaces']);
    const text = inspect(stage.chat.posts()[0]?.message.blocks, { depth: 9 });
    for (const part of ['ml/ecr-creds', 'ecr-renew', 'role/pull', 'shop', '00:00 UTC']) expect(text).toContain(part);
  });

  it('of more namespaces than one job takes is split, each secret in one job, and told as one', async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => `ns-${index}`);
    const fake = secretsIn(many, -1);
    const stage = openRefreshStage({ a: fake }, { targets: [refreshTarget({ namespaces: many })] });
    await stage.schedule();
    expect(stage.jobs.map(({ namespaces }) => namespaces?.length)).toEqual([500, 500, 200]);
    expect(new Set(stage.jobs.flatMap(({ namespaces }) => namespaces ?? [])).size).toBe(1_200);
    await stage.work();
    expect(patches(fake)).toBe(1_200);
    expect(stage.lines()).toEqual(['🟢 a cluster: 1200 ECR secrets had expired, refreshed, in 1200 namespaces']);
  });

  it('begins at once when the targets change, and only for clusters that have some', async () => {
    const a = secretsIn(SPACES, 5);
    const b = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a, b }, { targets: [refreshTarget({ namespaces: ['shop'], clusters: ['a'] })] });
    await stage.after(0);
    expect([patches(a), b.calls]).toEqual([1, []]);
    stage.configure({ targets: [refreshTarget({ namespaces: ['shop', 'pay'], clusters: ['a'] })] });
    await stage.after(1);
    expect([patches(a), b.calls]).toEqual([2, []]);
  });

  it('ends what is told once nothing is a target any more, and says no more numbers', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    stage.issuer.refuse = () => new IssueError('role-refused', 'AssumeRole: AccessDenied');
    await stage.after(0);
    stage.configure({ targets: [] });
    await stage.after(5);
    expect(stage.lines()).toEqual([
      '🟢 a cluster: over after 5 min, was: 4 ECR secrets not refreshed, its role may not be assumed',
    ]);
    expect(stage.gauges.get('RefreshAgeOfLastSuccess')).toBe(0);
    const calls = stage.said.length;
    await stage.after(1);
    expect(stage.said.length).toBe(calls);
  });

  it('whose jobs did not reach the queue begins anew', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.schedule();
    // As after a crash between remembering the run and the queue.
    stage.jobs.length = 0;
    const record = await stage.records.get({ partition: 'refresh/a', sort: 'memory' });
    const body = record?.body as { run: object };
    await stage.records.transact([
      {
        kind: 'put',
        expect: 'any',
        record: {
          partition: 'refresh/a',
          sort: 'memory',
          body: { ...body, run: { ...body.run, isSent: false } } as never,
        },
      },
    ]);
    await stage.after(2);
    expect(patches(fake)).toBe(4);
  });
});

describe('a fault', () => {
  it('ECR throttling: tried three times, then one message; the next run 15 minutes later ends it in green', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    stage.issuer.refuse = () => new IssueError('throttled', 'GetAuthorizationToken: ThrottlingException');
    await stage.schedule();
    expect(await stage.work()).toBe(3);
    expect(stage.dead).toEqual([]);
    expect(stage.lines()).toEqual([
      '🟡 a cluster: 4 ECR secrets not refreshed, first ends 17:00 UTC, AWS wants fewer calls',
    ]);
    await stage.after(15);
    expect(stage.lines()).toHaveLength(1);
    expect(stage.chat.posts()[0]?.edits).toBe(0);

    stage.issuer.refuse = undefined;
    await stage.after(15);
    expect(patches(fake)).toBe(4);
    expect(stage.lines()).toEqual([
      '🟢 a cluster: over after 30 min, was: 4 ECR secrets not refreshed, AWS wants fewer calls',
    ]);
    for (const line of stage.lines()) assertFirstLine(line, { subject: 'cluster', mayBeRed: false });
  });

  it('throttling that passes is not heard of', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    let calls = 0;
    stage.issuer.refuse = () => {
      calls += 1;
      return calls > 1 ? undefined : new IssueError('throttled', 'GetAuthorizationToken: ThrottlingException');
    };
    await stage.after(0);
    expect(patches(fake)).toBe(4);
    expect(stage.lines()).toEqual([]);
  });

  it('a role that may not be assumed: told at once, worse within the last hour by a reply, never repeated', async () => {
    const fake = secretsIn(SPACES, 2);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    stage.issuer.refuse = () => new IssueError('role-refused', 'AssumeRole arn:aws:iam::1:role/pull: AccessDenied');
    await stage.schedule();
    expect(await stage.work()).toBe(1);
    expect(stage.lines()).toEqual([
      '🟡 a cluster: 4 ECR secrets not refreshed, first ends 14:00 UTC, its role may not be assumed',
    ]);
    for (let minutes = 0; minutes < 90; minutes += 15) await stage.after(15);
    expect(stage.lines()).toEqual([
      '🟠 a cluster: 4 ECR secrets not refreshed, first ends 14:00 UTC, its role may not be assumed',
    ]);
    expect(stage.chat.broadcasts()).toHaveLength(1);
    expect(stage.gauges.get('RefreshSecretsFailing a')).toBe(4);
    // Nothing of it worked: the age grows.
    expect(stage.gauges.get('RefreshAgeOfLastSuccess a')).toBe(90 * 60);
  });

  it('one cluster unreachable: its own message, and the other is refreshed', async () => {
    const a = secretsIn(SPACES, 5);
    const b = secretsIn(SPACES, 5);
    a.fault = () => 'silent';
    const stage = openRefreshStage({ a, b }, { targets: TARGETS });
    await stage.after(0);
    expect(patches(b)).toBe(4);
    expect(stage.lines()).toHaveLength(1);
    expect(stage.lines()[0]).toContain('🟡 a cluster: ');
    expect(stage.lines()[0]).toContain('the API server does not answer pullmedic');
  });

  it('one cluster unreachable whose namespaces go by label', async () => {
    const a = secretsIn(SPACES, 5);
    a.fault = () => 'silent';
    const label = { key: 'team.example.com/ecr', value: 'yes' };
    const stage = openRefreshStage(
      { a },
      { targets: [refreshTarget({ namespaces: undefined, namespaceLabel: label })] },
    );
    await stage.after(0);
    expect(stage.lines()).toEqual([
      '🟡 a cluster: ECR secrets are not refreshed, the API server does not answer pullmedic',
    ]);
  });

  it('403 in one namespace: the others are refreshed, and the message says which and what grants it', async () => {
    const fake = secretsIn(SPACES, 5);
    fake.fault = (call) => (call === 'patch secrets pay/ecr-creds' ? 403 : undefined);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.after(0);
    expect(stage.counts.get('Refreshed a')).toBe(3);
    expect(stage.counts.get('RefreshFailed a forbidden')).toBe(1);
    expect(stage.lines()).toEqual([
      '🟡 a cluster: 1 ECR secret not refreshed, first ends 17:00 UTC, the refresh identity may not do it (403)',
    ]);
    expect(inspect(stage.chat.posts()[0]?.message.blocks, { depth: 9 })).toContain('pay/ecr-creds');
    // Three of four work: the refresh is alive.
    await stage.after(1);
    expect(stage.gauges.get('RefreshAgeOfLastSuccess')).toBe(60);
  });

  it('killed half way: the rerun completes it, and nothing is written twice', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.schedule();
    const [job] = stage.jobs;
    if (job === undefined) throw new Error('no job');
    // The process dies with its third write: no answer, no report, no word to the queue.
    const killed = new Promise<never>(() => {});
    let writes = 0;
    const died = new Promise<void>((resolve) => {
      void stage.deliver(job, 1, {
        writers: {
          writer: async () => ({
            ...fake,
            patchSecret(patch) {
              writes += 1;
              if (writes < 3) return fake.patchSecret(patch);
              resolve();
              return killed;
            },
          }),
        },
      });
    });
    await died;
    const before = patches(fake);
    expect(before).toBeLessThan(4);
    await stage.work();
    expect(patches(fake)).toBe(4);
    expect(stage.lines()).toEqual([]);
    expect(new Set(fake.calls.filter((call) => call.startsWith('patch'))).size).toBe(4);
  });

  it('out of time: what is left comes again with the job', async () => {
    const fake = secretsIn(SPACES, 5);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.schedule();
    const [job] = stage.jobs;
    if (job === undefined) throw new Error('no job');
    expect(await stage.deliver(job, 1, { timeMs: 0, writers: slow(fake) })).toBe(true);
    expect(patches(fake)).toBe(0);
    await stage.work();
    expect(patches(fake)).toBe(4);
    expect(stage.lines()).toEqual([]);
  });

  it('a job that nobody can read goes to the dead letters', async () => {
    const stage = openRefreshStage({ a: secretsIn(SPACES, 5) }, { targets: TARGETS });
    stage.jobs.push({ kind: 'refresh' } as never);
    expect(await stage.work()).toBe(5);
    expect(stage.dead).toHaveLength(1);
  });
});

/** A cluster that is opened only after the job's time. */
function slow(fake: FakeSecrets) {
  return {
    writer: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return fake;
    },
  };
}

describe('a refresh that somebody confirmed', () => {
  const advised = [refreshTarget({ namespaces: SPACES, mode: 'advise' })];
  const button = { kind: 'refresh', cluster: 'a', namespaces: ['shop'], reason: 'button', isForced: true } as const;

  it('writes that very secret, also of a target that only advises', async () => {
    const fake = secretsIn(SPACES, 9);
    const stage = openRefreshStage({ a: fake }, { targets: advised });
    stage.jobs.push({ ...button, secrets: ['ecr-creds'] });
    await stage.work();
    expect(fake.calls.filter((call) => call.startsWith('patch secrets'))).toEqual(['patch secrets shop/ecr-creds']);
  });

  it('adds nothing to what targets name', async () => {
    const fake = secretsIn(SPACES, 9);
    const stage = openRefreshStage({ a: fake }, { targets: advised });
    stage.jobs.push(
      { ...button, secrets: ['of-somebody'] },
      { ...button, namespaces: ['kube-system'], secrets: ['ecr-creds'] },
    );
    await stage.work();
    expect(patches(fake)).toBe(0);
    expect(stage.issuer.requests).toEqual([]);
  });

  it('confirms nothing that it does not name', async () => {
    const fake = secretsIn(SPACES, -1);
    const stage = openRefreshStage({ a: fake }, { targets: advised });
    stage.jobs.push(button);
    await stage.work();
    expect(patches(fake)).toBe(0);
  });
});

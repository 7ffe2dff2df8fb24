import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { IssueError } from '../../shared/domain/errors.ts';
import type { RefreshJob } from '../../shared/domain/jobs.ts';
import { authOf, ECR_HOST, refreshTarget } from '../support/refresh-builders.ts';
import { openRefreshStage } from '../support/refresh-stage.ts';
import { PLANTED, patches, putBack, SPACES, secretsIn, TARGETS } from '../support/refresh-world.ts';
import { createFakeRegistry, replyOf } from './looking/fake-registry.ts';

describe('another writer', () => {
  it('that puts its own back is named after the second time, and not fought', async () => {
    const fake = secretsIn(['shop'], -1, 'rival');
    const stage = openRefreshStage(
      { a: fake },
      { targets: [refreshTarget({ namespaces: ['shop'] })], refresh: { everyMinutes: 5 } },
    );
    await stage.after(0);
    expect(patches(fake)).toBe(1);
    putBack(fake, 'shop', stage.clock.now());
    await stage.after(6);
    expect(patches(fake)).toBe(1);
    const line = stage.lines().find((one) => one.includes('another writer'));
    expect(line).toBe('🟠 a cluster: 1 ECR secret not refreshed, expired 11:00 UTC, another writer undoes it');
    const told = stage.chat.posts().find(({ message }) => message.text === line);
    expect(inspect(told?.message.blocks, { depth: 9 })).toMatch(/rival has changed it at 2026-11-22 12:00 UTC/);

    // After 30 minutes it may be written again, and three times in 12 hours at most.
    for (let round = 0; round < 12; round += 1) {
      putBack(fake, 'shop', stage.clock.now());
      await stage.after(40);
    }
    expect(patches(fake)).toBe(3);
    expect(stage.counts.get('RefreshSkipped a reverted')).toBeGreaterThan(5);
  });

  it('that gives up is no trouble any more', async () => {
    const fake = secretsIn(['shop'], -1, 'rival');
    const stage = openRefreshStage(
      { a: fake },
      { targets: [refreshTarget({ namespaces: ['shop'] })], refresh: { everyMinutes: 5 } },
    );
    await stage.after(0);
    putBack(fake, 'shop', stage.clock.now());
    await stage.after(6);
    await stage.after(40);
    expect(stage.lines().filter((line) => line.startsWith('🟠'))).toEqual([]);
    expect(stage.lines()).toContain(
      '🟢 a cluster: over after 40 min, was: 1 ECR secret not refreshed, another writer undoes it',
    );
  });
});

describe('an alert', () => {
  const image = `${ECR_HOST}/checkout:1`;

  it('is served at once and says nothing of the repair, which its incident tells', async () => {
    const fake = secretsIn(SPACES, -1);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    stage.jobs.push({ kind: 'refresh', cluster: 'a', namespaces: ['pay'], reason: 'alert' });
    await stage.work();
    expect(fake.calls.filter((call) => call.startsWith('patch'))).toEqual(['patch secrets pay/ecr-creds']);
    expect(stage.lines()).toEqual([]);
  });

  it('asks the registry once with the new credential, and tells when it is refused', async () => {
    const fake = secretsIn(SPACES, -1);
    const stage = openRefreshStage({ a: fake }, { targets: TARGETS });
    await stage.after(0);
    const registry = createFakeRegistry(({ credentials }) => {
      const attempt = {
        credential: credentials[0]?.name,
        answeredBy: 'registry',
        httpStatus: 403,
        code: 'DENIED',
      } as const;
      return replyOf('forbidden', stage.clock.now(), { attempts: [{ ...attempt, result: 'forbidden' }] });
    });
    const alert: RefreshJob = {
      kind: 'refresh',
      cluster: 'a',
      namespaces: ['pay'],
      reason: 'alert',
      isForced: true,
      image,
    };
    stage.jobs.push(alert);
    await stage.work({ registry });
    // The write a moment ago holds back the next one: what was not written is not tried, and nobody undid anything.
    expect(registry.asked).toEqual([]);
    expect(stage.lines()).toHaveLength(1);
    stage.clock.advance(31 * 60);
    stage.jobs.push(alert);
    await stage.work({ registry });
    const asked = registry.asked.map(({ credentials }) =>
      credentials.map(({ username, password }) => `${username}:${password.reveal()}`),
    );
    expect(asked).toEqual([[`AWS:${stage.issuer.passwords.at(-1)}`]]);
    expect(stage.lines()).toContain('🟠 a cluster: 1 ECR secret refreshed, but the registry refuses the new token');
  });
});

describe('a credential', () => {
  it('is in no log, message, metric, job, error or stored record of runs in which everything goes wrong', async () => {
    const a = secretsIn(SPACES, -1);
    const b = secretsIn(SPACES, 5);
    a.fault = (call) =>
      call.startsWith('patch secrets pay') ? 403 : call.startsWith('patch secrets ml') ? 500 : undefined;
    b.fault = (call) => (call.includes('ops') ? 'silent' : undefined);
    const stage = openRefreshStage({ a, b }, { targets: TARGETS });
    await stage.after(0);
    a.fault = undefined;
    putBack(a, 'shop', stage.clock.now());
    stage.issuer.refuse = () => new IssueError('token-refused', 'GetAuthorizationToken: AccessDeniedException');
    await stage.after(16);
    stage.issuer.refuse = undefined;
    await stage.after(16);
    expect(stage.lines().length).toBeGreaterThan(2);

    const stored = await Promise.all(
      ['refresh/a', 'refresh/b', 'contested/a', 'contested/b'].map((partition) => stage.records.list(partition)),
    );
    expect(stored.flat().length).toBeGreaterThan(3);
    const everything = `${inspect([stage.said, stage.chat.messages, stored], { depth: 40, maxStringLength: null, maxArrayLength: null })}
      ${JSON.stringify([stage.said, stage.chat.messages, stored])}`;
    const secrets = [...stage.issuer.passwords, PLANTED, 'CANARY'];
    expect(stage.issuer.passwords.length).toBeGreaterThan(1);
    for (const secret of secrets) {
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), authOf('AWS', secret)]) {
        expect(everything).not.toContain(form);
      }
    }
  });
});

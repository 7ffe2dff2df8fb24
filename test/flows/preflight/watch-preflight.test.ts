import { beforeEach, describe, expect, it } from '@jest/globals';
import { parsePublishJob } from '../../../functions/incident-publisher/publish-job.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { Config } from '../../../shared/config/config.ts';
import { ClusterError } from '../../../shared/domain/errors.ts';
import type { PreflightNotice, PublishJob } from '../../../shared/domain/jobs.ts';
import type { KubeObject } from '../../../shared/domain/kubernetes.ts';
import { createRecordPreflightStore } from '../../../shared/flows/preflight/record-preflight-store.ts';
import { watchPreflight } from '../../../shared/flows/preflight/watch-preflight.ts';
import { publishNotice } from '../../../shared/flows/publish-notice.ts';
import type { InventoryReader } from '../../../shared/ports/inventory-reader.ts';
import { problemsOfMessage } from '../../support/first-line.ts';
import { createPublishBench } from '../../support/publish-bench.ts';
import { NOW, sampleConfig } from '../../support/sample-incident.ts';
import { createFakeRegistry, type FakeRegistry, replyOf } from '../looking/fake-registry.ts';

const HOUR = 3_600_000;
const signal = new AbortController().signal;
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Clusters of Deployments, a registry, and the queue of the publisher. */
function createWorld(change: Partial<Config> = {}) {
  const clock = { at: NOW, now: () => clock.at };
  const deployments: KubeObject[] = [];
  const missing = new Set<string>();
  const registry: FakeRegistry = createFakeRegistry(({ image }) =>
    replyOf(missing.has(`${image.repository}:${image.tag}`) ? 'manifest-unknown' : 'found', clock.at, {
      tags: { nearest: [], count: 2, isComplete: true },
    }),
  );
  let fault: (() => void) | undefined;
  const reader: InventoryReader = {
    async list(kind, _namespace, onPage) {
      fault?.();
      onPage(kind === 'Deployment' ? deployments.map((one) => ({ ...one, kind })) : [], true);
      return { ok: true, value: undefined };
    },
    getSecret: async () => ({ ok: true, value: 'missing' }),
  };
  const sent: PublishJob[] = [];
  const counted: string[] = [];
  const records = createSqliteRecordStore({ db: openDatabase(':memory:'), clock });
  const config = sampleConfig({
    clusters: [{ name: 'prod-eu', environment: 'prod', access: { kind: 'in-cluster' } }],
    ...change,
  });
  const deps = {
    config,
    inventories: { inventory: async () => reader },
    registry,
    store: createRecordPreflightStore(records),
    publishQueue: {
      send: async (job: PublishJob) => {
        // As the queue would: what the publisher does not take is no job.
        sent.push(parsePublishJob(JSON.stringify(job)));
      },
      sendAll: () => Promise.reject(new Error('not expected')),
    },
    clock,
    log,
    metrics: { count: (name: string) => void counted.push(name) },
  };
  const deploy = (namespace: string, name: string, image: string) => {
    deployments.push({
      metadata: { namespace, name },
      spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
    } as KubeObject);
  };
  return {
    clock,
    registry,
    missing,
    deployments,
    deploy,
    sent,
    counted,
    config,
    setFault: (next: (() => void) | undefined) => {
      fault = next;
    },
    /** Runs it, and gives what was sent since. */
    async run(hours = 24) {
      const before = sent.length;
      clock.at += hours * HOUR;
      await watchPreflight(deps, signal);
      return sent.slice(before).map((job) => {
        if (job.kind !== 'notice' || job.notice.type !== 'preflight-changes') throw new Error('another job');
        return { id: job.id, channel: job.channel, ...job.notice };
      });
    },
  };
}

const lines = (notice: PreflightNotice | undefined) => ({
  appeared: notice?.appeared.map(({ lead, phrase }) => `${lead} ${phrase}`),
  gone: notice?.gone.map(({ lead, phrase }) => `${lead} ${phrase}`),
});

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  world.deploy('shop', 'web', 'ghcr.io/acme/web:v1');
  world.deploy('ml', 'train', 'ghcr.io/acme/train:v1');
});

describe('the scheduled preflight', () => {
  it('posts what is new and what is gone, and nothing in between', async () => {
    expect(await world.run()).toEqual([]);
    world.missing.add('acme/web:v1');
    const [notice, ...others] = await world.run();
    expect(others).toEqual([]);
    expect(lines(notice)).toEqual({ appeared: ['shop/web tag v1 does not exist in acme/web'], gone: [] });
    expect(notice).toMatchObject({ standing: 1, appearedCount: 1, goneCount: 0, channel: undefined });
    expect(await world.run()).toEqual([]);
    world.missing.clear();
    expect(lines((await world.run())[0])).toEqual({
      appeared: [],
      gone: ['shop/web tag v1 does not exist in acme/web'],
    });
    expect(await world.run()).toEqual([]);
  });

  it('runs when its time has come, by the configuration', async () => {
    await world.run();
    world.missing.add('acme/web:v1');
    expect(await world.run(23)).toEqual([]);
    expect(await world.run(1)).toHaveLength(1);
    const often = createWorld({ preflight: { everyHours: 2 } });
    await often.run();
    await often.run(2);
    expect(often.registry.asked).toEqual([]);
    const never = createWorld({ preflight: { everyHours: 0 } });
    never.deploy('shop', 'web', 'ghcr.io/acme/web:v1');
    await never.run();
    expect(never.registry.asked).toEqual([]);
  });

  it('tells the default channel all of it, and a channel of a route its own namespaces', async () => {
    world.missing.add('acme/web:v1').add('acme/train:v1');
    const notices = await world.run();
    expect(notices.map(({ channel, appeared }) => [channel, appeared.map(({ lead }) => lead)])).toEqual([
      [undefined, ['ml/train', 'shop/web']],
      ['C0MLTEAM1', ['ml/train']],
    ]);
    expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
  });

  it('does not say that something is gone which it could not look at', async () => {
    world.missing.add('acme/web:v1');
    await world.run();
    world.registry.behave = () => ({
      answer: undefined,
      gaps: [{ what: 'registry ghcr.io was asked', why: 'no answer' }],
    });
    expect(await world.run()).toEqual([]);
    world.registry.behave = () => replyOf('found', world.clock.at);
    expect(lines((await world.run())[0]).gone).toEqual(['shop/web tag v1 does not exist in acme/web']);
  });

  it('is begun again within the hour where the cluster did not answer, and fails for the alarm', async () => {
    world.missing.add('acme/web:v1');
    world.setFault(() => {
      throw new ClusterError('list', 'pods', undefined);
    });
    await expect(world.run()).rejects.toThrow('1 of 1 clusters failed');
    expect(world.counted).toContain('PreflightsFailed');
    world.setFault(undefined);
    expect(await world.run(0.5)).toEqual([]);
    expect(await world.run(0.5)).toHaveLength(1);
  });

  it('tells the same change under the same id, whichever run sees it', async () => {
    await world.run();
    world.missing.add('acme/web:v1');
    const twin = createWorld();
    for (const one of world.deployments) twin.deployments.push(one);
    await twin.run();
    twin.missing.add('acme/web:v1');
    expect((await world.run())[0]?.id).toBe((await twin.run())[0]?.id);
  });
});

describe('its message', () => {
  it('keeps the rules of first lines, is posted once, and in the channel that it names', async () => {
    world.missing.add('acme/web:v1').add('acme/train:v1');
    await world.run();
    const { ports, chat } = createPublishBench();
    for (const job of [...world.sent, ...world.sent]) if (job.kind === 'notice') await publishNotice(job, ports);
    const posts = chat.posts();
    expect(posts.map(({ channel }) => channel)).toEqual(['C0PLATFORM', 'C0MLTEAM1']);
    expect(posts.flatMap(({ message }) => problemsOfMessage(message as never))).toEqual([]);
    expect(posts[0]?.message.text).toBe(
      '🟡 prod-eu cluster: 2 new before they break, first: ml/train tag v1 does not exist in acme/train',
    );
    const blocks = JSON.stringify(posts[0]?.message.blocks);
    expect(blocks).toMatch(/_at the next start_ `shop\/web`: tag v1 does not exist in acme\/web/);
    expect(blocks).toMatch(/→ See which tags there are, then correct the tag or push it again/);
    expect(blocks).toMatch(/2 findings stand · as of 23 Nov 09:16 UTC/);

    world.missing.clear();
    await world.run();
    const last = world.sent.at(-2);
    if (last?.kind === 'notice') await publishNotice(last, ports);
    expect(chat.posts().at(-1)?.message.text).toBe(
      '🟢 prod-eu cluster: 2 findings gone, was: ml/train tag v1 does not exist in acme/train',
    );
  });

  it('stays within what Slack takes, however much changed', async () => {
    for (let i = 0; i < 300; i += 1) {
      world.deploy(
        `a-namespace-with-a-name-as-long-as-they-come-${i}`,
        `a-workload-with-a-long-name-${i}`,
        `ghcr.io/acme/app-${i}:v1`,
      );
      world.missing.add(`acme/app-${i}:v1`);
    }
    const [notice] = await world.run();
    expect(notice).toMatchObject({ appearedCount: 300 });
    expect(notice?.appeared).toHaveLength(25);
    expect(JSON.stringify(world.sent[0]).length).toBeLessThan(200_000);
    const { ports, chat } = createPublishBench();
    const [job] = world.sent;
    if (job?.kind === 'notice') await publishNotice(job, ports);
    const message = chat.posts()[0]?.message;
    expect(problemsOfMessage(message as never)).toEqual([]);
    expect(JSON.stringify(message?.blocks)).toMatch(/and 288 more/);
  });
});

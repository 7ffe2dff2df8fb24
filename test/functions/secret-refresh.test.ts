import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Context, ScheduledEvent, SQSEvent } from 'aws-lambda';
import { createHandler as createScheduler } from '../../functions/refresh-scheduler/handler.ts';
import { createHandler as createWorker } from '../../functions/secret-refresh/handler.ts';
import { createAdjustableClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { RefreshJob } from '../../shared/domain/jobs.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { fakeIssuer, fakeSecrets } from '../support/fake-secrets.ts';
import { authOf, ECR_HOST, ecrPassword, pullSecret, refreshTarget } from '../support/refresh-builders.ts';
import { sampleConfig } from '../support/sample-incident.ts';

const EVENTS = join(import.meta.dirname, '..', '..', 'events');
const read = <T>(path: string) => JSON.parse(readFileSync(join(EVENTS, path), 'utf8')) as T;

function world() {
  const clock = createAdjustableClock({ startAt: 1_795_348_800_000 });
  const store = createRecordRefreshStore(createSqliteRecordStore({ db: openDatabase(':memory:'), clock }));
  const auth = authOf('AWS', ecrPassword(clock.now() + 3_600_000));
  const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: { auth } } })]);
  const warned: string[] = [];
  const counted: string[] = [];
  const config = sampleConfig({
    clusters: [{ name: 'prod-eu', environment: 'prod', access: { kind: 'in-cluster' } }],
    targets: [refreshTarget()],
  });
  const queue = <Job>(jobs: Job[]) => ({
    send: async (job: Job) => void jobs.push(job),
    sendAll: async (all: readonly { readonly job: Job }[]) => void jobs.push(...all.map(({ job }) => job)),
  });
  const jobs: RefreshJob[] = [];
  const shared = {
    clock,
    store,
    config: { load: async () => config },
    writers: { writer: async () => fake },
    log: { debug() {}, info() {}, warn: (message: string) => void warned.push(message), error() {} },
    metrics: { count: (name: string) => void counted.push(name) },
  };
  return {
    fake,
    jobs,
    warned,
    counted,
    clock,
    schedule: createScheduler({ ...shared, refreshQueue: queue(jobs) }),
    refresh: createWorker({ ...shared, issuer: fakeIssuer(() => clock.now()), publishQueue: queue([]) }),
  };
}

describe('refresh-scheduler and secret-refresh', () => {
  it('serve recorded events: the schedule makes the job, the job refreshes what is due', async () => {
    const { schedule, refresh, jobs, fake, counted } = world();
    await schedule(read<ScheduledEvent>('schedule/refresh-scheduler.json'), {} as Context);
    const event = read<SQSEvent>('sqs/refresh-job.json');
    // The recorded job is the very one that the schedule makes at that minute.
    expect(jobs).toEqual([JSON.parse(event.Records[0]?.body ?? '')]);
    expect(await refresh(event, {} as Context)).toEqual({ batchItemFailures: [] });
    expect(fake.calls.filter((call) => call.startsWith('patch'))).toEqual(['patch secrets shop/ecr-creds']);
    expect(counted).toContain('Refreshed');
    // Handed out twice, it does nothing more.
    expect(await refresh(event, {} as Context)).toEqual({ batchItemFailures: [] });
    expect(fake.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
  });

  it.each([
    { what: 'no JSON', body: '{' },
    { what: 'another job', body: '{"kind":"look"}' },
    { what: 'a namespace that is no name', body: '{"kind":"refresh","cluster":"a","reason":"alert","namespaces":[1]}' },
  ])('give back $what, which then is a dead letter', async ({ body }) => {
    const { refresh, warned, counted } = world();
    const event = read<SQSEvent>('sqs/refresh-job.json');
    const records = event.Records.map((record) => ({ ...record, body }));
    expect(await refresh({ Records: records }, {} as Context)).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }],
    });
    expect(warned).toEqual(['a refresh job failed and comes again']);
    expect(counted).toEqual(['RefreshJobsFailed']);
  });

  it('a job of the schedule that nothing is known of is given back', async () => {
    const { refresh } = world();
    expect(await refresh(read<SQSEvent>('sqs/refresh-job.json'), {} as Context)).toMatchObject({
      batchItemFailures: [{}],
    });
  });

  it('a job can narrow the targets and add nothing to them', async () => {
    const { refresh, fake } = world();
    const event = read<SQSEvent>('sqs/refresh-job.json');
    const job: RefreshJob = { kind: 'refresh', cluster: 'prod-eu', namespaces: ['kube-system'], reason: 'alert' };
    const records = event.Records.map((record) => ({ ...record, body: JSON.stringify(job) }));
    expect(await refresh({ Records: records }, {} as Context)).toEqual({ batchItemFailures: [] });
    expect(fake.calls).toEqual([]);
  });
});

import type { Context, ScheduledEvent, SQSEvent } from 'aws-lambda';
import { createHandler as createPublisher } from '../../functions/incident-publisher/handler.ts';
import { createHandler as createScheduler } from '../../functions/refresh-scheduler/handler.ts';
import { createHandler as createWorker, type SecretRefreshDeps } from '../../functions/secret-refresh/handler.ts';
import { createAdjustableClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { Config } from '../../shared/config/config.ts';
import type { PublishJob, RefreshJob } from '../../shared/domain/jobs.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import type { JobQueue } from '../../shared/ports/job-queue.ts';
import type { RecordStore } from '../../shared/ports/record-store.ts';
import { createFakeChat, type FakeChat } from './fake-chat.ts';
import { type FakeIssuer, type FakeSecrets, fakeIssuer } from './fake-secrets.ts';
import { sampleConfig } from './sample-incident.ts';

export const REFRESH_START = Date.parse('2026-11-22T12:00:00Z');
/** As the queue's RedrivePolicy. */
const MAX_RECEIVES = 5;

/** The scheduler, the worker and the publisher over a real store, queues in memory, fake clusters, ECR and Slack. */
export interface RefreshStage {
  readonly clock: ReturnType<typeof createAdjustableClock>;
  readonly chat: FakeChat;
  readonly issuer: FakeIssuer;
  readonly records: RecordStore;
  readonly jobs: RefreshJob[];
  /** Everything that was logged, counted, gauged, put on a queue or stored. */
  readonly said: unknown[];
  readonly dead: RefreshJob[];
  readonly gauges: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
  /** From now on the configuration is this. */
  configure(change: Partial<Config>): void;
  /** One minute of the scheduler. */
  schedule(): Promise<void>;
  /** Works on what is on the queue until it is empty, as often as the queue hands it out. @returns how often */
  work(change?: Partial<SecretRefreshDeps>): Promise<number>;
  /** One delivery of one job. @returns whether it comes again */
  deliver(job: RefreshJob, receives?: number, change?: Partial<SecretRefreshDeps>): Promise<boolean>;
  /** All of it, after time has passed. */
  after(minutes: number): Promise<void>;
  /** First lines in the channel as they stand. */
  lines(): readonly string[];
}

export function openRefreshStage(
  clusters: Readonly<Record<string, FakeSecrets>>,
  change: Partial<Config>,
): RefreshStage {
  const clock = createAdjustableClock({ startAt: REFRESH_START });
  const now = () => clock.now();
  for (const fake of Object.values(clusters)) fake.now = now;
  const records = createSqliteRecordStore({ db: openDatabase(':memory:'), clock });
  const store = createRecordRefreshStore(records);
  const said: unknown[] = [];
  const gauges = new Map<string, number>();
  const counts = new Map<string, number>();
  const log = (message: string, fields?: unknown) => void said.push([message, fields]);
  const jobs: RefreshJob[] = [];
  const notices: PublishJob[] = [];
  const dead: RefreshJob[] = [];
  const issuer = fakeIssuer(now);
  const chat = createFakeChat();
  let config = sampleConfig({
    clusters: Object.keys(clusters).map((name) => ({
      name,
      environment: 'prod',
      access: { kind: 'in-cluster' },
    })),
    ...change,
  });
  const shared = {
    clock,
    config: { load: async () => config },
    log: { debug: log, info: log, warn: log, error: log },
    metrics: {
      count(name: string, value = 1, labels: Readonly<Record<string, string>> = {}) {
        const key = [name, ...Object.values(labels)].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + value);
        said.push([name, value, labels]);
      },
    },
    writers: {
      async writer(name: string) {
        const found = clusters[name];
        if (found === undefined) throw new Error(`no cluster ${name}`);
        return found;
      },
    },
  };

  const scheduler = createScheduler({
    ...shared,
    store,
    refreshQueue: queueInto(jobs, said),
    gauges: {
      set(name, value, _unit, labels = {}) {
        gauges.set([name, ...Object.values(labels)].join(' '), value);
      },
    },
  });
  const publisher = createPublisher({
    ...shared,
    chat,
    store: createRecordIncidentStore(records),
    visibility: { async postpone() {} },
  });
  const workerDeps: SecretRefreshDeps = { ...shared, store, issuer, publishQueue: queueInto(notices, said) };

  async function deliver(job: RefreshJob, receives = 1, more: Partial<SecretRefreshDeps> = {}): Promise<boolean> {
    const answer = await createWorker({ ...workerDeps, ...more })(sqsEvent('refresh', job, receives), {} as Context);
    return answer.batchItemFailures.length > 0;
  }

  async function publish(): Promise<void> {
    for (const job of notices.splice(0)) {
      const { batchItemFailures } = await publisher(sqsEvent('publish.fifo', job, 1), {} as Context);
      if (batchItemFailures.length > 0) throw new Error(`not published: ${JSON.stringify(job)}`);
    }
  }

  const stage: RefreshStage = {
    clock,
    chat,
    issuer,
    records,
    jobs,
    said,
    dead,
    gauges,
    counts,
    configure(more) {
      config = { ...config, ...more };
    },
    async schedule() {
      await scheduler({} as ScheduledEvent, {} as Context);
    },
    deliver,
    async work(more = {}) {
      let deliveries = 0;
      for (const job of jobs.splice(0)) {
        for (let receives = 1; ; receives += 1) {
          deliveries += 1;
          if (!(await deliver(job, receives, more))) break;
          if (receives < MAX_RECEIVES) continue;
          dead.push(job);
          break;
        }
      }
      await publish();
      return deliveries;
    },
    async after(minutes) {
      clock.advance(minutes * 60);
      await stage.schedule();
      await stage.work();
    },
    lines: () => chat.posts().map(({ message }) => message.text),
  };
  return stage;
}

function queueInto<Job>(jobs: Job[], said: unknown[]): JobQueue<Job> {
  const take = (job: Job) => {
    // What stands on a queue is JSON.
    jobs.push(JSON.parse(JSON.stringify(job)) as Job);
    said.push(job);
  };
  return {
    send: async (job) => take(job),
    sendAll: async (all) => {
      for (const { job } of all) take(job);
    },
  };
}

function sqsEvent(queue: string, job: RefreshJob | PublishJob, receives: number): SQSEvent {
  return {
    Records: [
      {
        messageId: 'm',
        receiptHandle: 'r',
        body: JSON.stringify(job),
        attributes: {
          ApproximateReceiveCount: String(receives),
          SentTimestamp: '0',
          SenderId: 'x',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${queue}`,
        awsRegion: 'eu-west-1',
      },
    ],
  };
}

import type { DatabaseSync } from 'node:sqlite';
import { createAlertSink } from '../../shared/adapters/alertmanager/create-alert-sink.ts';
import { createSilencer } from '../../shared/adapters/alertmanager/silencer.ts';
import type { SqliteQueue } from '../../shared/adapters/sqlite/sqlite-queue.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { PublishJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { createRecordPreflightStore } from '../../shared/flows/preflight/record-preflight-store.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import type { Chat } from '../../shared/ports/chat.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Clusters } from '../../shared/ports/cluster.ts';
import type { RemedyClusters } from '../../shared/ports/cluster-changer.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { CredentialIssuer } from '../../shared/ports/credential-issuer.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import type { Dialogs } from '../../shared/ports/dialogs.ts';
import type { IncidentStore } from '../../shared/ports/incident-store.ts';
import type { InventoryReaders } from '../../shared/ports/inventory-reader.ts';
import type { Log, Metrics } from '../../shared/ports/log.ts';
import type { RefreshStore } from '../../shared/ports/refresh-store.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { RemedyStore } from '../../shared/ports/remedy-store.ts';
import type { SecretWriters } from '../../shared/ports/secret-writer.ts';
import { createHandler as createAlertWebhook } from '../alert-webhook/handler.ts';
import { createHandler as createDeadLetter, type DeadLetterDeps } from '../dead-letter/handler.ts';
import { createHandler as createIncidentPublisher } from '../incident-publisher/handler.ts';
import { createHandler as createPreflight } from '../preflight/handler.ts';
import { createHandler as createRefreshScheduler } from '../refresh-scheduler/handler.ts';
import { createHandler as createRemedyWorker } from '../remedy-worker/handler.ts';
import { createHandler as createSecretRefresh } from '../secret-refresh/handler.ts';
import { createActor } from '../slack-actions/act.ts';
import { createHandler as createSlackActions } from '../slack-actions/handler.ts';
import type { Act } from '../slack-actions/route-payload.ts';
import { createHandler as createSweeper } from '../sweeper/handler.ts';
import { createHandler as createTriageWorker } from '../triage-worker/handler.ts';
import { createRouter, type RouteRequest } from './http.ts';
import { openQueues, type QueueName } from './open-queues.ts';
import { type QueueLoop, startQueueLoop, trackVisibility } from './queue-loop.ts';
import { startTimer, type Timer } from './timer.ts';

/** What one process needs to do the work of every function. */
export interface EngineDeps {
  /** The one file of state and jobs; the caller opens and closes it. */
  readonly db: DatabaseSync;
  readonly config: ConfigSource;
  readonly credentials: Credentials;
  readonly clusters: Clusters;
  /** Left out = nothing is looked for before it breaks. */
  readonly inventories?: InventoryReaders | undefined;
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
  /** Left out = no pull secret is refreshed. */
  readonly refresh?: { readonly writers: SecretWriters; readonly issuer: CredentialIssuer } | undefined;
  /** As the remedy identity. Left out = what is pressed is neither planned nor done. */
  readonly remedyClusters?: RemedyClusters | undefined;
  readonly chat: Chat;
  readonly dialogs: Dialogs;
  /** What the dead-letter function posts with: none of the code that failed. */
  readonly postDeadLetter: DeadLetterDeps['post'];
  readonly clock: Clock;
  /** What Slack's timestamps go by; left out = `clock`. */
  readonly wallClock?: Clock | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Multiplies the sweeper's minute and the wait before a failed job comes again; 1 in real use. */
  readonly timeScale: number;
  /** Wraps the store or the queues: tests let calls fail there. */
  readonly wrap?: EngineWraps | undefined;
}

export interface EngineWraps {
  readonly store?: ((store: IncidentStore) => IncidentStore) | undefined;
  readonly triageQueue?: (<Queue extends SqliteQueue<TriageQueueJob>>(queue: Queue) => Queue) | undefined;
  readonly publishQueue?: (<Queue extends SqliteQueue<PublishJob>>(queue: Queue) => Queue) | undefined;
}

/** The same handlers as on Lambda, in one process over one SQLite file. */
export interface Engine {
  /** Answers `/alerts`, `/alerts/{cluster}` and `/slack`. */
  readonly route: RouteRequest;
  /** Takes a click or a submitted dialog that is known to be Slack's (Socket Mode). */
  readonly act: Act;
  readonly store: IncidentStore;
  readonly refreshStore: RefreshStore;
  readonly remedyStore: RemedyStore;
  /** Jobs that wait, are delayed or are worked on, by queue. */
  jobs(): Promise<Readonly<Record<QueueName, number>>>;
  /** The clock was moved: look at once what is due now. */
  wake(): void;
  /** Takes no more work and lets what runs end; what is left after 1.5 s (or `withinMs`) comes again at the next start. */
  stop(withinMs?: number): Promise<void>;
}

const RETRY_SECONDS = 10;
const SWEEP_MS = 60_000;
/** As the rule of refresh-scheduler; the clock that it asks is not scaled, tokens live 12 hours everywhere. */
const SCHEDULE_REFRESH_MS = 60_000;
/** The configuration says which hour is due. */
const PREFLIGHT_MS = 60 * 60_000;
const STOP_WITHIN_MS = 1_500;
/** The functions' timeouts, as in serverless.yml. */
const TIMEOUT_MS = {
  webhook: 10_000,
  actions: 15_000,
  triage: 60_000,
  publish: 60_000,
  sweeper: 60_000,
  refresh: 60_000,
  remedies: 60_000,
  preflight: 300_000,
  deadLetter: 30_000,
};

/** Starts every function: loops for those behind queues, a timer for the sweeper, a router for the webhook. */
export function startEngine(deps: EngineDeps): Engine {
  const { db, clock, log, timeScale } = deps;
  const loops = new Map<string, QueueLoop>();
  const queues = openQueues({ db, clock, onSend: (to) => loops.get(to)?.wake() });
  const { refresh: refreshQueue, remedies: remedyQueue } = queues;
  const triageQueue = deps.wrap?.triageQueue?.(queues.triage) ?? queues.triage;
  const publishQueue = deps.wrap?.publishQueue?.(queues.publish) ?? queues.publish;
  const records = createSqliteRecordStore({ db, clock });
  const incidents = createRecordIncidentStore(records);
  const store = deps.wrap?.store?.(incidents) ?? incidents;
  const refreshStore = createRecordRefreshStore(records);
  const remedyStore = createRecordRemedyStore(records);
  const visibility = trackVisibility(publishQueue);

  const shared = {
    ...deps,
    store,
    remedies: remedyStore,
    triageQueue,
    publishQueue,
    visibility,
    // What nobody works on must not be asked for.
    refreshQueue: deps.refresh === undefined ? undefined : refreshQueue,
  };
  const loop = { clock, log, batchSize: 1, retrySeconds: RETRY_SECONDS * timeScale };
  loops.set(
    'triage',
    startQueueLoop({
      ...loop,
      functionName: 'triage-worker',
      source: triageQueue,
      handler: createTriageWorker({
        ...shared,
        auto: deps.remedyClusters && { remedies: remedyStore, queue: remedyQueue },
        alertSink: createAlertSink({ credentials: deps.credentials, clock, fetch }),
      }),
      // Looks wait for API servers and registries most of their time: one that does not answer holds its place for 5 s.
      concurrency: 8,
      timeoutMs: TIMEOUT_MS.triage,
    }),
  );
  loops.set(
    'publish',
    startQueueLoop({
      ...loop,
      functionName: 'incident-publisher',
      source: publishQueue,
      visibility,
      handler: createIncidentPublisher(shared),
      concurrency: 4,
      timeoutMs: TIMEOUT_MS.publish,
    }),
  );
  if (deps.remedyClusters !== undefined) startRemedies(deps.remedyClusters);
  const refreshTimer = deps.refresh === undefined ? undefined : startRefresh(deps.refresh);
  const deadLetter = createDeadLetter({ ...deps, post: deps.postDeadLetter, fallbackChannel: undefined });
  for (const source of queues.dead) {
    loops.set(
      source.name,
      startQueueLoop({
        ...loop,
        functionName: 'dead-letter',
        source,
        handler: deadLetter,
        batchSize: 10,
        concurrency: 1,
        timeoutMs: TIMEOUT_MS.deadLetter,
      }),
    );
  }
  const timer = startTimer({
    functionName: 'sweeper',
    handler: createSweeper({ ...shared, remedyQueue }),
    everyMs: SWEEP_MS * timeScale,
    timeoutMs: TIMEOUT_MS.sweeper,
    clock,
    log,
  });

  function startRemedies(clusters: RemedyClusters): void {
    loops.set(
      remedyQueue.name,
      startQueueLoop({
        ...loop,
        functionName: 'remedy-worker',
        source: remedyQueue,
        handler: createRemedyWorker({
          ...shared,
          clusters,
          silencer: createSilencer({ credentials: deps.credentials, clock, config: deps.config, fetch }),
        }),
        concurrency: 4,
        timeoutMs: TIMEOUT_MS.remedies,
      }),
    );
  }

  function startRefresh({ writers, issuer }: NonNullable<EngineDeps['refresh']>): Timer {
    const worker = { ...shared, writers, issuer, store: refreshStore };
    loops.set(
      refreshQueue.name,
      startQueueLoop({
        ...loop,
        functionName: 'secret-refresh',
        source: refreshQueue,
        handler: createSecretRefresh(worker),
        concurrency: 4,
        timeoutMs: TIMEOUT_MS.refresh,
      }),
    );
    return startTimer({
      functionName: 'refresh-scheduler',
      // A process that was away begins with a run.
      handler: createRefreshScheduler({ ...worker, refreshQueue, since: clock.now() }),
      everyMs: SCHEDULE_REFRESH_MS,
      timeoutMs: TIMEOUT_MS.refresh,
      clock,
      log,
    });
  }

  const preflightTimer = deps.inventories === undefined ? undefined : startPreflight(deps.inventories);

  function startPreflight(inventories: InventoryReaders): Timer {
    return startTimer({
      functionName: 'preflight',
      handler: createPreflight({ ...shared, inventories, store: createRecordPreflightStore(records) }),
      everyMs: PREFLIGHT_MS,
      timeoutMs: TIMEOUT_MS.preflight,
      clock,
      log,
    });
  }

  const act = createActor({ ...shared, remedyQueue });
  const actions = {
    functionName: 'slack-actions',
    handler: createSlackActions({ ...shared, act, wallClock: deps.wallClock ?? clock }),
    timeoutMs: TIMEOUT_MS.actions,
  };
  const webhook = { functionName: 'alert-webhook', handler: createAlertWebhook(shared), timeoutMs: TIMEOUT_MS.webhook };
  return {
    store,
    refreshStore,
    remedyStore,
    act,
    route: createRouter(
      [
        { method: 'POST', path: '/alerts', ...webhook },
        { method: 'POST', path: '/alerts/{cluster}', ...webhook },
        { method: 'POST', path: '/slack', ...actions },
      ],
      { clock, log },
    ),
    jobs: queues.count,
    wake() {
      for (const one of loops.values()) one.wake();
      timer.wake();
      // As after a machine's sleep: pods are looked at first, and the schedule has its turn a minute later.
      refreshTimer?.restart();
    },
    async stop(withinMs = STOP_WITHIN_MS) {
      const timers = [timer, refreshTimer, preflightTimer].filter((one) => one !== undefined);
      const running = [...loops.values(), ...timers];
      await Promise.all(running.map((one) => one.stop(withinMs)));
    },
  };
}

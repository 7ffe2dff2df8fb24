import type { DatabaseSync } from 'node:sqlite';
import { createAdjustableClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { Config } from '../../shared/config/config.ts';
import type { LoadedIncident } from '../../shared/domain/incident.ts';
import type { AlertHint, PublishJob, TriageJob } from '../../shared/domain/jobs.ts';
import type { Scope } from '../../shared/domain/scope.ts';
import { type LookDeps, lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import type { SendOptions } from '../../shared/ports/job-queue.ts';
import { createFakeCluster, type FakeCluster } from './fake-cluster.ts';

export const START = Date.UTC(2026, 10, 22, 12);

export interface LookStage {
  readonly deps: LookDeps;
  readonly cluster: FakeCluster;
  readonly database: DatabaseSync;
  readonly sent: { readonly job: PublishJob; readonly options: SendOptions }[];
  readonly counted: string[];
  /** Revisions that were poked: each once, however often a publisher that does not come is poked again. */
  news(): number;
  now(): number;
  advance(seconds: number): void;
  look(namespace: string, change?: Partial<TriageJob>): Promise<void>;
  lookAt(scope: Scope, change?: Partial<TriageJob>): Promise<void>;
  /** Every incident there is in these namespaces, oldest first. */
  incidents(...namespaces: readonly string[]): Promise<readonly LoadedIncident[]>;
}

/** Real store (SQLite in memory), fake cluster, recorded pokes, a clock that stands still. */
export function openStage(options: { readonly timeScale?: number } = {}): LookStage {
  const clock = createAdjustableClock({ startAt: START });
  const database = openDatabase(':memory:');
  const records = createSqliteRecordStore({ db: database, clock });
  const cluster = createFakeCluster();
  const sent: { job: PublishJob; options: SendOptions }[] = [];
  const counted: string[] = [];
  let ids = 0;
  const deps: LookDeps = {
    clusters: { reader: async () => cluster },
    store: createRecordIncidentStore(records),
    publishQueue: {
      async send(job, sendOptions = {}) {
        sent.push({ job, options: sendOptions });
      },
      async sendAll(jobs) {
        for (const { job, options: sendOptions = {} } of jobs) sent.push({ job, options: sendOptions });
      },
    },
    config: {
      clusters: [{ name: 'prod', environment: 'prod', access: { kind: 'in-cluster' } }],
      limits: { timeScale: options.timeScale ?? 1, buzzesPerHour: 6, countEditSeconds: 30 },
      alerts: {
        names: [],
        clusterLabel: 'cluster',
        tokens: [],
        watchdog: { name: 'Watchdog', silentAfterMinutes: 15 },
      },
      events: true,
      askRegistries: true,
      alertmanagers: [],
      targets: [],
      policy: { mode: 'by-rule', rules: [], argoCdManualSync: [] },
    } as unknown as Config,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: {
      count(name) {
        counted.push(name);
      },
    },
    newId: () => {
      ids += 1;
      return `id-${String(ids).padStart(4, '0')}`;
    },
  };

  const lookAt = (scope: Scope, change: Partial<TriageJob> = {}) =>
    lookAtScope(
      {
        kind: 'look',
        scope,
        hintedAt: clock.now(),
        from: 'alert',
        alerts: [],
        alertCount: 0,
        isClusterAssumed: false,
        ...change,
      },
      deps,
    );
  return {
    news: () => new Set(sent.map(({ options: { dedupeId } }) => dedupeId?.split('#').slice(0, 2).join('#'))).size,
    deps,
    cluster,
    database,
    sent,
    counted,
    now: () => clock.now(),
    advance: (seconds) => clock.advance(seconds),
    lookAt,
    look: (namespace, change) => lookAt({ kind: 'namespace', cluster: 'prod', namespace }, change),
    async incidents(...namespaces) {
      const found = new Map<string, LoadedIncident>();
      for (const namespace of namespaces) {
        for (const loaded of await deps.store.incidentsIn('prod', namespace, clock.now())) {
          found.set(loaded.incident.id, loaded);
        }
      }
      return [...found.values()];
    },
  };
}

export function alertHint(labels: Readonly<Record<string, string>>, change: Partial<AlertHint> = {}): AlertHint {
  return {
    name: 'KubePodImagePullBackOff',
    status: 'firing',
    startsAt: START,
    fingerprint: JSON.stringify(labels),
    labels,
    ...change,
  };
}

export function membersOf({ slices }: LoadedIncident) {
  return slices.flatMap(({ members }) => members);
}

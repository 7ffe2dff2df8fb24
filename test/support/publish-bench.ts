import { createAdjustableClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { Config } from '../../shared/config/config.ts';
import type { LoadedIncident } from '../../shared/domain/incident.ts';
import { publishIncident } from '../../shared/flows/publish-incident.ts';
import type { PublishPorts } from '../../shared/flows/publishing/ports.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createFakeChat, type FakeChat } from './fake-chat.ts';
import { NOW, sampleConfig } from './sample-incident.ts';

/** A real store (SQLite in memory), a fake Slack and a clock that stands still: what the publisher runs against. */
export interface PublishBench {
  readonly ports: PublishPorts;
  readonly chat: FakeChat;
  readonly clock: ReturnType<typeof createAdjustableClock>;
  /** Metric names, each time they were counted. */
  readonly counted: string[];
  /** Writes the incident as a look would; the revision goes up by itself. */
  commit(loaded: LoadedIncident): Promise<void>;
  publish(ports?: Partial<PublishPorts>): Promise<void>;
  /** When the poke is due again; `undefined` = settled. */
  nextPokeAt(): Promise<number | undefined>;
}

export function createPublishBench(config: Config = sampleConfig()): PublishBench {
  const clock = createAdjustableClock({ startAt: NOW });
  const store = createRecordIncidentStore(createSqliteRecordStore({ db: openDatabase(':memory:'), clock }));
  const chat = createFakeChat();
  const counted: string[] = [];
  const ports: PublishPorts = {
    store,
    chat,
    config,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { count: (name) => void counted.push(name) },
  };
  const revisions = new Map<string, number>();
  return {
    ports,
    chat,
    clock,
    counted,
    async commit({ incident, slices }) {
      const before = revisions.get(incident.id) ?? 0;
      const answer = await store.commit({
        incident: { ...incident, revision: before + 1 },
        expectedRevision: before,
        slices,
        removedNamespaces: [],
        releasedSlot: undefined,
        now: clock.now(),
        nextLookAt: undefined,
      });
      if (answer !== 'done') throw new Error(`commit: ${answer}`);
      revisions.set(incident.id, before + 1);
    },
    publish: (change = {}) => publishIncident({ kind: 'poke', incidentId: 'inc-1' }, { ...ports, ...change }),
    async nextPokeAt() {
      const far = clock.now() + 30 * 86_400_000;
      const due = await store.duePokes(far, 100);
      if (!due.some(({ incidentId }) => incidentId === 'inc-1')) return undefined;
      for (const at of [0, 15, 30, 60, 90, 120, 180, 300, 600, 900, 3_600, 7_200, 86_400]) {
        const found = await store.duePokes(clock.now() + at * 1_000, 100);
        if (found.some(({ incidentId }) => incidentId === 'inc-1')) return at;
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}

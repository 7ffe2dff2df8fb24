import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { PolicyRule } from '../../../shared/config/policy.ts';
import { QueueError } from '../../../shared/domain/errors.ts';
import type { Incident } from '../../../shared/domain/incident.ts';
import type { PublishJob, RemedyJob, TriageQueueJob } from '../../../shared/domain/jobs.ts';
import type { Offer } from '../../../shared/domain/remedy/offer.ts';
import { type ActionDeps, acceptAction } from '../../../shared/flows/accept-action.ts';
import { createRecordIncidentStore } from '../../../shared/flows/record-incident-store.ts';
import type { JobQueue, SendOptions } from '../../../shared/ports/job-queue.ts';
import { createFakeDialogs } from '../../support/fake-dialogs.ts';
import { aChange, aMember, anIncident, aSlice } from '../../support/incident-builders.ts';
import { offerOf, ruleOf } from '../../support/remedy-builders.ts';
import { createFakeRemedyStore } from '../../support/remedy-store.ts';
import { sampleConfig } from '../../support/sample-incident.ts';

export const START = Date.UTC(2026, 10, 22, 13, 1);
type Json = Record<string, unknown>;

/** A payload of events/slack, changed as the test needs it. */
export function payload(name: string, change: (payload: Json) => unknown = () => undefined): Json {
  const file = join(import.meta.dirname, '..', '..', '..', 'events', 'slack', `${name}.json`);
  const value = JSON.parse(readFileSync(file, 'utf8')) as Json;
  change(value);
  return value;
}

let triggers = 0;
/** The same thing done anew: Slack gives every click another trigger and time. */
export function again(name: string, by: { readonly user?: string; readonly view?: string } = {}): Json {
  triggers += 1;
  return payload(name, (value) => {
    value['trigger_id'] = `trigger.${triggers}`;
    const user = value['user'] as Json;
    if (by.user !== undefined) Object.assign(user, { id: by.user, name: by.user.toLowerCase() });
    if (by.view !== undefined) (value['view'] as Json)['id'] = by.view;
    for (const action of (value['actions'] ?? []) as Json[]) {
      action['action_ts'] = `1795348${String(600 + triggers)}.000000`;
    }
  });
}

export function anOffer(change: Partial<Offer> = {}): Offer {
  return offerOf(START - 60_000, { channel: '#alerts', ...change });
}

export function aRule(change: Partial<PolicyRule> = {}): PolicyRule {
  return ruleOf({ name: 'shop people', users: ['U0ALICE01', 'U0BOB0001'], ...change });
}

interface Sent<Job> extends JobQueue<Job> {
  readonly sent: { readonly job: Job; readonly options: SendOptions }[];
  isDown: boolean;
}

function queue<Job>(): Sent<Job> {
  const sent: { job: Job; options: SendOptions }[] = [];
  const one: Sent<Job> = {
    sent,
    isDown: false,
    async send(job, options = {}) {
      if (one.isDown) throw new QueueError('down', { retry: 'retry' });
      sent.push({ job, options });
    },
    async sendAll(jobs) {
      for (const { job, options } of jobs) await one.send(job, options);
    },
  };
  return one;
}

/** Real incidents (SQLite in memory), everything else faked; one open incident with one offer. */
export async function openStage(
  options: {
    readonly offer?: Offer;
    readonly rules?: readonly PolicyRule[];
    readonly incident?: Partial<Incident>;
    readonly timeScale?: number;
  } = {},
) {
  const clock = createAdjustableClock({ startAt: START });
  const store = createRecordIncidentStore(createSqliteRecordStore({ db: openDatabase(':memory:'), clock }));
  const member = aMember({
    proposals: [
      { remedyId: 'roll-back', label: 'Roll back', danger: 'careful', choices: [], rank: 1, gitFix: 'tag: v1.2.2' },
    ],
  });
  await store.commit(
    aChange({ incident: anIncident({ state: 'open', ...options.incident }), slices: [aSlice({ members: [member] })] }),
  );
  const remedies = createFakeRemedyStore([options.offer ?? anOffer()]);
  const dialogs = createFakeDialogs();
  const remedyQueue = queue<RemedyJob>();
  const triageQueue = queue<TriageQueueJob>();
  const publishQueue = queue<PublishJob>();
  const base = sampleConfig();
  const deps: ActionDeps = {
    config: {
      ...base,
      policy: { ...base.policy, rules: options.rules ?? [aRule()] },
      limits: { ...base.limits, timeScale: options.timeScale ?? 1 },
    },
    store,
    remedies,
    dialogs,
    remedyQueue,
    triageQueue,
    publishQueue,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { count() {} },
  };
  return {
    deps,
    clock,
    store,
    remedies,
    dialogs,
    remedyQueue,
    triageQueue,
    publishQueue,
    accept: (value: unknown, change: Partial<ActionDeps> = {}) => acceptAction(value, { ...deps, ...change }),
    async incident() {
      const loaded = await store.load('incident-1');
      if (loaded === undefined) throw new Error('no incident');
      return loaded.incident;
    },
  };
}

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type CallPoint, EVERYBODY, type Fault, type FaultKind } from './injector.ts';
import { type JobOutcome, runJob, startUniverse, type Universe } from './universe.ts';

jest.setTimeout(180_000);

/** Calls that take 10 s hold one of a worker's four lanes so long: they are spread over more stacks. */
const STACKS: Readonly<Record<FaultKind, number>> = { fails: 2, 'answer-lost': 2, hangs: 8, never: 5 };
const KINDS = Object.keys(STACKS) as readonly FaultKind[];
/** A read that hangs tells nobody whether it would have had an answer. */
const WRITES = /POST|send|remove|postpone|commit|save|settle|Look|count/;

/** What happened to one job, and which call of it went wrong. */
interface Told extends JobOutcome {
  readonly name: string;
}

/**
 * The main job runs once undisturbed, which tells its calls; then once for each of these calls and each way to go wrong,
 * side by side over the embedded world: real HTTP to the cluster and to Slack, the SQLite engine, real 10 s.
 */
describe('one call of the main job goes wrong', () => {
  const universes: Universe[] = [];
  let baseline: JobOutcome;
  let everybody: readonly CallPoint[];
  const told = new Map<FaultKind, readonly Told[]>();

  async function start(): Promise<Universe> {
    const universe = await startUniverse();
    universes.push(universe);
    return universe;
  }

  async function runAll(kind: FaultKind): Promise<void> {
    const faults = baseline.calls
      .filter(({ call }) => kind !== 'never' || WRITES.test(call))
      .map((point): Fault => ({ ...point, kind }));
    const stacks = await Promise.all(Array.from({ length: STACKS[kind] }, start));
    const own = faults.map(async (fault, index) => {
      const universe = stacks[index % stacks.length] as Universe;
      const outcome = await runJob(universe, `fault-${index + 1}`, [fault]);
      return { ...outcome, name: `${fault.phase}: ${fault.call} #${fault.nth} ${kind}` };
    });
    told.set(kind, [...(await Promise.all(own)), await runShared(kind)]);
  }

  /** Calls that concern no single namespace, such as taking a job: the first of each name goes wrong, in one stack. */
  async function runShared(kind: FaultKind): Promise<Told> {
    const universe = await start();
    const faults = [...new Set(everybody.map(({ call }) => call))].map(
      (call): Fault => ({ phase: 'alert', call, nth: 1, kind }),
    );
    universe.injector.begin(EVERYBODY, 'alert', faults);
    const outcome = await runJob(universe, 'fault-1', []);
    return { ...outcome, fired: universe.injector.fired(EVERYBODY), name: `shared calls ${kind}` };
  }

  beforeAll(async () => {
    const universe = await start();
    universe.injector.begin(EVERYBODY, 'alert', []);
    baseline = await runJob(universe, 'fault-1', []);
    everybody = universe.injector.calls(EVERYBODY);
    await Promise.all(KINDS.map(runAll));
  }, 180_000);

  afterAll(async () => {
    await Promise.all(universes.map((universe) => universe.stop()));
  });

  it('undisturbed, the job calls the store, the queues, the cluster and Slack', () => {
    expect(baseline.problems).toEqual([]);
    const names = new Set(baseline.calls.map(({ phase, call }) => `${phase} ${call.split(' ').slice(0, 2).join(' ')}`));
    for (const name of ['store commit', 'triage queue', 'publish queue', 'GET /api/v1/namespaces/NS/pods']) {
      expect([...names]).toContain(`alert ${name}`);
    }
    expect([...names]).toContain('alert POST /api/chat.postMessage');
    expect([...names]).toContain('repair POST /api/chat.update');
    expect(everybody.map(({ call }) => call)).toContain('triage queue receive');
  });

  it.each([
    { kind: 'fails' as const, what: 'fails before it has an effect' },
    { kind: 'answer-lost' as const, what: 'has its effect and fails all the same' },
    { kind: 'hangs' as const, what: 'hangs for 10 s and has its effect then' },
    { kind: 'never' as const, what: 'hangs for 10 s and never has an effect' },
  ])('whichever call $what: one message with the cause, green after the repair', ({ kind }) => {
    const all = told.get(kind) ?? [];
    expect(all.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`))).toEqual([]);
    // The order of looks and sweeps is not fixed: a point may not come again. A name that never went wrong is a hole.
    const wanted = baseline.calls.filter(({ call }) => kind !== 'never' || WRITES.test(call));
    const hit = new Set(all.flatMap(({ fired }) => fired.map(({ call }) => call)));
    expect(wanted.map(({ call }) => call).filter((call) => !hit.has(call))).toEqual([]);
  });

  it('no message but those of the incidents was posted, and every line is a good first line', () => {
    const posts = universes.flatMap(({ world }) => world.messages().map(({ text }) => text));
    expect(posts.filter((text) => !/ fault-\d+\/web /.test(text))).toEqual([]);
    expect(universes.flatMap(({ world }) => world.lineProblems)).toEqual([]);
  });
});

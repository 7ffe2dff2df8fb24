import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { type CallPoint, EVERYBODY, type Fault, type FaultKind, type Phase } from './injector.ts';
import { type JobOutcome, runJob, startUniverse, type Universe } from './universe.ts';

/** Calls that take 10 s hold one of a worker's four lanes so long: they are spread over more stacks. */
const STACKS: Readonly<Record<FaultKind, number>> = { fails: 1, 'answer-lost': 1, hangs: 5, never: 2 };
const KINDS = Object.keys(STACKS) as readonly FaultKind[];
/** Where it makes a difference whether the effect comes after all. */
const WRITES = /POST|queue send|store (commit|savePublication)/;

/** Looks repeat themselves: how often depends on the moment. */
function isRepeated({ call }: CallPoint): boolean {
  return !/POST|savePublication/.test(call);
}

function isSlow(kind: FaultKind): boolean {
  return kind === 'hangs' || kind === 'never';
}

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

  /** One job takes one fault on the way to its message and one on the way to green: each phase ends before the next. */
  async function runAll(kind: FaultKind): Promise<void> {
    const stacks = await Promise.all(Array.from({ length: STACKS[kind] }, start));
    const limit = pLimit(isSlow(kind) ? 100 : 14);
    const [alert, repair] = [faultsOf('alert', kind), faultsOf('repair', kind)];
    const jobs = Array.from({ length: Math.max(alert.length, repair.length) }, (_, index) => async () => {
      const faults = [alert[index], repair[index]].filter((fault) => fault !== undefined);
      const outcome = await runJob(stacks[index % stacks.length] as Universe, `fault-${index + 1}`, faults);
      return { ...outcome, name: faults.map(({ phase, call, nth }) => `${phase}: ${call} #${nth}`).join(', ') };
    });
    const all = await Promise.all([...jobs.map((job) => limit(job)), runShared(kind)]);
    told.set(kind, all);
  }

  function faultsOf(phase: Phase, kind: FaultKind): readonly Fault[] {
    const points = baseline.calls.filter((point) => point.phase === phase && (point.nth <= 2 || !isRepeated(point)));
    return points.filter(({ call }) => kind !== 'never' || WRITES.test(call)).map((point) => ({ ...point, kind }));
  }

  /** Calls that concern no single namespace, such as taking a job: the first of each name goes wrong, in one stack. */
  async function runShared(kind: FaultKind): Promise<Told> {
    const universe = await start();
    const faults = [...new Set(everybody.map(({ call }) => call))].map(
      (call): Fault => ({ phase: 'alert', call, nth: 1, kind }),
    );
    universe.injector.begin(EVERYBODY, 'alert', faults);
    const outcome = await runJob(universe, 'fault-1', []);
    return { ...outcome, fired: universe.injector.fired(EVERYBODY), name: 'shared calls' };
  }

  beforeAll(async () => {
    const universe = await start();
    universe.injector.begin(EVERYBODY, 'alert', []);
    baseline = await runJob(universe, 'fault-1', []);
    everybody = universe.injector.calls(EVERYBODY);
    await Promise.all(KINDS.map(runAll));
  }, 300_000);

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

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Finding } from '../../../shared/domain/finding.ts';
import { fold } from '../../../shared/domain/incident/fold.ts';
import type { Verdict } from '../../../shared/domain/incident/judge-member.ts';
import { lookPeriodMs } from '../../../shared/domain/incident/life.ts';
import { isUnderWay } from '../../../shared/domain/incident/remedy-runs.ts';
import type { LoadedIncident, Member, MemberRollout } from '../../../shared/domain/incident.ts';
import type { RemedyRun } from '../../../shared/domain/remedy/run.ts';
import { sampleIncident, sampleMember, sampleRollout, tagMissing } from '../../support/sample-incident.ts';
import { aRun } from '../../support/sample-run.ts';

/** When the change was made; looks are told in seconds from then. */
const APPLIED = Date.UTC(2026, 10, 22, 9, 16);
const BAD = 'registry.example/checkout:v1.2.33';
const GOOD = 'registry.example/checkout:v1.2.2';
const KEY = 'shop/Deployment/checkout/app';

/** What one look finds of a workload. */
interface Seen {
  readonly state: 'failing' | Verdict['state'];
  /** Of the pod template. */
  readonly image?: string;
  readonly setBy?: string | undefined;
  /** Seconds from the change; `undefined` = not known. */
  readonly setAt?: number | undefined;
  /** Of a failing pod: its image and since when it fails. */
  readonly podImage?: string;
  readonly since?: number;
  readonly lastFailed?: number;
  readonly finding?: Finding;
}

const at = (seconds: number) => APPLIED + seconds * 1_000;

function rolloutOf(seen: Seen): MemberRollout {
  const { image, setBy, setAt }: Seen = { image: GOOD, setBy: 'pullmedic', setAt: 0, ...seen };
  return sampleRollout({
    imageSetBy: setBy,
    imageSetAt: setAt === undefined ? undefined : at(setAt),
    templateImage: image,
  });
}

function failing(seen: Seen, seconds: number, change: Partial<Member> = {}): Member {
  return sampleMember({
    image: seen.podImage ?? BAD,
    observedAt: at(seconds),
    pods: [{ name: `p-${seen.since ?? 'old'}`, node: 'n1', since: at(seen.since ?? -240) }],
    lastFailedAt: at(seen.lastFailed ?? -60),
    firstFailedAt: at(-240),
    rollout: rolloutOf(seen),
    findings: [seen.finding ?? tagMissing()],
    ...change,
  });
}

/** An incident whose remedy was applied at 0, and was looked at 60 s before. */
function opened(run: RemedyRun | readonly RemedyRun[], names: readonly string[] = ['checkout']): LoadedIncident {
  const members = names.map((name) => {
    const [namespace = 'shop', workloadName = name] = name.includes('/') ? name.split('/') : ['shop', name];
    return failing({ state: 'failing', image: BAD, setBy: 'ci', setAt: -600 }, -60, {
      namespace,
      workloadName,
      key: `${namespace}/Deployment/${workloadName}/app`,
    });
  });
  const loaded = sampleIncident(members, { openedAt: at(-240), changedAt: at(0), runs: [run].flat() });
  return { ...loaded, slices: loaded.slices.map((slice) => ({ ...slice, observedAt: at(-60) })) };
}

/** One look of a namespace, as a store would keep its result. */
function look(
  loaded: LoadedIncident,
  seconds: number,
  seen: Seen | Readonly<Record<string, Seen>>,
  { namespace = 'shop', tookSeconds = 1, timeScale = 1 } = {},
): LoadedIncident {
  const by = (name: string): Seen => ('state' in seen ? (seen as Seen) : (seen as Record<string, Seen>)[name]) as Seen;
  const names = loaded.slices
    .filter((slice) => slice.namespace === namespace)
    .flatMap(({ members }) => members.map(({ workloadName }) => workloadName));
  const change = fold(
    loaded,
    {
      cluster: 'prod-eu',
      namespace,
      observedAt: at(seconds),
      failing: names
        .filter((name) => by(name).state === 'failing')
        .map((workloadName) => {
          const key = `${namespace}/Deployment/${workloadName}/app`;
          return failing(by(workloadName), seconds, { namespace, workloadName, key });
        }),
      judge: ({ workloadName }) => ({
        state: by(workloadName).state as Verdict['state'],
        runningPods: by(workloadName).state === 'running' ? 3 : 2,
        waitingPods: by(workloadName).state === 'waiting' ? 1 : 0,
        rollout: rolloutOf(by(workloadName)),
        image: by(workloadName).image ?? GOOD,
      }),
      repairOf: () => undefined,
      movedAway: new Set(),
      report: { from: 'sweep', alerts: [], isClusterAssumed: false, notes: [] },
      isSlotTaken: () => false,
      newId: 'inc-1',
      timeScale,
    },
    at(seconds + tookSeconds),
  );
  if (change === undefined) return loaded;
  const kept = loaded.slices.filter((slice) => change.slices.every((one) => one.namespace !== slice.namespace));
  return JSON.parse(JSON.stringify({ incident: change.incident, slices: [...kept, ...change.slices] }));
}

const rollBack = (change: Partial<RemedyRun> = {}) =>
  aRun({ startedAt: at(-3), appliedAt: at(0), members: [KEY], images: { [KEY]: GOOD }, ...change });
const retry = (change: Partial<RemedyRun> = {}) =>
  rollBack({ remedyId: 'retry-now', label: 'Retry now', images: {}, ...change });

const RUNS: Seen = { state: 'running' };
const runOf = ({ incident }: LoadedIncident, n = 0) => incident.runs?.[n];
const remedyNotes = ({ incident }: LoadedIncident) =>
  incident.notes.filter(({ kind }) => kind === 'remedy').map(({ text }) => text);

describe('a remedy that set an image', () => {
  it.each([
    { seconds: 10, state: 'repairing', run: 'applied' },
    { seconds: 59, state: 'repairing', run: 'applied' },
    { seconds: 60, state: 'recovered', run: 'verified' },
    { seconds: 300, state: 'recovered', run: 'verified' },
  ])('all run $seconds s after it: $state, $run', ({ seconds, state, run }) => {
    const loaded = look(opened(rollBack()), seconds, RUNS);
    expect(loaded.incident.state).toBe(state);
    expect(runOf(loaded)?.state).toBe(run);
    expect(loaded.incident.endedAt === undefined).toBe(state === 'repairing');
  });

  it('a look that began before the minute was over proves nothing, however long it took', () => {
    expect(look(opened(rollBack()), 59, RUNS, { tookSeconds: 20 }).incident.state).toBe('repairing');
  });

  it('the minute follows the time scale', () => {
    expect(look(opened(rollBack()), 5, RUNS, { timeScale: 0.1 }).incident.state).toBe('repairing');
    expect(look(opened(rollBack()), 6, RUNS, { timeScale: 0.1 }).incident.state).toBe('recovered');
  });

  it('is looked at every 10 s meanwhile, where it runs too', () => {
    const loaded = look(opened(rollBack()), 10, RUNS);
    expect(loaded.incident.scopes).toEqual([{ kind: 'namespace', cluster: 'prod-eu', namespace: 'shop' }]);
    expect(lookPeriodMs(loaded.incident, at(50), 1)).toBe(10_000);
  });

  it('tells how long it took until they ran, without the minute of watching', () => {
    let loaded = look(opened(rollBack()), 10, { state: 'waiting' });
    loaded = look(loaded, 20, RUNS);
    loaded = look(loaded, 61, RUNS);
    expect(remedyNotes(loaded)).toEqual([
      'alice used “Roll back to v1.2.2”: set image of shop/checkout to v1.2.2. Allowed by rule shop',
      'fixed in 24 s: 3 of 3 pods (“Roll back to v1.2.2” by alice)',
    ]);
    expect(loaded.incident.notes.some(({ kind }) => kind === 'recovered')).toBe(false);
  });

  it('a pod that stops waiting again is failing again, and the proof begins anew', () => {
    let loaded = look(opened(rollBack()), 20, RUNS);
    loaded = look(loaded, 61, { state: 'waiting' });
    expect(loaded.incident.state).toBe('repairing');
    expect(loaded.slices[0]?.members[0]).toMatchObject({ state: 'failing', failingPods: 1 });
    expect(runOf(loaded)?.ranAt).toBeUndefined();
    expect(look(loaded, 71, RUNS).incident.state).toBe('recovered');
  });

  it('the same image by another writer counts once it has stood for a minute', () => {
    const byArgo = { ...RUNS, setBy: 'argocd-controller', setAt: 30 };
    expect(look(opened(rollBack()), 61, byArgo).incident.state).toBe('repairing');
    expect(look(opened(rollBack()), 90, byArgo).incident.state).toBe('recovered');
  });

  it('what was seen before the change says nothing of it', () => {
    const loaded = look(opened(rollBack()), -1, { state: 'failing', since: -2 });
    expect(runOf(loaded)?.state).toBe('applied');
  });
});

describe('an image that is put back', () => {
  const put: Seen = { state: 'failing', image: BAD, setBy: 'argocd-controller', setAt: 5 };

  it('is told at once, with who did it and what to do', () => {
    const loaded = look(opened(rollBack()), 10, put);
    expect(runOf(loaded)).toMatchObject({ state: 'put-back', why: `argocd-controller set ${BAD}` });
    expect(remedyNotes(loaded).at(-1)).toBe(
      `argocd-controller set ${BAD}: what “Roll back to v1.2.2” by alice had set does not stand. Change it in Git, or where that writer takes it from`,
    );
  });

  it.each([
    { what: 'its pods wait', seen: { ...put, state: 'waiting' } },
    { what: 'a good pod runs beside a stuck one', seen: { ...put, state: 'failing' } },
    { what: 'all pods run for a moment', seen: { ...put, state: 'running' } },
    { what: 'managedFields were not read', seen: { ...put, state: 'running', setBy: undefined, setAt: undefined } },
  ] as const)('is seen where $what, and is not over', ({ seen }) => {
    const loaded = look(opened(rollBack()), 61, seen as Seen);
    expect(runOf(loaded)?.state).toBe('put-back');
    expect(loaded.incident.endedAt).toBeUndefined();
  });

  it('is told although it was thought proven, where the very image that failed comes back and fails', () => {
    const proven = look(opened(rollBack()), 61, RUNS);
    const later = { ...put, podImage: BAD, setAt: 170 };
    const loaded = look(proven, 180, later);
    expect(loaded.incident.state).toBe('open');
    expect(runOf(loaded)?.state).toBe('put-back');
  });

  it('another image that fails later is a deployment, not a putting back', () => {
    const proven = look(opened(rollBack()), 61, RUNS);
    const next = 'registry.example/checkout:v1.2.34';
    const loaded = look(proven, 180, { ...put, image: next, podImage: next, setBy: 'ci', setAt: 170 });
    expect(runOf(loaded)?.state).toBe('verified');
  });

  it.each(Array.from({ length: 10 }, (_, offset) => ({ offset })))(
    'a controller that flips it every 5 s is never green: looks every 10 s from second $offset on',
    ({ offset }) => {
      let loaded = opened(rollBack());
      for (let second = offset + 1; second < 900; second += 10) {
        // Ours for 5 s, then the controller's for 5 s; pods keep up with both, which is the worst case.
        const phase = Math.floor(second / 5);
        const isOurs = phase % 2 === 0;
        loaded = look(loaded, second, {
          state: isOurs ? 'running' : offset % 2 === 0 ? 'running' : 'failing',
          image: isOurs ? GOOD : BAD,
          setBy: isOurs ? 'pullmedic' : 'argocd-controller',
          setAt: phase * 5,
        });
        expect(loaded.incident.endedAt).toBeUndefined();
        expect(loaded.incident.state).not.toBe('recovered');
      }
    },
  );

  it('a controller of the same name as its writer: every second of its round', () => {
    let loaded = opened(rollBack());
    for (let second = 1; second < 300; second += 1) {
      const isOurs = second % 5 < 2;
      loaded = look(loaded, second, {
        state: 'running',
        image: isOurs ? GOOD : BAD,
        setBy: 'argocd-controller',
        setAt: second - (second % 5) + (isOurs ? 0 : 2),
      });
      expect(loaded.incident.endedAt).toBeUndefined();
    }
    expect(runOf(loaded)?.state).toBe('put-back');
  });

  it('is never over less than a minute after the last write of the image, whoever wrote what when and however looks fall', () => {
    const write = fc.record({
      second: fc.integer({ min: 1, max: 240 }),
      image: fc.constantFrom(GOOD, BAD),
      setBy: fc.constantFrom('pullmedic', 'argocd-controller', 'ci'),
    });
    const writes = fc.array(write, { maxLength: 8 }).map((all) => all.toSorted((a, b) => a.second - b.second));
    const looks = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 });
    let ends = 0;
    fc.assert(
      fc.property(writes, looks, (written, seconds) => {
        let loaded = opened(rollBack());
        for (const second of seconds.toSorted((a, b) => a - b)) {
          const last = written.findLast((one) => one.second <= second) ?? {
            second: 0,
            image: GOOD,
            setBy: 'pullmedic',
          };
          // All pods always seem to run: nothing but the image tells.
          loaded = look(loaded, second, { state: 'running', image: last.image, setBy: last.setBy, setAt: last.second });
          if (loaded.incident.endedAt === undefined) continue;
          ends += 1;
          expect(second - last.second).toBeGreaterThanOrEqual(60);
          return;
        }
      }),
      { numRuns: 500 },
    );
    expect(ends).toBeGreaterThan(50);
  });

  it('is over once another image has stood for a minute: somebody mended it in Git', () => {
    const mended = {
      state: 'running',
      image: 'registry.example/checkout:v1.2.34',
      setBy: 'argocd-controller',
    } as const;
    let loaded = look(opened(rollBack()), 10, put);
    loaded = look(loaded, 200, { ...mended, setAt: 190 });
    expect(loaded.incident.endedAt).toBeUndefined();
    loaded = look(loaded, 250, { ...mended, setAt: 190 });
    expect(loaded.incident.state).toBe('recovered');
    expect(runOf(loaded)?.state).toBe('put-back');
  });
});

describe('a remedy that did not help', () => {
  const other = tagMissing({ phrase: 'tag v1.2.2 does not exist' });

  it.each([
    { what: 'a pod of the revision before fails still', seen: { podImage: BAD, lastFailed: 20 }, state: 'applied' },
    { what: 'a pod with its image fails', seen: { podImage: GOOD, since: 4 }, state: 'no-help' },
  ])('an image: $what: $state', ({ seen, state }) => {
    const loaded = look(opened(rollBack()), 25, { state: 'failing', finding: other, ...seen });
    expect(runOf(loaded)?.state).toBe(state);
    if (state === 'no-help') expect(runOf(loaded)?.why).toBe('tag v1.2.2 does not exist');
  });

  it.each([
    { what: 'an old pod failed before', seen: { lastFailed: -1 }, state: 'applied' },
    { what: 'a pull that had begun before failed a moment after', seen: { lastFailed: 14 }, state: 'applied' },
    { what: 'a new pod fails', seen: { since: 3 }, state: 'no-help' },
    { what: 'an old pod failed anew', seen: { lastFailed: 16 }, state: 'no-help' },
  ])('a retry: $what: $state', ({ seen, state }) => {
    expect(runOf(look(opened(retry()), 20, { state: 'failing', ...seen }))?.state).toBe(state);
  });

  it('a secret that was attached says nothing of the pods that were there', () => {
    const attach = opened(retry({ remedyId: 'attach-pull-secret' }));
    expect(runOf(look(attach, 60, { state: 'failing', lastFailed: 50 }))?.state).toBe('applied');
    expect(runOf(look(attach, 60, { state: 'failing', since: 50 }))?.state).toBe('no-help');
  });

  it('nothing for half an hour is no help either', () => {
    const loaded = opened(retry());
    expect(runOf(look(loaded, 29 * 60, { state: 'waiting' }))?.state).toBe('applied');
    expect(runOf(look(loaded, 31 * 60, { state: 'waiting' }))?.state).toBe('no-help');
  });

  it('that helps after all is told so', () => {
    const loaded = look(look(opened(retry()), 20, { state: 'failing', since: 3 }), 30, RUNS);
    expect(runOf(loaded)?.state).toBe('verified');
    expect(remedyNotes(loaded).at(-1)).toMatch(/^helped after all: fixed in 34 s/);
  });
});

describe('what runs long after a remedy did not help', () => {
  const late = (run: RemedyRun, seconds: number, seen: Seen) =>
    runOf(look(look(opened(run), 20, seen), seconds, RUNS))?.state;

  it.each([
    { what: 'a retry, within the longest back-off', run: retry(), seconds: 370, state: 'verified' },
    { what: 'a retry, later: something else mended it', run: retry(), seconds: 400, state: 'no-help' },
    { what: 'an image that it set runs, whenever', run: rollBack(), seconds: 3_000, state: 'verified' },
  ])('$what: $state', ({ run, seconds, state }) => {
    expect(late(run, seconds, { state: 'failing', podImage: GOOD, since: 3 })).toBe(state);
  });
});

describe('a remedy whose workload is deleted', () => {
  const both = () => opened(retry(), ['checkout', 'api']);

  it.each(['gone', 'superseded'] as const)('%s: keeps nobody waiting for a proof that cannot come', (state) => {
    const loaded = look(both(), 10, { checkout: { state }, api: { state: 'failing', lastFailed: 5 } });
    expect(loaded.incident.state).toBe('open');
    expect(runOf(loaded)).toMatchObject({ state: 'applied', isMoot: true });
    expect(isUnderWay(runOf(loaded) as RemedyRun, loaded.incident.runs ?? [])).toBe(false);
  });

  it('is proven where it comes back', () => {
    let loaded = look(both(), 10, { checkout: { state: 'gone' }, api: { state: 'failing', lastFailed: 5 } });
    loaded = look(loaded, 20, { checkout: RUNS, api: { state: 'failing', lastFailed: 5 } });
    expect(runOf(loaded)).toMatchObject({ state: 'verified' });
    expect(runOf(loaded)?.isMoot).toBeUndefined();
  });

  it('does not count among those that were to run', () => {
    const api = 'shop/Deployment/api/app';
    const loaded = look(opened(retry({ members: [KEY, api] }), ['checkout', 'api']), 10, {
      checkout: RUNS,
      api: { state: 'gone' },
    });
    expect(remedyNotes(loaded).at(-1)).toContain('3 of 3 pods');
  });
});

describe('several uses', () => {
  it('a remedy without an image is proven as soon as all run', () => {
    const loaded = look(opened(retry()), 10, RUNS);
    expect(loaded.incident.state).toBe('recovered');
    expect(runOf(loaded)?.state).toBe('verified');
  });

  it('only the newest on the same members is followed', () => {
    const first = rollBack({ offerId: 'one', startedAt: at(-600), appliedAt: at(-599) });
    const loaded = look(opened([first, retry({ offerId: 'two' })]), 90, RUNS);
    expect(loaded.incident.runs?.map(({ state }) => state)).toEqual(['applied', 'verified']);
    expect(loaded.incident.state).toBe('recovered');
  });

  it('each is proven by its own members', () => {
    const api = 'shop/Deployment/api/app';
    const both = opened([retry({ offerId: 'one' }), retry({ offerId: 'two', members: [api] })], ['checkout', 'api']);
    const loaded = look(both, 10, { checkout: RUNS, api: { state: 'failing', since: 4 } });
    expect(loaded.incident.runs?.map(({ state }) => state)).toEqual(['verified', 'no-help']);
    expect(loaded.incident.state).toBe('open');
  });

  it('one over two namespaces is proven once both were seen to run, each in a look of its own', () => {
    const pay = 'pay/Deployment/api/app';
    const run = rollBack({ members: [KEY, pay], images: { [KEY]: GOOD, [pay]: GOOD } });
    let loaded = look(opened(run, ['checkout', 'pay/api']), 61, RUNS);
    expect(loaded.incident.state).toBe('repairing');
    expect(runOf(loaded)?.ranAt).toBeUndefined();
    loaded = look(loaded, 62, RUNS, { namespace: 'pay' });
    expect(loaded.incident.state).toBe('recovered');
    expect(remedyNotes(loaded).at(-1)).toContain('6 of 6 pods');
  });

  it('where one of two namespaces is put back, the whole is not green', () => {
    const pay = 'pay/Deployment/api/app';
    const run = rollBack({ members: [KEY, pay], images: { [KEY]: GOOD, [pay]: GOOD } });
    let loaded = look(opened(run, ['checkout', 'pay/api']), 30, RUNS);
    loaded = look(loaded, 62, { state: 'running', image: BAD, setBy: 'flux', setAt: 40 }, { namespace: 'pay' });
    expect(loaded.incident.state).toBe('repairing');
    expect(runOf(loaded)?.state).toBe('put-back');
  });

  it.each(['undo', 'silence-alert'] as const)('%s proves nothing and does not hold up the end', (remedyId) => {
    const loaded = look(opened(retry({ remedyId })), 10, RUNS);
    expect(loaded.incident.state).toBe('recovered');
    expect(runOf(loaded)?.state).toBe('applied');
  });

  it('what is being applied keeps the incident repairing, and is not judged', () => {
    const loaded = look(opened(retry({ state: 'applying', appliedAt: undefined })), 10, { state: 'failing', since: 5 });
    expect(loaded.incident.state).toBe('repairing');
    expect(runOf(loaded)?.state).toBe('applying');
  });

  it('keeps who is on it and who muted it', () => {
    const by = { teamId: 'T1', userId: 'U1', name: 'alice' };
    const loaded = opened(retry());
    const marked = { taken: { by, at: at(-10) }, muted: { by, at: at(-10), until: at(9_000) } };
    const after = look({ ...loaded, incident: { ...loaded.incident, ...marked } }, 10, RUNS);
    expect(after.incident).toMatchObject(marked);
  });
});

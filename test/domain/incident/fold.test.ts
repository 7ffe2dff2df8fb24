import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Finding } from '../../../shared/domain/finding.ts';
import { fold } from '../../../shared/domain/incident/fold.ts';
import type { Verdict } from '../../../shared/domain/incident/judge-member.ts';
import { nextLookAt } from '../../../shared/domain/incident/life.ts';
import type { Observation } from '../../../shared/domain/incident/observation.ts';
import type { LoadedIncident, Member } from '../../../shared/domain/incident.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

function finding(causeId: string, subject: string, confidence: Finding['confidence'] = 'likely'): Finding {
  return {
    causeId,
    confidence,
    family: causeId,
    subject,
    title: causeId,
    phrase: `${causeId} ${subject}`,
    healsByWaiting: 'no',
    evidence: [],
    fixes: [],
    docs: `docs/causes/${causeId}.md`,
  };
}

function member(name: string, observedAt: number, change: Partial<Member> = {}): Member {
  return {
    key: `shop/Deployment/${name}/app`,
    namespace: 'shop',
    workloadKind: 'Deployment',
    workloadName: name,
    container: 'app',
    containerKind: 'container',
    image: 'ghcr.io/acme/web:v2',
    state: 'failing',
    observedAt,
    reason: 'ImagePullBackOff',
    pods: [{ name: `${name}-1`, node: 'n1', since: NOW }],
    failingPods: 1,
    runningPods: 0,
    firstFailedAt: NOW,
    lastFailedAt: observedAt,
    tries: 1,
    findings: [finding('tag-not-found', 'web:v2')],
    errorText: 'not found',
    events: [],
    gaps: [],
    rollout: undefined,
    routing: { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: undefined },
    ...change,
  };
}

function verdict(state: Verdict['state']): Verdict {
  return { state, runningPods: state === 'running' ? 1 : 0, waitingPods: 0, rollout: undefined, image: undefined };
}

function observation(observedAt: number, failing: readonly Member[], change: Partial<Observation> = {}): Observation {
  return {
    cluster: 'prod',
    namespace: 'shop',
    observedAt,
    failing,
    repairOf: () => undefined,
    judge: () => verdict('running'),
    movedAway: new Set(),
    report: { from: 'alert', alerts: [], isClusterAssumed: false, notes: [] },
    isSlotTaken: () => false,
    newId: 'i1',
    timeScale: 1,
    ...change,
  };
}

/** What a store would hold after the fold. */
function apply(
  loaded: LoadedIncident | undefined,
  seen: Observation,
  now = seen.observedAt,
): LoadedIncident | undefined {
  const change = fold(loaded, seen, now);
  if (change === undefined) return loaded;
  const namespaces = change.slices.map(({ namespace }) => namespace);
  const kept = (loaded?.slices ?? []).filter(({ namespace }) => !namespaces.includes(namespace));
  return JSON.parse(
    JSON.stringify({ incident: change.incident, slices: [...kept, ...change.slices] }),
  ) as LoadedIncident;
}

function open(...names: readonly string[]): LoadedIncident {
  const loaded = apply(
    undefined,
    observation(
      NOW,
      names.map((name) => member(name, NOW)),
    ),
  );
  if (loaded === undefined) throw new Error('no incident');
  return loaded;
}

const stateOf = (loaded: LoadedIncident | undefined, name: string) =>
  loaded?.slices.flatMap(({ members }) => members).find(({ workloadName }) => workloadName === name)?.state;

describe('fold', () => {
  it('makes nothing of nothing', () => {
    expect(fold(undefined, observation(NOW, []), NOW)).toBeUndefined();
  });

  it('never moves a member back in time, in whatever order looks finish', () => {
    const word = fc.record({
      at: fc.integer({ min: 1, max: 50 }),
      web: fc.constantFrom('failing', 'running', 'gone', 'waiting'),
      api: fc.constantFrom('failing', 'running', 'gone', 'waiting'),
    });
    const words = fc.uniqueArray(word, { selector: ({ at }) => at, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, (looks) => {
        let loaded: LoadedIncident | undefined = open('web', 'api');
        let newest = 0;
        for (const look of looks) {
          // As far apart as looks are: closer ones that change nothing are not remembered.
          const at = NOW + look.at * 10_000;
          const failing = (['web', 'api'] as const).filter((name) => look[name] === 'failing');
          const judge = ({ workloadName }: Member) => verdict(look[workloadName as 'web' | 'api'] as Verdict['state']);
          loaded = apply(
            loaded,
            observation(
              at,
              failing.map((name) => member(name, at)),
              { judge },
            ),
            NOW + 60_000,
          );
          newest = Math.max(newest, at);
          for (const one of loaded?.slices.flatMap(({ members }) => members) ?? []) {
            expect(one.observedAt).toBeLessThanOrEqual(newest);
          }
        }
        const last = looks.reduce((a, b) => (b.at > a.at ? b : a));
        for (const name of ['web', 'api'] as const) {
          if (last[name] === 'failing') expect(stateOf(loaded, name)).toBe('failing');
          if (last[name] === 'running' && stateOf(loaded, name) === 'failing')
            throw new Error('the newest word was lost');
        }
        const hasFailing = loaded?.slices.some(({ members }) => members.some(({ state }) => state === 'failing'));
        expect(loaded?.incident.endedAt === undefined).toBe(hasFailing);
      }),
      { numRuns: 500 },
    );
  });

  it('drops an older look whole, a failing member in it included', () => {
    const loaded = apply(open('web'), observation(NOW + 10_000, []));
    expect(loaded?.incident.state).toBe('recovered');
    expect(fold(loaded, observation(NOW + 5_000, [member('web', NOW + 5_000)]), NOW + 11_000)).toBeUndefined();
  });

  it('is idempotent: the same look twice changes nothing', () => {
    const seen = observation(NOW, [member('web', NOW)]);
    expect(fold(open('web'), seen, NOW)).toBeUndefined();
  });

  it('does not publish counts of tries and flips of the waiting reason, but remembers the look', () => {
    const loaded = open('web');
    const later = member('web', NOW + 60_000, { reason: 'ErrImagePull', tries: 7, lastFailedAt: NOW + 60_000 });
    const change = fold(loaded, observation(NOW + 60_000, [later]), NOW + 60_000);
    expect(change?.incident).toMatchObject({ revision: 1, lastLookAt: NOW + 60_000, changedAt: NOW });
    expect(change?.expectedRevision).toBe(1);
  });

  it.each([
    { what: 'a pod more', change: { failingPods: 2 } },
    { what: 'another image', change: { image: 'ghcr.io/acme/web:v3' } },
    { what: 'a surer finding', change: { findings: [finding('tag-not-found', 'web:v2', 'certain')] } },
    { what: 'a gap', change: { gaps: [{ what: 'secret shop/x could not be read', why: '403' }] } },
  ])('publishes $what', ({ change }) => {
    const at = NOW + 1_000;
    expect(fold(open('web'), observation(at, [member('web', at, change)]), at)?.incident.revision).toBe(2);
  });

  it('keeps its slot while members disagree, and follows them once they agree', () => {
    const [first, second] = [NOW + 10_000, NOW + 20_000];
    const other = { findings: [finding('dns-failure', 'ghcr.io')] };
    let loaded = apply(open('web', 'api'), observation(first, [member('web', first, other), member('api', first)]));
    expect(loaded?.incident).toMatchObject({ slot: 'prod|tag-not-found|web:v2', best: { causeId: 'tag-not-found' } });
    const change = fold(
      loaded,
      observation(second, [member('web', second, other), member('api', second, other)]),
      second,
    );
    expect(change).toMatchObject({
      releasedSlot: 'prod|tag-not-found|web:v2',
      incident: { slot: 'prod|dns-failure|ghcr.io', best: { causeId: 'dns-failure' } },
    });
    loaded = apply(loaded, observation(second, [member('web', second, other), member('api', second, other)]));
    expect(loaded?.incident.notes.map(({ kind }) => kind)).toEqual(['changed-cause']);
  });

  it('does not take a slot that another incident holds: the member drifts', () => {
    const at = NOW + 10_000;
    const change = fold(
      open('web'),
      observation(at, [member('web', at, { findings: [finding('dns-failure', 'ghcr.io')] })], {
        isSlotTaken: () => true,
      }),
      at,
    );
    expect(change).toMatchObject({ releasedSlot: undefined, incident: { slot: 'prod|tag-not-found|web:v2' } });
    expect(change?.slices[0]?.members[0]?.drift).toEqual({ slot: 'prod|dns-failure|ghcr.io', since: at });
  });

  it('tells a flapping cause once each way', () => {
    let loaded: LoadedIncident | undefined = open('web');
    for (let n = 1; n <= 10; n += 1) {
      const at = NOW + n * 10_000;
      const findings = [n % 2 === 1 ? finding('dns-failure', 'ghcr.io') : finding('tag-not-found', 'web:v2')];
      loaded = apply(loaded, observation(at, [member('web', at, { findings })]));
    }
    expect(loaded?.incident.notes).toHaveLength(2);
  });

  it('never loses a known cause to a look that only sees a back-off', () => {
    const at = NOW + 10_000;
    const silent = member('web', at, {
      findings: [finding('unknown', 'web')],
      errorText: 'Back-off pulling image "ghcr.io/acme/web:v2"',
    });
    expect(fold(open('web'), observation(at, [silent]), at)?.incident.revision ?? 1).toBe(1);
    const changed = { ...silent, errorText: 'failed to reserve container name' };
    expect(apply(open('web'), observation(at, [changed]))?.incident.best.causeId).toBe('unknown');
  });
});

describe('nextLookAt', () => {
  const incident = { state: 'open' as const, changedAt: NOW, endedAt: undefined };
  it.each([
    { minutes: 0, scale: 1, seconds: 10 },
    { minutes: 1.9, scale: 1, seconds: 10 },
    { minutes: 2, scale: 1, seconds: 60 },
    { minutes: 59.9, scale: 1, seconds: 60 },
    { minutes: 60, scale: 1, seconds: 300 },
    { minutes: 0.19, scale: 0.1, seconds: 1 },
    { minutes: 0.2, scale: 0.1, seconds: 6 },
  ])('$minutes min after the last change, scale $scale: in $seconds s', ({ minutes, scale, seconds }) => {
    const now = NOW + minutes * 60_000;
    expect(nextLookAt(incident, now, scale)).toBe(now + seconds * 1_000);
  });

  it.each([
    { seconds: 0, next: 10_000 },
    { seconds: 119, next: 10_000 },
    { seconds: 120, next: undefined },
  ])('$seconds s after its end: $next', ({ seconds, next }) => {
    const now = NOW + seconds * 1_000;
    const ended = { state: 'recovered' as const, changedAt: NOW, endedAt: NOW };
    expect(nextLookAt(ended, now, 1)).toBe(next === undefined ? undefined : now + next);
  });
});

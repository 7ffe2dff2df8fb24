import { describe, expect, it } from '@jest/globals';
import { firstLine } from '../../shared/chat/first-line.ts';
import { dotRank } from '../../shared/chat/harm.ts';
import type { IncidentView } from '../../shared/chat/incident-view.ts';
import { findLimitProblems } from '../../shared/chat/slack/limits.ts';
import { renderIncident } from '../../shared/chat/slack/render-incident.ts';
import type { Incident } from '../../shared/domain/incident.ts';
import type { RemedyRun } from '../../shared/domain/remedy/run.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { MINUTE, NOW, sampleMember } from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';
import { DOWN, image, KEY, running, set, view } from '../support/sample-view.ts';

describe('the first line and what was tried', () => {
  const down = (change: Partial<Incident>) => view([sampleMember(DOWN)], change);
  const watched = { rollout: set(NOW - 20_000) };
  const putBack = aRun({ ...image, state: 'put-back', why: 'argocd-controller set x', endedAt: NOW - 5_000 });

  it.each([
    {
      what: 'keeps what serves while it is proven',
      of: view([sampleMember()], { runs: [aRun(image)] }),
      text: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: rolled back to v1.2.2 by alice, not proven yet',
    },
    {
      what: 'keeps that nothing serves',
      of: down({ runs: [aRun(image)] }),
      text: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: rolled back to v1.2.2 by alice, not proven yet; tag v1.2.33 does not exist',
    },
    {
      what: 'does not say done of what is being done',
      of: down({ runs: [aRun({ ...image, state: 'applying', appliedAt: undefined })] }),
      text: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: “Roll back to v1.2.2” by alice is under way; tag v1.2.33 does not exist',
    },
    {
      what: 'does not call tried what was taken back',
      of: down({ runs: [aRun(image), aRun({ ...image, remedyId: 'undo', label: 'Undo Roll back', offerId: 'two' })] }),
      text: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'says of pods that run who put the image back',
      of: view([running(watched)], { state: 'repairing', runs: [putBack] }),
      text: '🟠 prod-eu shop/checkout runs, being watched until 09:17 UTC: argocd-controller put the image back',
    },
    {
      what: 'says what is watched, whatever was silenced since',
      of: view([running(watched)], {
        state: 'repairing',
        runs: [aRun(image), aRun({ offerId: 'two', remedyId: 'silence-alert', label: 'Silence the alert' })],
      }),
      text: '🟠 prod-eu shop/checkout runs, being watched until 09:17 UTC: rolled back to v1.2.2 by alice',
    },
    {
      what: 'says nothing of what was done for a workload that runs',
      of: view([running(), sampleMember({ ...DOWN, workloadName: 'web' })], { runs: [aRun({ state: 'no-help' })] }),
      text: '🔴 prod-eu shop/web is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'gives nobody credit for an end that came after another failure',
      of: view([running()], {
        state: 'recovered',
        endedAt: NOW,
        runs: [aRun({ state: 'verified', appliedAt: NOW - 40 * MINUTE, endedAt: NOW - 39 * MINUTE })],
      }),
      text: '🟢 prod-eu shop/checkout pulls again after 4 min, was: tag v1.2.33 does not exist. 3 of 3 pods run',
    },
  ])('$what', ({ of, text }) => {
    expect(firstLine(of).text).toBe(text);
    assertFirstLine(text);
  });
});

describe('a team’s part of several', () => {
  const theirs = 'pay/Deployment/checkout/app';
  const members = [sampleMember(DOWN), sampleMember({ namespace: 'pay' })];
  const team = { namespaces: ['shop'], channel: '#shop' };

  it.each([
    { state: 'no-help', why: 'secret pay/creds is missing', told: 'some of what it was for still fails' },
    { state: 'put-back', why: 'pay-deployer set registry.example/pay:v1', told: 'somebody set another image' },
    { state: 'stopped', why: 'pay-deployer changed pay/checkout', told: 'not all of it was done' },
  ] as const)('of a use for others too that is $state does not say why', ({ state, why, told }) => {
    const runs = [aRun({ state, why, members: [KEY, theirs], endedAt: NOW })];
    const part = view(members, { runs }, team);
    const { message } = renderIncident(part, NOW);
    expect(JSON.stringify(message)).toContain(told);
    expect(JSON.stringify(message)).not.toMatch(/pay/);
    expect(JSON.stringify(renderIncident(view(members, { runs }), NOW).message)).toContain(why);
  });

  it('hears that the whole ended or began again without the names of others', () => {
    const notes = [
      { key: 'a', at: NOW, kind: 'recovered', text: 'runs: shop/checkout, pay/checkout' },
      { key: 'b', at: NOW, kind: 'reopened', text: 'fails again: pay/checkout' },
      { key: 'c', at: NOW, kind: 'joined', text: 'pay/checkout fails for the same reason' },
    ] as const;
    expect(view(members, { notes }, team).notes.map(({ text }) => text)).toEqual(['runs again', 'fails again']);
    const fine = [running(), sampleMember({ namespace: 'pay' })];
    expect(view(fine, { notes }, team).notes.map(({ text }) => text)).toEqual(['runs again']);
    expect(view(members, { notes }).notes).toEqual(notes);
  });
});

describe('an undo after the end', () => {
  const undo = aRun({ ...image, remedyId: 'undo', offerId: 'two', label: 'Undo Roll back to v1.2.2', members: [] });
  const fixed = aRun({ ...image, state: 'verified', appliedAt: NOW - 3 * MINUTE, endedAt: NOW - 2 * MINUTE });
  const over = { state: 'recovered', endedAt: NOW - 2 * MINUTE } as const;
  const at = (change: Partial<RemedyRun>, now = NOW) =>
    view([running()], { ...over, runs: [fixed, { ...undo, ...change }] }, {}, now);

  it('is not green while nobody knows what it does', () => {
    const one = at({});
    expect(firstLine(one).text).toBe(
      '🟡 prod-eu shop/checkout runs, being watched until 09:17 UTC: undid Roll back to v1.2.2 by alice',
    );
    expect(one.undoneUntil).toBe(NOW + 50_000);
    expect(findLimitProblems(renderIncident(one, NOW).message)).toEqual([]);
  });

  it.each([
    { what: 'a minute after it', now: NOW + 50_000, change: {} },
    { what: 'where it was not done', now: NOW, change: { state: 'stopped', appliedAt: undefined } },
    { what: 'where it ended a silence', now: NOW, change: { images: {} } },
    { what: 'where it was before the end', now: NOW, change: { appliedAt: NOW - 2 * MINUTE - 1 } },
  ] as const)('is green $what', ({ now, change }) => {
    expect(at(change, now)).toMatchObject({ dot: 'green', undoneUntil: undefined });
  });

  it('is no turn to the better where it fails again: that buzzes', () => {
    const again = view([sampleMember()], { state: 'open', runs: [fixed, undo] });
    expect(dotRank(again.dot)).toBeGreaterThan(dotRank(at({}).dot));
  });
});

describe('what was done', () => {
  const body = (one: IncidentView) => JSON.stringify(renderIncident(one, NOW).message.blocks);

  it.each([
    { what: 'a refresh', change: { remedyId: 'refresh-pull-secret' }, says: 'done as pullmedic’s refresh identity.' },
    { what: 'a silence', change: { remedyId: 'silence-alert' }, says: 'Allowed by rule `shop`.' },
    { what: 'what stopped half way', change: { state: 'stopped', why: 'x' }, says: 'remedy identity.' },
  ] as const)('$what names the rule and whose rights it used', ({ change, says }) => {
    expect(body(view([sampleMember()], { runs: [aRun({ ...change, endedAt: NOW })] }))).toContain(says);
  });

  it('says of what fails again that it was fixed, not by how many pods of now', () => {
    const run = aRun({ state: 'verified', startedAt: NOW - 300_000, ranAt: NOW - 259_000, endedAt: NOW - 250_000 });
    const again = body(view([sampleMember()], { runs: [run] }));
    expect(again).toContain('*Fixed in 41 s*; it fails again since.');
    expect(again).not.toMatch(/of 3 pods/);
  });

  it('names no command again after it was put back, whatever was silenced since', () => {
    const putBack = aRun({ ...image, state: 'put-back', why: 'argocd set x', endedAt: NOW });
    const silence = aRun({ offerId: 'two', remedyId: 'silence-alert', label: 'Silence the alert' });
    expect(body(view([sampleMember()], { runs: [putBack, silence] }))).not.toContain('Fix now');
  });

  it('says of a deleted workload that nothing is left to prove it by', () => {
    const one = view([sampleMember({ state: 'gone' }), sampleMember({ workloadName: 'web' })], {
      runs: [aRun({ isMoot: true })],
    });
    expect(body(one)).toContain('Nothing of it is left to prove it by.');
  });
});

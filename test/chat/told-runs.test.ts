import { describe, expect, it } from '@jest/globals';
import { firstLine } from '../../shared/chat/first-line.ts';
import { type IncidentView, viewIncident } from '../../shared/chat/incident-view.ts';
import { type Audience, routeIncident } from '../../shared/chat/route.ts';
import type { Incident, Member } from '../../shared/domain/incident.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { MINUTE, NOW, sampleConfig, sampleIncident, sampleMember, sampleRollout } from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';

const KEY = 'shop/Deployment/checkout/app';
const GOOD = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:v1.2.2';
const DOWN = { rollout: sampleRollout({ available: 0, oldAvailable: 0 }) };
const image = { images: { [KEY]: GOOD } };
const set = (at: number) => sampleRollout({ templateImage: GOOD, imageSetBy: 'pullmedic', imageSetAt: at });

function view(
  members: readonly Member[],
  change: Partial<Incident> = {},
  audience: Partial<Audience> = {},
  now = NOW,
): IncidentView {
  const loaded = sampleIncident(members, change);
  const [first] = routeIncident(loaded, sampleConfig());
  if (first === undefined) throw new Error('nobody hears of it');
  return viewIncident(loaded, { ...first, ...audience }, sampleConfig(), now);
}

function running(change: Partial<Member> = {}): Member {
  return sampleMember({ state: 'running', failingPods: 0, runningPods: 3, pods: [], ...change });
}

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

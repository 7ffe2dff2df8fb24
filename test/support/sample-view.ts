import { type IncidentView, viewIncident } from '../../shared/chat/incident-view.ts';
import { type Audience, routeIncident } from '../../shared/chat/route.ts';
import type { Incident, Member } from '../../shared/domain/incident.ts';
import { NOW, sampleConfig, sampleIncident, sampleMember, sampleRollout } from './sample-incident.ts';

export const KEY = 'shop/Deployment/checkout/app';
const GOOD = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:v1.2.2';
/** Nothing of it serves. */
export const DOWN = { rollout: sampleRollout({ available: 0, oldAvailable: 0 }) };
/** Of a run that set it. */
export const image = { images: { [KEY]: GOOD } };

/** What the first channel sees of an incident with these members. */
export function view(
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

/** All its pods run. */
export function running(change: Partial<Member> = {}): Member {
  return sampleMember({ state: 'running', failingPods: 0, runningPods: 3, pods: [], ...change });
}

/** Who set the image of the pod template, and when. */
export function set(at: number, templateImage = GOOD, imageSetBy = 'pullmedic') {
  return sampleRollout({ templateImage, imageSetBy, imageSetAt: at });
}

import { describe, expect, it } from '@jest/globals';
import type { AlertHint } from '../../shared/domain/jobs.ts';
import type { NoPlan, Plan } from '../../shared/domain/remedy/plan.ts';
import { planSilence, type SilenceQuestion } from '../../shared/remedies/silence.ts';
import { planned, refusal } from './plans.ts';

const AM = { url: 'https://am.example.com', clusters: undefined };

function alert(labels: Readonly<Record<string, string>>, change: Partial<AlertHint> = {}): AlertHint {
  return { name: 'ImagePull', status: 'firing', startsAt: 0, fingerprint: undefined, labels, ...change };
}

function plan(alerts: readonly AlertHint[], change: Partial<SilenceQuestion> = {}): Plan | NoPlan {
  return planSilence({ alerts, alertmanagers: [AM], cluster: 'prod-eu', choice: undefined, ...change });
}

function silences(result: Plan | NoPlan) {
  return planned(result).changes.map((change) => {
    if (change.kind !== 'silence-alerts') throw new Error(change.kind);
    return change.matchers.map(({ name, value }) => `${name}=${value}`).join(' ');
  });
}

describe('a silence', () => {
  it.each([
    {
      what: 'names the pod of one alert',
      alerts: [alert({ namespace: 'shop', pod: 'web-1', severity: 'page' })],
      expected: ['alertname=ImagePull namespace=shop pod=web-1'],
    },
    {
      what: 'names what several alerts share, and no pod then',
      alerts: [alert({ namespace: 'shop', pod: 'web-1' }), alert({ namespace: 'shop', pod: 'web-2' })],
      expected: ['alertname=ImagePull namespace=shop'],
    },
    {
      what: 'names the workload rather than its pod, which changes',
      alerts: [alert({ cluster: 'eu', namespace: 'shop', deployment: 'web', pod: 'web-1' })],
      expected: ['alertname=ImagePull cluster=eu namespace=shop deployment=web'],
    },
    {
      what: 'is one a name and namespace',
      alerts: [alert({ namespace: 'shop' }), alert({ namespace: 'ml' }), alert({ namespace: 'ml' }, { name: 'Other' })],
      expected: [
        'alertname=ImagePull namespace=ml',
        'alertname=ImagePull namespace=shop',
        'alertname=Other namespace=ml',
      ],
    },
    {
      what: 'leaves alone what is resolved, and what is only a name',
      alerts: [
        alert({ namespace: 'shop' }),
        alert({ namespace: 'ml' }, { status: 'resolved' }),
        alert({ severity: 'x' }),
      ],
      expected: ['alertname=ImagePull namespace=shop'],
    },
  ])('$what', ({ alerts, expected }) => {
    expect(silences(plan(alerts))).toEqual(expected);
  });

  it.each([
    { choice: undefined, minutes: 60 },
    { choice: '240', minutes: 240 },
    { choice: '1440', minutes: 1440 },
  ])('of choice $choice lasts $minutes min', ({ choice, minutes }) => {
    expect(plan([alert({ namespace: 'shop' })], { choice })).toMatchObject({
      changes: [{ minutes, alertmanager: AM.url }],
      choice: String(minutes),
      pods: 0,
      danger: 'safe',
    });
  });

  it('goes to each Alertmanager of the cluster, and to no other', () => {
    const alertmanagers = [AM, { url: 'http://own', clusters: ['prod-eu'] }, { url: 'http://dev', clusters: ['dev'] }];
    expect(plan([alert({ namespace: 'shop' })], { alertmanagers })).toMatchObject({
      changes: [{ alertmanager: AM.url }, { alertmanager: 'http://own' }],
    });
  });

  it.each<{ what: string; alerts: readonly AlertHint[]; change?: Partial<SilenceQuestion>; why: RegExp }>([
    { what: 'nothing fires', alerts: [alert({ namespace: 'a' }, { status: 'resolved' })], why: /nothing to silence/ },
    { what: 'they share their name only', alerts: [alert({})], why: /no label but their name/ },
    {
      what: 'another length',
      alerts: [alert({ namespace: 'a' })],
      change: { choice: '99999' },
      why: /1, 4 or 24 hours/,
    },
  ])('is none where $what', ({ alerts, change, why }) => {
    const result = plan(alerts, change);
    expect(refusal(result)).toMatch(why);
  });

  it('is the exact command, quoted, where no Alertmanager is configured', () => {
    const result = plan([alert({ namespace: 'shop', pod: "w'eb; rm -rf" })], { alertmanagers: [] });
    expect(refusal(result)).toContain(
      `amtool silence add 'alertname="ImagePull"' 'namespace="shop"' 'pod="w'\\''eb; rm -rf"' --duration=60m --comment='silenced with pullmedic'`,
    );
    const hostile = plan([alert({ namespace: 'shop', pod: 'a\u202eb' })], { alertmanagers: [] });
    expect(refusal(hostile)).toContain('silence it there by hand');
  });
});

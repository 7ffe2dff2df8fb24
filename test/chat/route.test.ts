import { describe, expect, it } from '@jest/globals';
import { environmentOf, routeIncident } from '../../shared/chat/route.ts';
import { matchesGlob } from '../../shared/domain/glob.ts';
import type { MemberRouting } from '../../shared/domain/incident.ts';
import { anyRoute, sampleConfig, sampleIncident, sampleMember } from '../support/sample-incident.ts';

const silent: MemberRouting = { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: undefined };

describe('who hears of an incident', () => {
  it.each([
    { what: 'a namespace of a route', namespace: 'ml-batch', routing: silent, channel: 'C0MLTEAM1' },
    { what: 'a namespace of none', namespace: 'shop', routing: silent, channel: 'C0PLATFORM' },
    {
      what: 'an annotation that is allowed',
      namespace: 'ml',
      routing: { ...silent, channel: 'shop-alerts' },
      channel: '#shop-alerts',
    },
    {
      what: 'an annotation that nobody allowed',
      namespace: 'ml',
      routing: { ...silent, channel: '#ceo' },
      channel: 'C0MLTEAM1',
    },
    {
      what: 'an annotation with the channel of another route',
      namespace: 'shop',
      routing: { ...silent, channel: 'payments' },
      channel: '#payments',
    },
  ])('$what ─▶ $channel', ({ namespace, routing, channel }) => {
    const audiences = routeIncident(sampleIncident([sampleMember({ namespace, routing })]), sampleConfig());
    expect(audiences.map((audience) => audience.channel)).toEqual([channel]);
    expect(audiences[0]?.namespaces).toEqual(channel === 'C0PLATFORM' ? undefined : [namespace]);
  });

  it('several teams: the platform channel all, each team its own', () => {
    const members = ['ml', 'pay', 'shop'].map((namespace) => sampleMember({ namespace }));
    const heard = routeIncident(sampleIncident(members), sampleConfig());
    expect(heard.map(({ channel, namespaces }) => [channel, namespaces])).toEqual([
      ['C0MLTEAM1', ['ml']],
      ['#payments', ['pay']],
      ['C0PLATFORM', undefined],
    ]);
  });

  it('channels that have the message already keep hearing of it', () => {
    const heard = routeIncident(sampleIncident([sampleMember({ namespace: 'ml' })]), sampleConfig(), [
      '#payments',
      'C0PLATFORM',
    ]);
    expect(heard.map(({ channel, namespaces }) => [channel, namespaces])).toEqual([
      ['C0MLTEAM1', ['ml']],
      ['#payments', []],
      ['C0PLATFORM', undefined],
    ]);
  });

  it('an incident without members goes to the platform channel', () => {
    expect(routeIncident(sampleIncident([]), sampleConfig()).map(({ channel }) => channel)).toEqual(['C0PLATFORM']);
  });

  it.each([
    { asked: 'S0PAYONCALL', namespace: 'shop', oncall: 'S0PAYONCALL' },
    { asked: 'S0SOMEBODYELSE', namespace: 'shop', oncall: 'S0PLATFORM1' },
    { asked: '!channel', namespace: 'pay', oncall: 'S0PAYONCALL' },
    { asked: undefined, namespace: 'pay', oncall: 'S0PAYONCALL' },
    { asked: undefined, namespace: 'shop', oncall: 'S0PLATFORM1' },
  ])('on call: $asked in $namespace ─▶ $oncall', ({ asked, namespace, oncall }) => {
    const member = sampleMember({ namespace, routing: { ...silent, oncall: asked } });
    expect(routeIncident(sampleIncident([member]), sampleConfig())[0]?.oncall).toBe(oncall);
  });
});

describe('the environment', () => {
  const rules = [
    { ...anyRoute(), namespaces: ['sandbox-*'], environment: 'non-prod' as const },
    { ...anyRoute(), namespaces: ['*'], clusters: ['stage-*'], environment: 'non-prod' as const },
  ];
  const config = sampleConfig({ routes: { rules, allowedChannels: [], allowedLinkHosts: [] } });

  it.each([
    { cluster: 'prod-eu', namespace: 'shop', environment: 'prod' },
    { cluster: 'prod-eu', namespace: 'sandbox-ann', environment: 'non-prod' },
    { cluster: 'dev', namespace: 'shop', environment: 'non-prod' },
    { cluster: 'stage-1', namespace: 'shop', environment: 'non-prod' },
    { cluster: 'nobody-classified-it', namespace: 'shop', environment: 'prod' },
  ])('of $cluster $namespace is $environment', ({ cluster, namespace, environment }) => {
    expect(environmentOf(cluster, namespace, config)).toBe(environment);
  });
});

describe('matchesGlob', () => {
  it.each([
    ['*', 'anything', true],
    ['ml-*', 'ml-batch', true],
    ['ml-*', 'ml', false],
    ['ml.x', 'mlax', false],
    ['team-?', 'team-a', true],
    ['team-?', 'team-ab', false],
    ['shop', 'shop-2', false],
  ])('%s on %s: %s', (glob, text, matches) => {
    expect(matchesGlob(glob, text)).toBe(matches);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buzzLine, firstLine, wordedLine } from '../../shared/chat/first-line.ts';
import { toPlain } from '../../shared/chat/plain-text.ts';
import type { Incident, Member } from '../../shared/domain/incident.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { MINUTE, NOW, sampleMember, sampleRollout, secretExpired, tagMissing } from '../support/sample-incident.ts';
import { view } from '../support/sample-view.ts';

const many = Array.from({ length: 4 }, (_, n) =>
  sampleMember({ namespace: `shop-${n}`, failingPods: n + 2, findings: [secretExpired()] }),
);
const onNode = ['checkout', 'web'].map((workloadName) =>
  sampleMember({
    workloadName,
    failingPods: 4,
    rollout: sampleRollout({ available: 2, oldAvailable: 0 }),
    pods: [{ name: 'p', node: 'ip-10-0-3-7.eu-west-1.compute.internal', since: NOW }],
    findings: [
      tagMissing({
        causeId: 'disk-full',
        family: 'node-disk',
        subject: 'ip-10-0-3-7.eu-west-1.compute.internal',
        phrase: 'disk full',
      }),
    ],
  }),
);
const ended = { state: 'recovered', endedAt: NOW + 2 * MINUTE } as const;

describe('the first line', () => {
  it.each<{ what: string; line: string; members: readonly Member[]; change?: Partial<Incident> }>([
    {
      what: 'a stuck rollout',
      members: [sampleMember()],
      line: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    },
    {
      what: 'a stuck rollout whose tag may still be pushed',
      members: [sampleMember({ rollout: sampleRollout({ revisionCreatedAt: NOW - MINUTE }) })],
      line: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist (not there yet?)',
    },
    {
      what: 'a long name: what serves is told, the question is left out',
      members: [
        sampleMember({
          namespace: 'web-frontend-europe',
          workloadName: 'storefront',
          rollout: sampleRollout({ revisionCreatedAt: NOW - MINUTE }),
        }),
      ],
      line: '🟠 prod-eu web-frontend-europe/storefront rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    },
    {
      what: 'nothing serves any more',
      members: [sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) })],
      line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'some serve',
      members: [
        sampleMember({ workloadKind: 'StatefulSet', rollout: sampleRollout({ available: 2, oldAvailable: 0 }) }),
      ],
      line: '🟠 prod-eu shop/checkout degraded, 2/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'a bare pod',
      members: [sampleMember({ workloadKind: 'Pod', rollout: undefined })],
      line: '🟠 prod-eu shop/checkout did not start: tag v1.2.33 does not exist',
    },
    {
      what: 'a nightly run',
      members: [sampleMember({ namespace: 'batch', workloadName: 'etl', workloadKind: 'CronJob', rollout: undefined })],
      line: '🟠 prod-eu batch/etl did not start (CronJob): tag v1.2.33 does not exist',
    },
    {
      what: 'a rollout whose numbers are not known: never red',
      members: [sampleMember({ rollout: undefined, failingPods: 3 })],
      line: '🟠 prod-eu shop/checkout cannot start: tag v1.2.33 does not exist, 3 pods',
    },
    {
      what: 'not prod: never red',
      members: [sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) })],
      change: { cluster: 'dev' },
      line: '🟡 dev shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'a cluster that nobody classified: prod',
      members: [sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) })],
      change: { cluster: 'other' },
      line: '🔴 other shop/checkout is DOWN, 0/3 serve: tag v1.2.33 does not exist',
    },
    {
      what: 'a debug container: nobody waits for it',
      members: [sampleMember({ containerKind: 'ephemeral' })],
      line: '🟡 prod-eu shop/checkout cannot start: tag v1.2.33 does not exist',
    },
    {
      what: 'several workloads',
      members: many,
      line: '🟠 prod-eu shop-0/checkout +3 more: ECR pull secret has expired, 14 pods cannot start',
    },
    {
      what: 'a node',
      members: onNode,
      line: '🟠 prod-eu node ip-10-0-3-7: disk full, 8 pods cannot start there; all 2 workloads still serve elsewhere',
    },
    {
      what: 'a recovery',
      members: [sampleMember({ state: 'running', failingPods: 0, runningPods: 3 })],
      change: ended,
      line: '🟢 prod-eu shop/checkout pulls again after 6 min, was: tag v1.2.33 does not exist. 3 of 3 pods run',
    },
    {
      what: 'a deletion: it never pulled again',
      members: [sampleMember({ state: 'gone', failingPods: 0 })],
      change: { ...ended, state: 'gone' },
      line: '🟢 prod-eu shop/checkout is gone after 6 min (deleted or scaled to 0), was: tag v1.2.33 does not exist',
    },
    {
      what: 'what may fail for another reason now: not green',
      members: [sampleMember({ state: 'superseded', failingPods: 0 })],
      change: { ...ended, state: 'superseded' },
      line: '🟡 prod-eu shop/checkout no longer waits for this image, was: tag v1.2.33 does not exist',
    },
    {
      what: 'no pod fails, but it is not proven yet: not green',
      members: [sampleMember({ state: 'running', failingPods: 0 })],
      line: '🟠 prod-eu shop/checkout: no pod fails now, still watching, was: tag v1.2.33 does not exist',
    },
    {
      what: 'an end that one pod contradicts: not green',
      members: [sampleMember(), sampleMember({ workloadName: 'web', state: 'running' })],
      change: ended,
      line: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    },
  ])('of $what', ({ members, change, line }) => {
    const { text } = firstLine(view(members, change));
    assertFirstLine(text, { mayBeRed: line.startsWith('🔴') });
    expect(text).toBe(line);
  });

  it('has the same words in the text and in the block’s head and tail', () => {
    const line = firstLine(view([sampleMember()]));
    expect(`${line.emoji} ${line.head}${line.tail}`).toBe(line.text);
  });

  it('keeps the longest names apart and the cause readable', () => {
    const long = sampleMember({ namespace: 'n'.repeat(63), workloadName: `${'w'.repeat(240)}-blue` });
    const { text } = firstLine(view([long], { cluster: 'c'.repeat(250) }));
    assertFirstLine(text);
    expect(text).toContain('-blue');
    expect(text).toContain('tag v1.2.33');
  });

  it('holds its rules for any names and phrases', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 250, unit: 'grapheme' }),
      fc.string({ maxLength: 250, unit: 'binary' }),
    );
    const nasty = fc.constantFrom(
      'acme/trainer:2: a:b:c',
      '<!channel> & `x` *y* @here',
      'pull 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:0123456789abcdef failed',
      'https://evil.example.com/x',
      '\u202Egnp.exe\u2066',
    );
    fc.assert(
      fc.property(
        fc.oneof(text, nasty),
        fc.oneof(text, nasty),
        fc.oneof(text, nasty),
        fc.constantFrom('failing', 'running', 'gone', 'superseded'),
        (phrase, name, cluster, state) => {
          const member = sampleMember({ workloadName: name, state, findings: [tagMissing({ phrase })] });
          const shown = view([member], { cluster, state: state === 'failing' ? 'open' : 'recovered' });
          for (const line of [firstLine(shown), buzzLine(shown, 'worse'), wordedLine(shown, phrase)]) {
            assertFirstLine(line.text);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('toPlain', () => {
  it.each([
    ['tag v1.2.33 does not exist', 'tag v1.2.33 does not exist'],
    ['tag 2.7.18.RELEASE does not exist', 'tag 2.7.18.RELEASE does not exist'],
    ['tag 1.0.0.dev does not exist', 'tag 1.0.0.dev does not exist'],
    ['hosts.toml cannot be read', 'hosts.toml cannot be read'],
    ['ghcr.io answers 403', 'GitHub packages answers 403'],
    ['registry.acme.internal:5000/team/app is missing', 'team/app is missing'],
    ['cannot reach registry.acme.internal:5000', 'cannot reach the registry host'],
    ['dial tcp 10.0.0.1:443: refused', 'dial tcp an address: refused'],
    ['a\u0000b\u202Ec\nd', 'a b c d'],
    ['app@sha256:0123abcd is gone', 'app is gone'],
    ['my_image_name', 'my_image_name'],
  ])('%j ─▶ %j', (text, plain) => {
    expect(toPlain(text)).toBe(plain);
  });
});

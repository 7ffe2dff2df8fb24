import { describe, expect, it } from '@jest/globals';
import { findLimitProblems } from '../../shared/chat/slack/limits.ts';
import { renderNotice } from '../../shared/chat/slack/render-notice.ts';
import type { RefreshTroubleNotice, SecretsRepairedNotice } from '../../shared/domain/jobs.ts';
import type { RefreshTrouble, TroubleCause } from '../../shared/domain/refresh/trouble.ts';
import type { ChatMessage } from '../../shared/ports/chat.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { refreshTarget } from '../support/refresh-builders.ts';
import { sampleConfig } from '../support/sample-incident.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;
const config = sampleConfig({ targets: [refreshTarget()] });

function trouble(
  change: Partial<RefreshTrouble> = {},
  notice: Partial<RefreshTroubleNotice> = {},
): RefreshTroubleNotice {
  return {
    type: 'refresh-trouble',
    cluster: 'prod-eu',
    since: NOW - HOUR,
    at: NOW,
    revision: 1,
    ...notice,
    trouble: {
      cause: 'role-refused',
      secrets: 4,
      namespaces: 2,
      examples: ['shop/ecr-creds', 'pay/ecr-creds'],
      why: 'AssumeRole arn:aws:iam::123456789012:role/pull (eu-west-1): AccessDenied',
      endsAt: NOW + 3 * HOUR,
      ...change,
    },
  };
}

const repaired: SecretsRepairedNotice = {
  type: 'secrets-repaired',
  cluster: 'prod-eu',
  at: NOW,
  revision: 1,
  repaired: {
    secrets: 4,
    namespaces: 3,
    examples: ['pay/ecr-creds', 'shop/ecr-creds'],
    writers: ['ecr-renew'],
    targets: ['shop'],
    expiredAt: NOW - 6 * HOUR,
    endsAt: NOW + 12 * HOUR,
  },
};

function textOf({ blocks }: ChatMessage): string {
  return blocks
    .flatMap(({ text, elements }) => [text, ...((elements as readonly unknown[] | undefined) ?? [])])
    .map((part) => (part as { readonly text?: string } | undefined)?.text ?? '')
    .filter((part) => part !== '')
    .join('\n');
}

const CAUSES: readonly TroubleCause[] = [
  'role-refused',
  'token-refused',
  'credentials-expired',
  'throttled',
  'aws-unavailable',
  'cluster-unavailable',
  'forbidden',
  'refused-by-cluster',
  'conflict',
  'out-of-time',
  'reverted',
  'registry-refuses',
  'not-attached',
  'immutable',
  'malformed',
  'owned-by-controller',
  'advise-only',
  'bug',
];

describe('a message about the refresh', () => {
  it.each(CAUSES)('of %s keeps the rules of every message, with what to do', (cause) => {
    for (const secrets of [0, 1, 12_345]) {
      for (const endsAt of [undefined, NOW - HOUR, NOW + 3 * HOUR]) {
        for (const endedAt of [undefined, NOW]) {
          const message = renderNotice(trouble({ cause, secrets, endsAt }, { endedAt }), config, NOW);
          assertFirstLine(message.text, { subject: 'cluster', mayBeRed: false });
          expect(findLimitProblems(message)).toEqual([]);
          if (endedAt === undefined) expect(textOf(message)).toContain('*To do* ');
        }
      }
    }
  });

  it('says what is not broken yet, until when, why, and what to do', () => {
    expect(textOf(renderNotice(trouble(), config, NOW))).toBe(
      [
        '🟡 *prod-eu cluster: 4 ECR secrets not refreshed, first ends 15:00 UTC*, its role may not be assumed',
        '`shop/ecr-creds`, `pay/ecr-creds` and 2 more in 2 namespaces. Nothing is broken yet: the first token ends 15:00 UTC.',
        '*Why* AssumeRole arn:aws:iam::123456789012:role/pull (eu-west-1): AccessDenied',
        '*To do* Look at the trust policy of the role that the target names, and at the permission of pullmedic to assume it.',
        'since 11:00 UTC · as of 12:00 UTC',
      ].join('\n'),
    );
  });

  it('of a repair names what was done, as whom, and which permission of the configuration allowed it', () => {
    expect(textOf(renderNotice(repaired, config, NOW))).toBe(
      [
        '🟢 *prod-eu cluster: 4 ECR secrets had expired, refreshed*, in 3 namespaces',
        '`pay/ecr-creds`, `shop/ecr-creds` and 2 more: their tokens had ended, from 06:00 UTC on. Last written by `ecr-renew` _(managedFields)_.',
        '*Did* put new tokens in place as `arn:aws:iam::123456789012:role/pull`, other registries in them untouched. Allowed by target `shop` of the configuration. The first of the new ones ends 23 Nov 00:00 UTC, and is renewed before.',
        '*Left to do* find out why that writer stopped, or end it: pullmedic renews them from now on.',
        'as of 12:00 UTC',
      ].join('\n'),
    );
  });

  it('of a target that is gone meanwhile is said all the same', () => {
    const gone = {
      ...repaired,
      repaired: { ...repaired.repaired, targets: ['gone'], writers: [], expiredAt: undefined },
    };
    const message = renderNotice(gone, config, NOW);
    assertFirstLine(message.text, { subject: 'cluster' });
    expect(textOf(message)).not.toMatch(/undefined| {2}|as ,/);
  });

  it('of a cause that this publisher does not know yet has its own word', () => {
    const message = renderNotice(trouble({ cause: 'sent-to-the-moon' as TroubleCause }), config, NOW);
    expect(message.text).toBe(
      '🟡 prod-eu cluster: 4 ECR secrets not refreshed, first ends 15:00 UTC, sent to the moon',
    );
  });

  it('lets no name of a cluster ping, link or forge', () => {
    const why = '<!channel> *bold* <https://evil.example|click> `x`';
    const text = textOf(renderNotice(trouble({ why, examples: ['a/<!here>'] }), config, NOW));
    expect(text).not.toContain('<!');
    expect(text).not.toContain('<https');
  });
});

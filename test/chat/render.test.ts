import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { IncidentView } from '../../shared/chat/incident-view.ts';
import { clipMrkdwn, findLimitProblems, fitMessage } from '../../shared/chat/slack/limits.ts';
import { renderDetails } from '../../shared/chat/slack/render-details.ts';
import { renderIncident } from '../../shared/chat/slack/render-incident.ts';
import { renderNotice } from '../../shared/chat/slack/render-notice.ts';
import { renderBuzz, renderNote } from '../../shared/chat/slack/render-reply.ts';
import type { MemberRepair } from '../../shared/domain/incident/secret-repair.ts';
import type { ChatMessage } from '../../shared/ports/chat.ts';
import { drawMessage } from '../support/draw-message.ts';
import { assertFirstLine } from '../support/first-line.ts';
import {
  aRepair,
  MINUTE,
  NOW,
  sampleConfig,
  sampleMember,
  sampleRollout,
  secretExpired,
  tagMissing,
} from '../support/sample-incident.ts';
import { view } from '../support/sample-view.ts';

const goldens = join(dirname(fileURLToPath(import.meta.url)), '__goldens__');

/** Compares with the golden file; `UPDATE_GOLDENS=1` writes it anew, and a missing one fails in CI. */
function expectGolden(name: string, message: ChatMessage): void {
  const file = join(goldens, `${name}.txt`);
  const drawn = drawMessage(message);
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(goldens, { recursive: true });
    writeFileSync(file, drawn);
  }
  expect(existsSync(file)).toBe(true);
  expect(drawn).toBe(readFileSync(file, 'utf8'));
}

const DEAF = {
  type: 'deaf',
  cluster: 'prod-eu',
  since: NOW - 35 * MINUTE,
  alert: 'Watchdog',
  afterMinutes: 15,
} as const;

function check(message: ChatMessage): ChatMessage {
  expect(findLimitProblems(message)).toEqual([]);
  assertFirstLine(message.text);
  return message;
}

const firing = { name: 'KubePodImagePullBackOff', status: 'firing', startsAt: NOW - 2 * MINUTE } as const;
const stuck = view([sampleMember({ rollout: sampleRollout({ managedBy: 'Argo CD app shop-prod' }) })], {
  alerts: [{ ...firing, fingerprint: 'f', labels: { namespace: 'shop' } }],
  isClusterAssumed: true,
});
const down = view([sampleMember({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) })]);
const spread = view(
  Array.from({ length: 17 }, (_, n) =>
    sampleMember({ namespace: `team-${n % 4}`, workloadName: `app-${n}`, findings: [secretExpired()] }),
  ),
);
const recovered = view([sampleMember({ state: 'running', failingPods: 0, runningPods: 3 })], {
  state: 'recovered',
  endedAt: NOW + 2 * MINUTE,
});
const unknown = view([
  sampleMember({
    namespace: 'batch',
    workloadName: 'etl',
    workloadKind: 'CronJob',
    rollout: undefined,
    errorText: 'failed to reserve container name "etl_batch": name is reserved',
    findings: [
      tagMissing({
        causeId: 'unknown',
        confidence: 'possible',
        title: 'pullmedic does not know this pull error',
        phrase: 'unknown pull error: failed to reserve container name…',
        evidence: [],
        fixes: [],
      }),
      tagMissing({ confidence: 'possible', title: 'The tag may be missing' }),
    ],
    gaps: [
      {
        what: 'secret batch/regcred could not be read',
        why: '403: pullmedic may not get secrets there',
        command: 'kubectl -n batch create rolebinding pullmedic',
      },
    ],
  }),
]);

const repaired = view(
  [sampleMember({ state: 'running', failingPods: 0, runningPods: 3, findings: [secretExpired()], repair: aRepair() })],
  { state: 'recovered', firstFailedAt: NOW - 41_000, endedAt: NOW },
);
const FORBIDDEN =
  'secret shop/ecr-creds could not be written: 403; to allow it: kubectl -n shop create rolebinding pullmedic-refresh --clusterrole=pullmedic-refresh --serviceaccount=pullmedic:pullmedic-refresh';
function repairing(repair: Partial<MemberRepair>): IncidentView {
  const rollout = sampleRollout({ available: 0, oldAvailable: 0 });
  return view([sampleMember({ rollout, findings: [secretExpired()], repair: aRepair(repair) })]);
}

describe('rendered messages', () => {
  it.each([
    { name: 'stuck-rollout', shown: stuck },
    { name: 'down', shown: down },
    { name: 'spread', shown: spread },
    { name: 'recovered', shown: recovered },
    { name: 'unknown', shown: unknown },
    { name: 'repaired', shown: repaired },
    { name: 'repair-late', shown: repairing({ state: 'written', endedAt: NOW - 95_000 }) },
    { name: 'repair-failed', shown: repairing({ state: 'failed', reason: 'forbidden', why: FORBIDDEN }) },
    {
      name: 'repair-reverted',
      shown: repairing({ state: 'held-back', revertedBy: 'ecr-renew', heldUntil: NOW + 20 * MINUTE }),
    },
  ])('$name', ({ name, shown }) => {
    expectGolden(name, check(renderIncident(shown, NOW).message));
  });

  it.each([
    { name: 'details-stuck-rollout', shown: stuck },
    { name: 'details-unknown', shown: unknown },
  ])('$name', ({ name, shown }) => {
    expectGolden(name, check(renderDetails(shown, NOW).message));
  });

  it('a reply that buzzes', () => {
    expectGolden('buzz-worse', check(renderBuzz(down, 'worse', NOW)));
  });

  it('a note', () => {
    const note = { key: 'k', at: NOW, kind: 'now-known', text: 'now known: tag v1.2.33 does not exist' } as const;
    expectGolden('note', check(renderNote(stuck, note, NOW)));
  });

  it.each([
    {
      name: 'notice-rejected',
      notice: { type: 'rejected-webhooks', counts: { '401': 12, '400': 1 }, hour: Date.UTC(2026, 10, 22, 8) },
    },
    {
      name: 'notice-unrouted',
      notice: {
        type: 'unrouted-alert',
        reason: 'the alert names the cluster "prod-us", which is not configured',
        alerts: [{ ...firing, fingerprint: 'f', labels: { namespace: 'shop', pod: 'checkout-7d9f8-abcde' } }],
      },
    },
    {
      name: 'notice-blind',
      notice: { type: 'blind', cluster: 'prod-eu', since: NOW - 5 * MINUTE, why: 'the API server answers 401' },
    },
    {
      name: 'notice-blind-over',
      notice: { type: 'blind', cluster: 'prod-eu', since: NOW - 5 * MINUTE, why: '', backAt: NOW - MINUTE },
    },
    { name: 'notice-deaf', notice: { ...DEAF, backAt: undefined } },
    { name: 'notice-deaf-over', notice: { ...DEAF, backAt: NOW - MINUTE } },
  ] as const)('$name', ({ name, notice }) => {
    expectGolden(name, check(renderNotice(notice, sampleConfig(), NOW)));
  });

  it('silence of a cluster that is not prod is yellow', () => {
    const notice = { ...DEAF, cluster: 'dev', backAt: undefined };
    expect(renderNotice(notice, sampleConfig(), NOW).text).toMatch(/^🟡 dev cluster/u);
  });

  it('a blind cluster that is not prod is not red', () => {
    const notice = { type: 'blind', cluster: 'dev', since: NOW, why: 'no answer' } as const;
    assertFirstLine(renderNotice(notice, sampleConfig(), NOW).text, { mayBeRed: false });
  });
});

describe('content hashes', () => {
  it('do not change with the time of making', () => {
    expect(renderIncident(stuck, NOW + MINUTE).contentHash).toBe(renderIncident(stuck, NOW).contentHash);
    expect(renderDetails(stuck, NOW + MINUTE).contentHash).toBe(renderDetails(stuck, NOW).contentHash);
  });

  it('keep their first half when only counts change, and no longer when the cause does', () => {
    const half = (shown: IncidentView) => renderIncident(shown, NOW).contentHash.split('.')[0];
    const counted = view([sampleMember({ failingPods: 9, rollout: stuck.members[0]?.rollout })], stuck.incident);
    expect(renderIncident(counted, NOW).contentHash).not.toBe(renderIncident(stuck, NOW).contentHash);
    expect(half(counted)).toBe(half(stuck));
    expect(half(view([sampleMember({ findings: [secretExpired()] })]))).not.toBe(half(stuck));
  });
});

describe('hostile and huge input', () => {
  const long = 'x'.repeat(250);
  const words = `<!channel> & <https://evil.example|click> \`code\` @channel *b* ${'e'.repeat(16 * 1024)}`;
  const huge = tagMissing({
    title: `The tag does not exist ${words}`,
    evidence: Array.from({ length: 40 }, () => ({ text: words, source: words, at: NOW })),
    fixes: Array.from({ length: 40 }, (_, n) => ({
      id: `f${n}`,
      title: words,
      commands: [words, `kubectl ${long}`],
      kind: n % 2 === 0 ? 'now' : 'lasting',
    })),
    confidence: 'likely',
  });
  const members = Array.from({ length: 200 }, (_, n) =>
    sampleMember({
      namespace: `${long}${n}`,
      workloadName: `${long}${n}`,
      container: long,
      image: `${long}/${long}:${long}`,
      errorText: words,
      findings: [huge, { ...huge, causeId: 'other' }, { ...huge, causeId: 'third' }],
      gaps: [{ what: `${n} ${words}`, why: words, command: words }],
      events: Array.from({ length: 6 }, () => ({
        reason: words,
        message: words,
        count: 1,
        firstAt: NOW,
        lastAt: NOW,
      })),
      pods: Array.from({ length: 20 }, (_p, p) => ({ name: `${long}${p}`, node: long, since: NOW })),
      failingPods: 20,
      rollout: sampleRollout({ managedBy: words, imageSetBy: words, previousImage: words, revision: words }),
    }),
  );
  const worst = view(members, {
    cluster: long,
    best: huge,
    alerts: Array.from({ length: 20 }, () => ({ ...firing, name: words, fingerprint: 'f', labels: {} })),
  });

  it.each([
    { what: 'message', message: renderIncident(worst, NOW).message },
    { what: 'details', message: renderDetails(worst, NOW).message },
    { what: 'buzz', message: renderBuzz(worst, 'reopened', NOW) },
    {
      what: 'note',
      message: renderNote(worst, { key: 'k', at: NOW, kind: 'info', text: words }, NOW),
    },
    {
      what: 'notice',
      message: renderNotice(
        {
          type: 'unrouted-alert',
          reason: words,
          alerts: Array.from({ length: 50 }, () => ({
            ...firing,
            name: words,
            fingerprint: 'f',
            labels: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`label${n}`, words.slice(0, 200)])),
          })),
        },
        sampleConfig(),
        NOW,
      ),
    },
  ])('a $what keeps every limit, and nothing of it pings or links', ({ message }) => {
    check(message);
    const text = JSON.stringify(message);
    expect(text).not.toMatch(/<!channel>|<https:\/\/evil|@channel/);
  });

  it('names the cause first whatever follows', () => {
    const { message } = renderIncident(worst, NOW);
    expect(message.text).toContain('tag v1.2.33');
    expect(JSON.stringify(message.blocks[0])).toContain('tag v1.2.33');
    expect(JSON.stringify(message.blocks.slice(0, 4))).toContain('The tag does not exist');
  });

  it('never shows half a command', () => {
    const text = JSON.stringify(renderIncident(worst, NOW).message);
    expect(text).toContain(`kubectl ${long}`);
  });

  it('leaves out a link to a host that is not allowed', () => {
    const routing = { channel: undefined, oncall: undefined, muteUntil: undefined };
    const shown = (runbook: string) =>
      JSON.stringify(renderIncident(view([sampleMember({ routing: { ...routing, runbook } })]), NOW).message);
    expect(shown('https://runbooks.example.com/pull')).toContain('<https://runbooks.example.com/pull|Runbook>');
    for (const bad of [
      'https://evil.example.com/pull',
      'https://runbooks.example.com@evil.example.com/',
      'https://runbooks.example.com.evil.example/',
      'javascript:alert(1)',
      'https://runbooks.example.com/a|<!channel>',
    ]) {
      expect(shown(bad)).not.toContain('Runbook');
    }
  });
});

describe('clipMrkdwn', () => {
  it.each([
    { what: 'an entity', text: `${'a'.repeat(38)}&amp;bbbbbbbbbbbbbb`, bad: /&[a-z]*…/ },
    { what: 'a code block', text: `\`\`\`${'a'.repeat(80)}\`\`\``, bad: /^```[^`]*$/ },
    { what: 'inline code', text: `x \`${'a'.repeat(80)}\``, bad: /^x `[^`]*$/ },
    { what: 'a link', text: `${'a'.repeat(35)}<https://x.example/${'b'.repeat(30)}|c>`, bad: /<https/ },
    { what: 'a character', text: '😀'.repeat(40), bad: /[\ud800-\udbff](?![\udc00-\udfff])/ },
  ])('does not tear $what', ({ text, bad }) => {
    for (let max = 20; max < 60; max += 1) {
      const cut = clipMrkdwn(text, max);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut).not.toMatch(bad);
    }
  });
});

describe('fitMessage', () => {
  it('drops blocks from the end and says so', () => {
    const block = (n: number) => ({ type: 'section', text: { type: 'mrkdwn', text: `block ${n}` } });
    const fitted = fitMessage({ text: 'x', blocks: Array.from({ length: 60 }, (_, n) => block(n)) });
    expect(fitted.blocks).toHaveLength(50);
    expect(fitted.blocks[0]).toEqual(block(0));
    expect(JSON.stringify(fitted.blocks.at(-1))).toContain('the rest does not fit');
  });

  it('leaves alone what fits', () => {
    const message = { text: 'x', blocks: [{ type: 'divider' }] };
    expect(fitMessage(message)).toEqual(message);
  });
});

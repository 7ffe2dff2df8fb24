import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstLine } from '../../shared/chat/first-line.ts';
import type { IncidentView } from '../../shared/chat/incident-view.ts';
import { NO_BUTTONS, type OfferButton, type OfferButtons } from '../../shared/chat/offer-buttons.ts';
import { ACTIONS, MORE } from '../../shared/chat/slack/action-ids.ts';
import { findLimitProblems, fitMessage } from '../../shared/chat/slack/limits.ts';
import { renderIncident } from '../../shared/chat/slack/render-incident.ts';
import type { Incident } from '../../shared/domain/incident.ts';
import { type Danger, REMEDY_IDS } from '../../shared/domain/remedy/proposal.ts';
import type { RemedyRun } from '../../shared/domain/remedy/run.ts';
import type { ChatMessage, SlackBlock } from '../../shared/ports/chat.ts';
import { drawMessage } from '../support/draw-message.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { MINUTE, NOW, sampleMember, sampleRollout, tagMissing } from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';
import { DOWN, image, KEY, running, set, view } from '../support/sample-view.ts';

const goldens = join(dirname(fileURLToPath(import.meta.url)), '__goldens__');
const ALICE = { teamId: 'T0TEAM', userId: 'U0ALICE', name: 'alice' };

function button(remedyId: OfferButton['remedyId'], label: string, danger: Danger = 'careful'): OfferButton {
  return { offerId: `${remedyId}-0123456789012345`.slice(0, 22), remedyId, label, danger };
}

function buttons(change: Partial<OfferButtons> = {}): OfferButtons {
  return { ...NO_BUTTONS, ...change };
}

const BACK = button('roll-back', 'Roll back to v1.2.2');
const USE = button('correct-image', 'Use v1.2.3');
const RETRY = button('retry-now', 'Retry now', 'safe');
const SILENCE = button('silence-alert', 'Silence the alert', 'safe');
const UNDO = button('undo', 'Undo: Roll back to v1.2.2');

interface Element {
  readonly type: string;
  readonly action_id: string;
  readonly value?: string;
  readonly style?: string;
  readonly text?: { readonly text: string };
  readonly options?: readonly { readonly text: { readonly text: string }; readonly value: string }[];
}

function actionsOf(message: ChatMessage): readonly Element[] {
  const found = message.blocks.filter(({ type }) => type === 'actions');
  expect(found).toHaveLength(1);
  return (found[0] as SlackBlock & { elements: readonly Element[] }).elements;
}

const drawn = (message: ChatMessage) =>
  drawMessage(message)
    .trimEnd()
    .split('\n\n')
    .findLast((block) => block.startsWith('['))
    ?.replaceAll('\n', ' ');

function check(message: ChatMessage): ChatMessage {
  expect(findLimitProblems(message)).toEqual([]);
  assertFirstLine(message.text);
  return message;
}

/** `UPDATE_GOLDENS=1` writes it anew, and a missing one fails in CI. */
function expectGolden(name: string, message: ChatMessage): void {
  const file = join(goldens, `${name}.txt`);
  const text = drawMessage(check(message));
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, text);
  expect(existsSync(file)).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

const offered = buttons({ acting: [BACK, USE, RETRY], silence: SILENCE });
const shown = {
  offered: { view: view([sampleMember()]), buttons: offered },
  gitops: {
    view: view([sampleMember({ rollout: sampleRollout({ managedBy: 'Argo CD app shop-prod' }) })]),
    buttons: buttons({ hasGitFix: true }),
  },
  unallowed: { view: view([sampleMember()]), buttons: buttons({ lack: 'no-rule' }) },
  proving: {
    view: view([sampleMember({ rollout: set(NOW - 10_000) })], {
      state: 'repairing',
      runs: [aRun(image)],
      taken: { by: ALICE, at: NOW - MINUTE },
    }),
    buttons: buttons({ acting: [USE], undo: UNDO }),
  },
  watched: {
    view: view([running({ rollout: set(NOW - 20_000) })], {
      state: 'repairing',
      runs: [aRun({ ...image, appliedAt: NOW - 20_000, startedAt: NOW - 23_000, ranAt: NOW })],
    }),
    buttons: buttons({ undo: UNDO }),
  },
  fixed: {
    view: view([running({ rollout: set(NOW - 80_000) })], {
      state: 'recovered',
      endedAt: NOW,
      runs: [
        aRun({
          ...image,
          state: 'verified',
          startedAt: NOW - 80_000,
          appliedAt: NOW - 77_000,
          ranAt: NOW - 39_000,
          endedAt: NOW,
        }),
      ],
    }),
    buttons: buttons({ undo: UNDO }),
  },
  'no-help': {
    view: view([sampleMember({ ...DOWN, findings: [tagMissing({ phrase: 'tag v1.2.2 does not exist' })] })], {
      runs: [aRun({ ...image, state: 'no-help', why: 'tag v1.2.2 does not exist', endedAt: NOW })],
    }),
    buttons: buttons({ acting: [USE, BACK], undo: UNDO }),
  },
  'put-back': {
    view: view([sampleMember(DOWN)], {
      runs: [
        aRun({
          ...image,
          state: 'put-back',
          why: 'argocd-controller set registry.example/checkout:v1.2.33',
          endedAt: NOW,
        }),
      ],
    }),
    buttons: buttons({ hasGitFix: true }),
  },
  stopped: {
    view: view([sampleMember()], {
      runs: [
        aRun({ state: 'stopped', appliedAt: undefined, endedAt: NOW, did: [], why: 'ci changed the image meanwhile' }),
      ],
    }),
    buttons: offered,
  },
  auto: {
    view: view([running()], {
      state: 'recovered',
      endedAt: NOW,
      runs: [
        aRun({
          remedyId: 'retry-now',
          label: 'Retry now',
          by: 'policy',
          did: ['deleted pod checkout-7d9f8-abcde (its ReplicaSet replaces it)'],
          state: 'verified',
          startedAt: NOW - 12_000,
          ranAt: NOW,
          endedAt: NOW,
          isUndoable: false,
        }),
      ],
    }),
    buttons: buttons(),
  },
  muted: {
    view: view([sampleMember(DOWN)], { muted: { by: ALICE, at: NOW - MINUTE, until: NOW + 24 * 60 * MINUTE } }),
    buttons: offered,
  },
} as const;

describe('what a phone shows', () => {
  it.each(Object.entries(shown).map(([name, one]) => ({ name, ...one })))('remedy-$name', ({ name, view, buttons }) => {
    expectGolden(`remedy-${name}`, renderIncident(view, NOW, buttons).message);
  });

  it.each([
    {
      name: 'fixed',
      text: '🟢 prod-eu shop/checkout pulls again after 4 min: rolled back to v1.2.2 by alice. 3 of 3 pods run',
    },
    {
      name: 'watched',
      text: '🟠 prod-eu shop/checkout runs, being watched until 09:17 UTC: rolled back to v1.2.2 by alice',
    },
    {
      name: 'no-help',
      text: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: rolled back to v1.2.2, did not help; tag v1.2.2 does not exist',
    },
    {
      name: 'put-back',
      text: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: argocd-controller put the image back; tag v1.2.33 does not exist',
    },
    {
      name: 'stopped',
      text: '🟠 prod-eu shop/checkout rollout stuck, 3/3 old pods still serve: tag v1.2.33 does not exist',
    },
  ] as const)('the first line: $name', ({ name, text }) => {
    expect(firstLine(shown[name].view).text).toContain(text.slice(0, 100));
  });

  it('keeps the rules of a first line, whoever did it, put it back and whatever it was called', () => {
    const any = fc.string({ unit: 'grapheme', maxLength: 250 });
    fc.assert(
      fc.property(
        any,
        any,
        fc.constantFrom(...(['applied', 'verified', 'no-help', 'put-back'] as const)),
        (name, why, state) => {
          const run = aRun({ by: { ...ALICE, name }, label: why, why, state, endedAt: NOW });
          assertFirstLine(firstLine(view([sampleMember(DOWN)], { runs: [run] })).text);
          assertFirstLine(firstLine(view([running()], { runs: [run], state: 'recovered', endedAt: NOW })).text);
        },
      ),
    );
  });
});

describe('the buttons', () => {
  it.each<{ what: string; given: Partial<OfferButtons>; change?: Partial<Incident>; drawn: string }>([
    { what: 'nothing to offer', given: {}, drawn: '[I’m on it] [⋯ Mute 24 h · Not it]' },
    { what: 'one', given: { acting: [BACK] }, drawn: '[Roll back to v1.2.2 …]* [I’m on it] [⋯ Mute 24 h · Not it]' },
    {
      what: 'more than two',
      given: { acting: [BACK, USE, RETRY] },
      drawn: '[Roll back to v1.2.2 …]* [Use v1.2.3 …] [I’m on it] [⋯ Retry now … · Mute 24 h · Not it]',
    },
    {
      what: 'a dangerous one',
      given: { acting: [{ ...BACK, danger: 'dangerous' }, RETRY] },
      drawn: '[Retry now …] [I’m on it] [Roll back to v1.2.2 …]! [⋯ Mute 24 h · Not it]',
    },
    {
      what: 'a change for Git',
      given: { hasGitFix: true, acting: [RETRY, USE] },
      drawn: '[Show Git fix] [Retry now …]* [I’m on it] [⋯ Use v1.2.3 … · Mute 24 h · Not it]',
    },
    {
      what: 'everything',
      given: { acting: [BACK, USE, RETRY, { ...RETRY, offerId: 'x' }], silence: SILENCE, undo: UNDO },
      drawn:
        '[Roll back to v1.2.2 …]* [Use v1.2.3 …] [I’m on it] [⋯ Retry now … · Silence the alert … · Undo: Roll back to v1.2.2 … · Mute 24 h · Not it]',
    },
    {
      what: 'taken and muted',
      given: {},
      change: { taken: { by: ALICE, at: NOW }, muted: { by: ALICE, at: NOW, until: NOW + MINUTE } },
      drawn: '[Take over] [⋯ Give back · End mute · Not it]',
    },
    {
      what: 'muted until a moment ago',
      given: {},
      change: { muted: { by: ALICE, at: NOW, until: NOW } },
      drawn: '[I’m on it] [⋯ Mute 24 h · Not it]',
    },
    { what: 'over', given: { acting: [BACK] }, change: { state: 'recovered', endedAt: NOW }, drawn: '[Not it]' },
    {
      what: 'over, with an undo',
      given: { undo: UNDO },
      change: { state: 'recovered', endedAt: NOW },
      drawn: '[⋯ Undo: Roll back to v1.2.2 … · Not it]',
    },
  ])('$what', ({ given, change = {}, drawn: expected }) => {
    const members = change.endedAt === undefined ? [sampleMember()] : [running()];
    const { message } = renderIncident(view(members, change), NOW, buttons(given));
    expect(drawn(check(message))).toBe(expected);
    expect(actionsOf(message).filter(({ type }) => type === 'button').length).toBeLessThanOrEqual(3);
  });

  it('hold ids and nothing else', () => {
    const elements = actionsOf(renderIncident(shown.offered.view, NOW, offered).message);
    expect(elements.map(({ action_id: id, value }) => [id, value])).toEqual([
      [`${ACTIONS.offerPrefix}1`, BACK.offerId],
      [`${ACTIONS.offerPrefix}2`, USE.offerId],
      [ACTIONS.take, 'inc-1'],
      [ACTIONS.more, undefined],
    ]);
    expect(elements.at(-1)?.options?.map(({ value }) => value)).toEqual([
      `${MORE.offer}${RETRY.offerId}`,
      `${MORE.offer}${SILENCE.offerId}`,
      `${MORE.mute}inc-1`,
      `${MORE.notIt}inc-1`,
    ]);
  });

  it('show at once when they change', () => {
    const half = (given: Partial<OfferButtons>, change: Partial<Incident> = {}) =>
      renderIncident(view([sampleMember()], change), NOW, buttons(given)).contentHash.split('.')[0];
    const halves = [
      half({}),
      half({ acting: [BACK] }),
      half({ undo: UNDO }),
      half({}, { taken: { by: ALICE, at: NOW } }),
      half({}, { muted: { by: ALICE, at: NOW, until: NOW + MINUTE } }),
      half({}, { runs: [aRun()] }),
      half({}, { runs: [aRun({ state: 'no-help' })] }),
    ];
    expect(new Set(halves).size).toBe(halves.length);
  });
});

describe('what was done', () => {
  const body = (one: IncidentView, now = NOW) => JSON.stringify(renderIncident(one, now).message.blocks);

  it('by itself names the rule and the identity', () => {
    const { blocks } = renderIncident(shown.auto.view, NOW).message;
    expect(JSON.stringify(blocks)).toContain('pullmedic by itself retried: deleted pod checkout-7d9f8-abcde');
    expect(JSON.stringify(blocks)).toContain('Allowed by rule `shop`, done as pullmedic’s remedy identity.');
  });

  it('only because time goes by it is not edited', () => {
    for (const one of Object.values(shown)) {
      const [first, later] = [NOW, NOW + 20_000].map((now) => renderIncident(one.view, now, one.buttons).contentHash);
      expect(later).toBe(first);
    }
  });

  it('is not green for a team while the whole is being proven', () => {
    const rollout = set(NOW - 20_000);
    const members = [running({ rollout }), sampleMember({ namespace: 'pay' })];
    const team = { namespaces: ['shop'], channel: '#shop' };
    const runs = [aRun({ ...image, appliedAt: NOW - 20_000 })];
    expect(view(members, { runs, state: 'repairing' }, team)).toMatchObject({ dot: 'orange', ending: undefined });
    // The look was before the minute was over, whenever the message is written.
    expect(view(members, { runs, state: 'repairing' }, team, NOW + 10 * MINUTE).ending).toBeUndefined();
    const later = [running({ rollout, observedAt: NOW + MINUTE }), sampleMember({ namespace: 'pay' })];
    expect(view(later, { runs, state: 'repairing' }, team, NOW + MINUTE).ending).toBe('recovered');
  });

  it('to others in the same use is not told to a team', () => {
    const members = [sampleMember(), sampleMember({ namespace: 'pay' })];
    const runs: RemedyRun[] = [
      aRun({ members: [KEY, 'pay/Deployment/checkout/app'], did: ['set image of pay/checkout'] }),
      aRun({ offerId: 'theirs', members: ['pay/Deployment/checkout/app'], did: ['secret of theirs'] }),
    ];
    const note = { key: 'remedy/offer-1/did', at: NOW, kind: 'remedy', text: 'set image of pay/checkout' } as const;
    const team = view(members, { runs, notes: [note] }, { namespaces: ['shop'] });
    expect(body(team)).toContain('alice rolled back to v1.2.2.');
    expect(JSON.stringify([body(team), team.notes])).not.toMatch(/pay|theirs/);
    expect(view(members, { runs, notes: [note] }).notes).toHaveLength(1);
  });
});

describe('the worst case', () => {
  const long = 'x'.repeat(250);
  const words = `<!channel> & <https://evil.example|click> \`code\` @channel ${'e'.repeat(4_000)}`;
  const huge = tagMissing({
    title: words,
    evidence: Array.from({ length: 40 }, () => ({ text: words, source: words, at: NOW })),
    confidence: 'likely',
  });
  const members = Array.from({ length: 200 }, (_, n) =>
    sampleMember({
      namespace: `${long}${n}`,
      workloadName: `${long}${n}`,
      findings: [huge, { ...huge, causeId: 'other' }, { ...huge, causeId: 'third' }],
      gaps: [{ what: words, why: words }],
    }),
  );
  const runs = (['verified', 'no-help', 'put-back', 'stopped', 'applied', 'applying'] as const).map((state, n) =>
    aRun({
      offerId: `o${n}`,
      state,
      label: words,
      why: words,
      rule: words,
      by: { ...ALICE, name: words },
      did: Array.from({ length: 6 }, () => words),
      members: members.map(({ key }) => key),
    }),
  );
  const every = REMEDY_IDS.map((id) => ({ ...button(id, words), danger: 'dangerous' as const }));
  const worst = view(members, {
    id: 'i'.repeat(60),
    cluster: long,
    best: huge,
    runs,
    taken: { by: { ...ALICE, name: words }, at: NOW },
    muted: { by: { ...ALICE, name: words }, at: NOW, until: NOW + MINUTE },
  });

  it('every remedy, 200 containers and 250-character names fit, and the buttons are there', () => {
    const given = buttons({ acting: every, hasGitFix: true, silence: every[6], undo: every[7], lack: 'no-rule' });
    const { message } = renderIncident(worst, NOW, given);
    check(message);
    expect(actionsOf(message).map(({ type }) => type)).toEqual(['button', 'button', 'button', 'overflow']);
    // Before the evidence: on a phone it would fill the screen.
    expect(message.blocks.slice(0, 6).map(({ type }) => type)).toContain('actions');
    expect(JSON.stringify(message)).not.toMatch(/<!channel>|<https:\/\/evil/);
    expect(JSON.stringify(message.blocks)).toContain('*Did*');
  });
});

describe('limits of buttons', () => {
  const ok = { type: 'button', action_id: 'a', value: 'v', text: { type: 'plain_text', text: 't' } };
  const option = (value = 'v', text = 't') => ({ text: { type: 'plain_text', text }, value });
  const menu = (...options: unknown[]) => ({ type: 'overflow', action_id: 'more', options });
  const problems = (...elements: unknown[]) =>
    findLimitProblems({ text: 'x', blocks: [{ type: 'actions', elements }] });

  it.each([
    { what: 'a button', elements: [ok] },
    { what: 'the longest of each', elements: [{ ...ok, value: 'v'.repeat(2_000), text: { text: 't'.repeat(75) } }] },
    { what: 'a menu', elements: [menu(option(), option('v'.repeat(75), 't'.repeat(75)))] },
  ])('$what is valid', ({ elements }) => {
    expect(problems(...elements)).toEqual([]);
  });

  it.each([
    { what: 'no element', elements: [], says: /no elements/ },
    { what: 'an id twice', elements: [ok, ok], says: /twice/ },
    { what: 'no id', elements: [{ ...ok, action_id: '' }], says: /action_id: 0/ },
    { what: 'a long text', elements: [{ ...ok, text: { text: 't'.repeat(76) } }], says: /button text: 76/ },
    { what: 'no text', elements: [{ ...ok, text: { text: '' } }], says: /button text: 0/ },
    { what: 'a long value', elements: [{ ...ok, value: 'v'.repeat(2_001) }], says: /button value: 2001/ },
    { what: 'a style of its own', elements: [{ ...ok, style: 'pink' }], says: /style pink/ },
    { what: 'a menu of one', elements: [menu(option())], says: /options: 1, at least 2/ },
    { what: 'a menu of six', elements: [menu(...Array(6).fill(option()))], says: /options: 6/ },
    { what: 'a long option', elements: [menu(option(), option('v', 't'.repeat(76)))], says: /option text: 76/ },
    { what: 'a long value in a menu', elements: [menu(option(), option('v'.repeat(76)))], says: /option value: 76/ },
    { what: 'another element', elements: [{ ...ok, type: 'datepicker' }], says: /datepicker/ },
  ])('$what is not', ({ elements, says }) => {
    expect(problems(...elements).join()).toMatch(says);
  });

  it('a message that is cut keeps them last', () => {
    const section = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2_900) } };
    const actions = { type: 'actions', elements: [ok] };
    const { blocks } = fitMessage({ text: 'x', blocks: [...Array(9).fill(section), actions] });
    expect(blocks.at(-1)).toEqual(actions);
    expect(blocks.filter(({ type }) => type === 'section')).toHaveLength(4);
    expect(JSON.stringify(blocks.at(-2))).toContain('the rest does not fit');
  });
});

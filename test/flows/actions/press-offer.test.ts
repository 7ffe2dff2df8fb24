import { describe, expect, it } from '@jest/globals';
import { TEAM, wordsOf } from '../../support/fake-dialogs.ts';
import { again, anOffer, aRule, openStage, payload, START } from './action-stage.ts';

const claimedByBob = {
  by: { teamId: TEAM, userId: 'U0BOB0001', name: 'bob' },
  at: START - 30_000,
  planHash: 'h',
  choice: undefined,
  rule: 'r',
  viewId: 'V9',
};

describe('a button of a remedy', () => {
  it.each(['offer-button', 'offer-menu'])('%s: opens a dialog at once and asks for the plan', async (name) => {
    const { accept, dialogs, remedyQueue } = await openStage();
    expect(await accept(payload(name))).toEqual({ kind: 'nothing' });
    expect(dialogs.shown.map(({ title }) => title)).toEqual(['Checking…']);
    expect(remedyQueue.sent.map(({ job }) => job)).toEqual([
      {
        kind: 'plan',
        offerId: 'offer-1',
        viewId: 'V1',
        by: { teamId: TEAM, userId: 'U0ALICE01', name: 'u0alice01' },
        channelId: 'C0SHOP0001',
        choice: undefined,
        at: START,
      },
    ]);
  });

  it('delivered twice, opens one dialog and asks for one plan', async () => {
    const { accept, dialogs, remedyQueue } = await openStage();
    await accept(payload('offer-button'));
    await accept(payload('offer-button'));
    expect(dialogs.views.size).toBe(1);
    expect(remedyQueue.sent).toHaveLength(1);
    expect(dialogs.told).toEqual([]);
  });

  it('pressed, cancelled and pressed again, is as good as new', async () => {
    const { accept, dialogs, remedies, remedyQueue } = await openStage();
    await accept(again('offer-button'));
    dialogs.close('V1');
    await accept(again('offer-button'));
    expect(remedyQueue.sent).toHaveLength(2);
    expect(remedies.saved('offer-1')?.state).toBe('offered');
  });

  it.each([
    { what: 'expired', offer: anOffer({ expiresAt: START }), says: /good until/ },
    {
      what: 'claimed by another',
      offer: anOffer({ state: 'claimed', claim: claimedByBob }),
      says: /bob confirmed this at 13:00 UTC.*under way/,
    },
    { what: 'under way', offer: anOffer({ state: 'applying', claim: claimedByBob }), says: /bob confirmed this/ },
    {
      what: 'done',
      offer: anOffer({ state: 'applied', claim: claimedByBob }),
      says: /bob did this already at 13:00 UTC/,
    },
    {
      what: 'stopped',
      offer: anOffer({ state: 'stopped', claim: claimedByBob, endedAt: START - 1_000, why: 'argocd changed it.' }),
      says: /stopped at 13:00 UTC: argocd changed it/,
    },
    {
      what: 'done by policy',
      offer: anOffer({ state: 'applied', claim: { ...claimedByBob, by: 'policy' } }),
      says: /The policy did this/,
    },
    { what: 'never ours', offer: anOffer({ id: 'other' }), says: /not known here/ },
    { what: 'of an incident that is gone', offer: anOffer({ incidentId: 'gone' }), says: /not known any more/ },
  ] as const)('that is $what: told so, and nothing is asked for', async ({ offer, says }) => {
    const { accept, dialogs, remedyQueue } = await openStage({ offer });
    await accept(payload('offer-button'));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(says);
    expect(dialogs.views.get('V1')?.submit).toBeUndefined();
    expect(remedyQueue.sent).toEqual([]);
  });

  it('of an incident that is over says since when; its undo still works', async () => {
    const incident = { state: 'recovered', endedAt: START - 60_000 } as const;
    const over = await openStage({ incident });
    await over.accept(payload('offer-button'));
    expect(wordsOf(over.dialogs.views.get('V1'))).toMatch(/over since 13:00 UTC: the pods run/);
    expect(over.remedyQueue.sent).toEqual([]);
    const undo = await openStage({ incident, offer: anOffer({ remedyId: 'undo', undoes: 'offer-0' }) });
    await undo.accept(payload('offer-button'));
    expect(undo.remedyQueue.sent).toHaveLength(1);
  });

  it.each([
    { what: 'without any policy', rules: [], says: /No rule of the policy/ },
    {
      what: 'by a rule that names others',
      rules: [aRule({ users: ['U0OTHER01'] })],
      says: /not among those.*<@U0OTHER01>/,
    },
    { what: 'by a rule of another namespace', rules: [aRule({ namespaces: ['pay'] })], says: /No rule/ },
    { what: 'by mode advise', rules: [aRule({ mode: 'advise' as const })], says: /advise/ },
  ])('is denied $what: says why, who may and how to allow it', async ({ rules, says }) => {
    const { accept, dialogs, remedyQueue } = await openStage({ rules });
    await accept(payload('offer-button'));
    const words = wordsOf(dialogs.views.get('V1'));
    expect(words).toMatch(says);
    expect(words).toMatch(/Nothing was changed.*Who may.*How to allow it/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('is allowed to members of a group, whose list is asked for', async () => {
    const rules = [aRule({ users: [], userGroups: ['S0SHOP001'] })];
    const member = await openStage({ rules });
    member.dialogs.groups.set('S0SHOP001', ['U0ALICE01']);
    await member.accept(payload('offer-button'));
    expect(member.remedyQueue.sent).toHaveLength(1);
    const unread = await openStage({ rules });
    unread.dialogs.failing.set('groupMembers', 'missing_scope');
    await unread.accept(payload('offer-button'));
    expect(unread.remedyQueue.sent).toEqual([]);
    expect(wordsOf(unread.dialogs.views.get('V1'))).toMatch(/Not allowed/);
  });

  it('is no button for guests, unless the rule says so', async () => {
    const guest = { teamId: TEAM, name: 'guest', isGuest: true, isStranger: false };
    const { accept, dialogs, remedyQueue } = await openStage();
    dialogs.people.set('U0ALICE01', guest);
    await accept(payload('offer-button'));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/guests of the workspace may not/);
    expect(remedyQueue.sent).toEqual([]);
    const open = await openStage({ rules: [aRule({ allowsGuests: true })] });
    open.dialogs.people.set('U0ALICE01', guest);
    await open.accept(payload('offer-button'));
    expect(open.remedyQueue.sent).toHaveLength(1);
  });

  it.each([
    { what: 'of another workspace', person: { teamId: 'T0OTHER01', isStranger: false } },
    { what: 'whom Slack calls a stranger', person: { teamId: TEAM, isStranger: true } },
  ])('is no button for people $what', async ({ person }) => {
    const { accept, dialogs, remedyQueue } = await openStage();
    dialogs.people.set('U0ALICE01', { name: 'eve', isGuest: false, ...person });
    await accept(payload('offer-button'));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/Only people of this workspace/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('is no button for a payload that says another team, or another app', async () => {
    const { accept, dialogs, remedyQueue } = await openStage();
    await accept(payload('offer-button', (value) => Object.assign(value['user'] as object, { team_id: 'T0OTHER01' })));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/Only people of this workspace/);
    await accept(payload('offer-button', (value) => Object.assign(value, { api_app_id: 'A0FOREIGN' })));
    expect(dialogs.told.map(({ text }) => text)).toEqual(['This is not known here any more. Nothing was done.']);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('does nothing on a guess where Slack does not say who pressed', async () => {
    const { accept, dialogs, remedyQueue } = await openStage();
    dialogs.failing.set('user', 'ratelimited');
    await accept(payload('offer-button'));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/did not say who you are/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('says so where the queue does not take it', async () => {
    const stage = await openStage();
    stage.remedyQueue.isDown = true;
    await stage.accept(payload('offer-button'));
    expect(wordsOf(stage.dialogs.views.get('V1'))).toMatch(/queue.*did not take this.*press again/);
  });

  it('says so to the person where the dialog did not open', async () => {
    const { accept, dialogs, remedyQueue } = await openStage();
    dialogs.failing.set('open', 'expired_trigger_id');
    await accept(payload('offer-button'));
    expect(dialogs.told).toEqual([
      { channelId: 'C0SHOP0001', userId: 'U0ALICE01', text: expect.stringMatching(/Nothing was changed: press again/) },
    ]);
    expect(remedyQueue.sent).toEqual([]);
  });
});

describe('another choice in the dialog', () => {
  it('asks for the plan of that choice, in the same dialog and as of the same channel', async () => {
    const { accept, remedyQueue } = await openStage();
    await accept(payload('choice'));
    expect(remedyQueue.sent.map(({ job }) => job)).toMatchObject([
      { kind: 'plan', viewId: 'V0VIEW0001', choice: 'v1.2.2', channelId: 'C0SHOP0001' },
    ]);
  });

  it('is judged like a click', async () => {
    const { accept, dialogs, remedyQueue } = await openStage({ rules: [] });
    await accept(payload('choice'));
    expect(wordsOf(dialogs.shown[0])).toMatch(/Not allowed/);
    expect(remedyQueue.sent).toEqual([]);
  });
});

describe('what is not known', () => {
  it.each([
    { what: 'an old button', change: { action_id: 'apply', value: 'x' } },
    { what: 'a button without a value', change: { value: undefined } },
    {
      what: 'a menu entry of another version',
      change: { action_id: 'more', value: undefined, selected_option: { value: 'explode:1' } },
    },
  ])('$what: told, and nothing happens', async ({ change }) => {
    const { accept, dialogs, remedyQueue, incident } = await openStage();
    const before = await incident();
    await accept(payload('offer-button', (value) => Object.assign((value['actions'] as object[])[0] ?? {}, change)));
    expect(dialogs.told).toHaveLength(1);
    expect(remedyQueue.sent).toEqual([]);
    expect(await incident()).toEqual(before);
  });

  it.each([
    undefined,
    null,
    1,
    'x',
    [],
    {},
    { type: 'shortcut' },
    { type: 'block_actions', user: { id: 'U1' }, actions: [] },
  ])('%p is answered with nothing', async (value) => {
    const { accept } = await openStage();
    expect(await accept(value)).toEqual({ kind: 'nothing' });
  });
});

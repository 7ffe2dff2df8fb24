import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FOREIGN_TEAM, HOME_TEAM } from '../../../infra/local/slack/people.ts';
import { type LocalSlack, startSlack } from '../../../infra/local/slack/server.ts';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createSlackDialogs } from '../../../shared/adapters/slack/slack-dialogs.ts';
import { renderChecking, renderTold } from '../../../shared/chat/slack/render-dialog.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import type { Dialogs } from '../../../shared/ports/dialogs.ts';
import { refusal } from './refusal.ts';

const TOKEN = 'xoxb-local';
const ALICE = 'U0ALICE00';
const MINUTES_5 = 300;

let slack: LocalSlack;
let dialogs: Dialogs;
const clock = createAdjustableClock();

beforeAll(async () => {
  slack = await startSlack({ clock, token: TOKEN, channels: ['alerts'], postsPerSecond: 1_000, postBurst: 1_000 });
});
beforeEach(() => {
  dialogs = createSlackDialogs({
    access: async () => ({ token: new Secret(TOKEN), apiUrl: slack.apiUrl }),
    clock,
  });
});
afterEach(() => slack.faults.clear());
afterAll(() => slack.stop());

describe('dialogs, against the embedded Slack', () => {
  it('open once for a trigger, and are updated by their id', async () => {
    const trigger = slack.workspace.issueTrigger(ALICE);
    const { viewId } = await dialogs.open(trigger, renderChecking({ offerId: 'offer-1' }));
    expect(await dialogs.update(viewId, renderTold('That is all.'))).toBe('done');
    const shown = slack.workspace.views().find(({ id }) => id === viewId);
    expect(JSON.stringify(shown)).toContain('That is all.');
    expect((await refusal(dialogs.open(trigger, renderTold('again')))).reason).toBe('exchanged_trigger_id');
  });

  it('that are closed are gone, which is no failure', async () => {
    expect(await dialogs.update('V0NEVERWAS', renderTold('x'))).toBe('gone');
  });

  it('that Slack does not take are an error with its word', async () => {
    expect((await refusal(dialogs.open('1.2.3', renderTold('x')))).reason).toBe('invalid_trigger_id');
  });
});

describe('words for one person', () => {
  it('are seen by that person alone', async () => {
    const channelId = slack.workspace.findChannel('alerts')?.id ?? '';
    await dialogs.tell({ channelId, userId: ALICE, thread: undefined }, 'Nothing was done.');
    expect(slack.workspace.ephemerals()).toMatchObject([
      { user: ALICE, channel: channelId, text: 'Nothing was done.' },
    ]);
    expect(slack.workspace.messages(channelId)).toEqual([]);
  });
});

describe('people', () => {
  it.each([
    { userId: ALICE, says: { teamId: HOME_TEAM.id, name: 'alice', isGuest: false, isStranger: false } },
    { userId: 'U0GUEST00', says: { teamId: HOME_TEAM.id, isGuest: true, isStranger: false } },
    { userId: 'U0STRANGE', says: { teamId: FOREIGN_TEAM.id, isGuest: false } },
    { userId: 'U0PULLMEDIC', says: { teamId: HOME_TEAM.id, isStranger: true } },
  ])('$userId: $says', async ({ userId, says }) => {
    expect(await dialogs.user(userId)).toMatchObject(says);
  });

  it('who are not known are an error, not somebody', async () => {
    expect((await refusal(dialogs.user('X0NOBODY0'))).reason).toBe('user_not_found');
  });

  it('our own workspace and the members of a group', async () => {
    expect(await dialogs.ownTeam()).toBe(HOME_TEAM.id);
    expect(await dialogs.groupMembers('S0ONCALL0')).toEqual([ALICE]);
    expect((await refusal(dialogs.groupMembers('S0NOTHING'))).reason).toBe('no_such_subteam');
  });

  it('are asked for once in five minutes; a failure is not remembered', async () => {
    slack.faults.add({ method: 'users.info', kind: 'http-500', times: 1 });
    expect((await refusal(dialogs.user(ALICE))).retry).toBe('retry');
    await Promise.all([dialogs.user(ALICE), dialogs.user(ALICE)]);
    slack.faults.add({ method: 'users.info', kind: 'http-500', times: 1 });
    expect((await dialogs.user(ALICE)).name).toBe('alice');
    clock.advance(MINUTES_5);
    expect((await refusal(dialogs.user(ALICE))).retry).toBe('retry');
    expect((await dialogs.user(ALICE)).name).toBe('alice');
  });
});

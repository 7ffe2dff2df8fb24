import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalSlack, startSlack } from '../../../infra/local/slack/server.ts';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createSlackChat } from '../../../shared/adapters/slack/slack-chat.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import type { Chat } from '../../../shared/ports/chat.ts';
import { refusal } from './refusal.ts';

const TOKEN = 'xoxb-local';
const message = (text: string) => ({
  text,
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }],
});
const tag = (id: string) => ({ kind: 'pullmedic_incident', id });

let slack: LocalSlack;
let chat: Chat;
let token = TOKEN;

beforeAll(async () => {
  slack = await startSlack({
    clock: createAdjustableClock(),
    token: TOKEN,
    channels: ['alerts', 'shop'],
    postsPerSecond: 1_000,
    postBurst: 1_000,
  });
  chat = createSlackChat({ access: async () => ({ token: new Secret(token), apiUrl: slack.apiUrl }), timeoutMs: 300 });
});

afterEach(() => {
  slack.faults.clear();
  token = TOKEN;
});

afterAll(() => slack.stop());

describe('the Slack adapter, against the embedded Slack', () => {
  it('posts by name or id and gives back id and ts', async () => {
    const byName = await chat.post('#alerts', message('a'), tag('by-name'));
    const byId = await chat.post(byName.channelId, message('b'), tag('by-id'));
    expect(byName.channelId).toMatch(/^C[A-Z0-9]+$/);
    expect(byId.channelId).toBe(byName.channelId);
    expect(byId.ts).toMatch(/^\d+\.\d{6}$/);
  });

  it('finds a post by its tag, by the channel’s name or id, after edits too', async () => {
    const posted = await chat.post('shop', message('a'), tag('findable'));
    expect(await chat.update(posted, message('b'))).toBe('done');
    const fresh = createSlackChat({ access: async () => ({ token: new Secret(TOKEN), apiUrl: slack.apiUrl }) });
    expect(await fresh.findByTag('shop', tag('findable'))).toEqual(posted);
    expect(await fresh.findByTag(posted.channelId, tag('findable'))).toEqual(posted);
    expect(await fresh.findByTag('shop', tag('never-posted'))).toBeUndefined();
    expect(await fresh.findByTag('shop', { kind: 'other', id: 'findable' })).toBeUndefined();
  });

  it('finds replies in their thread only, and broadcasts when asked to', async () => {
    const parent = await chat.post('shop', message('parent'), tag('parent'));
    const quiet = await chat.reply(parent, message('quiet'), tag('parent#quiet'));
    const loud = await chat.reply(parent, message('loud'), tag('parent#loud'), { broadcast: true });
    expect(await chat.findByTag('shop', tag('parent#quiet'), parent)).toEqual(quiet);
    expect(await chat.findByTag('shop', tag('parent#quiet'))).toBeUndefined();
    expect(await chat.findByTag('shop', tag('parent#loud'), parent)).toEqual(loud);
    expect(slack.workspace.findMessage(loud.channelId, loud.ts)?.isBroadcast).toBe(true);
    expect(slack.workspace.findMessage(quiet.channelId, quiet.ts)?.isBroadcast).not.toBe(true);
  });

  it('looks through several pages', async () => {
    const first = await chat.post('alerts', message('first'), tag('deep'));
    for (let n = 0; n < 230; n += 1) await chat.post('alerts', message(`m${n}`), tag(`m${n}`));
    expect(await chat.findByTag('alerts', tag('deep'))).toEqual(first);
  });

  it('says gone of a message that was deleted', async () => {
    const posted = await chat.post('shop', message('a'), tag('deleted'));
    slack.workspace.remove(posted.channelId, posted.ts);
    expect(await chat.update(posted, message('b'))).toBe('gone');
    expect(await chat.findByTag('shop', tag('deleted'))).toBeUndefined();
  });

  it('tells how long to wait after a 429, and tries once only', async () => {
    slack.faults.add({ kind: 'ratelimited', method: 'chat.postMessage', seconds: 17, times: 1 });
    const before = slack.calls['chat.postMessage'] ?? 0;
    const error = await refusal(chat.post('shop', message('a'), tag('limited')));
    expect(error).toMatchObject({ retry: 'retry', reason: 'ratelimited', retryAfterSeconds: 17 });
    expect(slack.calls['chat.postMessage']).toBe(before + 1);
  });

  it.each([
    { fault: 'http-500', reason: 'http_500' },
    { fault: 'hang', reason: 'no_answer' },
    { fault: 'lost-answer', reason: 'no_answer' },
  ] as const)('$fault may be tried again', async ({ fault, reason }) => {
    slack.faults.add({ kind: fault, method: 'chat.postMessage', seconds: 2, times: 1 });
    const error = await refusal(chat.post('shop', message('a'), tag(`fault-${fault}`)));
    expect(error).toMatchObject({ retry: 'retry', reason, retryAfterSeconds: undefined });
  });

  it('finds a post whose answer was lost', async () => {
    slack.faults.add({ kind: 'lost-answer', method: 'chat.postMessage', times: 1 });
    await refusal(chat.post('shop', message('a'), tag('lost')));
    expect(await chat.findByTag('shop', tag('lost'))).toMatchObject({ channelId: expect.stringMatching(/^C/) });
  });

  it('gives up on a channel that does not exist', async () => {
    const posting = await refusal(chat.post('nowhere', message('a'), tag('x')));
    const looking = await refusal(chat.findByTag('nowhere', tag('x')));
    expect([posting, looking]).toMatchObject([
      { retry: 'give-up', reason: 'channel_not_found' },
      { retry: 'give-up', reason: 'channel_not_found' },
    ]);
  });

  it('takes a wrong token for something that can be mended, and a new one at once', async () => {
    token = 'xoxb-wrong';
    expect(await refusal(chat.post('shop', message('a'), tag('auth')))).toMatchObject({
      retry: 'retry',
      reason: 'invalid_auth',
    });
    token = TOKEN;
    await expect(chat.post('shop', message('a'), tag('auth'))).resolves.toBeDefined();
  });

  it('never has the token in an error', async () => {
    token = 'xoxb-very-secret';
    const error = await refusal(chat.post('shop', message('a'), tag('auth')));
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('xoxb-very-secret');
  });
});

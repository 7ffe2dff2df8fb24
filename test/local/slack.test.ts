import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { SILENT_LOGGER } from '../../shared/adapters/slack/silent-logger.ts';
import { errorOf, start, stopAll, TOKEN } from './slack-bench.ts';

afterEach(stopAll);

describe('the embedded Slack, read with the official client', () => {
  it('says who we are, and refuses a wrong or missing token in Slack’s words', async () => {
    const { slack, client } = await start();
    expect(await client.auth.test()).toMatchObject({ ok: true, team_id: 'T0LOCAL0', user_id: 'U0PULLMEDIC' });
    const stranger = new WebClient('xoxb-wrong', {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      logger: SILENT_LOGGER,
    });
    expect(await errorOf(stranger.auth.test())).toBe('invalid_auth');
    const anonymous = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect(await anonymous.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('posts by name and by id, with unique and increasing timestamps though the clock stands still', async () => {
    const { client, channel } = await start();
    const byName = await client.chat.postMessage({ channel: '#alerts', text: 'one' });
    const byId = await client.chat.postMessage({ channel, text: 'two' });
    expect([byName.channel, byId.channel]).toEqual([channel, channel]);
    expect(Number(byId.ts)).toBeGreaterThan(Number(byName.ts));
    const history = await client.conversations.history({ channel });
    expect(history.messages?.map((message) => message.text)).toEqual(['two', 'one']);
  });

  it('takes a JSON body as it takes a form', async () => {
    const { slack, channel } = await start();
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel, text: 'json', blocks: [{ type: 'divider' }] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, message: { text: 'json', blocks: [{ type: 'divider' }] } });
  });

  it('keeps replies out of the channel unless they are broadcast, and counts them on their parent', async () => {
    const { client, channel } = await start();
    const { ts } = await client.chat.postMessage({ channel, text: 'parent' });
    await client.chat.postMessage({ channel, text: 'quiet', thread_ts: String(ts) });
    await client.chat.postMessage({ channel, text: 'loud', thread_ts: String(ts), reply_broadcast: true });
    const history = await client.conversations.history({ channel });
    expect(history.messages?.map(({ text, subtype }) => [text, subtype])).toEqual([
      ['loud', 'thread_broadcast'],
      ['parent', undefined],
    ]);
    expect(history.messages?.at(-1)).toMatchObject({ reply_count: 2, thread_ts: ts });
    const thread = await client.conversations.replies({ channel, ts: String(ts) });
    expect(thread.messages?.map(({ text }) => text)).toEqual(['parent', 'quiet', 'loud']);
  });

  it('gives metadata only to whoever asks for it', async () => {
    const { client, channel } = await start();
    const metadata = { event_type: 'pullmedic_incident', event_payload: { id: 'i1' } };
    await client.chat.postMessage({ channel, text: 'tagged', metadata });
    const plain = await client.conversations.history({ channel });
    const full = await client.conversations.history({ channel, include_all_metadata: true });
    expect(plain.messages?.[0]?.metadata).toBeUndefined();
    expect(full.messages?.[0]?.metadata).toEqual(metadata);
  });

  it('pages by cursor, over every message once', async () => {
    const { client, channel } = await start();
    for (let i = 0; i < 7; i++) await client.chat.postMessage({ channel, text: `m${i}` });
    const seen: string[] = [];
    for await (const page of client.paginate('conversations.history', { channel, limit: 3 })) {
      const { messages = [] } = page as { messages?: { text?: string }[] };
      seen.push(...messages.map(({ text }) => text ?? ''));
    }
    expect(seen).toEqual(['m6', 'm5', 'm4', 'm3', 'm2', 'm1', 'm0']);
  });

  it('marks an edit, keeps its place, and refuses what cannot be edited', async () => {
    const { slack, client, channel } = await start();
    const { ts } = await client.chat.postMessage({ channel, text: 'before' });
    await client.chat.update({ channel, ts: String(ts), text: 'after' });
    const history = await client.conversations.history({ channel });
    expect(history.messages).toHaveLength(1);
    expect(history.messages?.[0]).toMatchObject({ ts, text: 'after', edited: { user: 'U0PULLMEDIC' } });
    expect(await errorOf(client.chat.update({ channel, ts: '1.000001', text: 'x' }))).toBe('message_not_found');
    expect(await errorOf(client.chat.update({ channel: 'alerts', ts: String(ts), text: 'x' }))).toBe(
      'channel_not_found',
    );
    const foreign = {
      type: 'message' as const,
      ts: slack.workspace.nextTs(),
      channel,
      user: 'U0SOMEBODY',
      bot_id: '',
      text: 'hi',
      blocks: [],
    };
    slack.workspace.put(foreign);
    expect(await errorOf(client.chat.update({ channel, ts: foreign.ts, text: 'x' }))).toBe('cant_update_message');
  });

  it('adds a reaction once', async () => {
    const { client, channel } = await start({ scopes: ['chat:write', 'reactions:write'] });
    const { ts } = await client.chat.postMessage({ channel, text: 'x' });
    const reaction = { channel, timestamp: String(ts), name: 'eyes' };
    await client.reactions.add(reaction);
    expect(await errorOf(client.reactions.add(reaction))).toBe('already_reacted');
  });

  it('opens a dialog with a trigger once, and updates it under its hash', async () => {
    const { slack, client } = await start();
    const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'Checking…' }, blocks: [] };
    const trigger = slack.workspace.issueTrigger('U0ALICE00');
    const opened = await client.views.open({ trigger_id: trigger, view });
    expect(await errorOf(client.views.open({ trigger_id: trigger, view }))).toBe('exchanged_trigger_id');
    expect(await errorOf(client.views.open({ trigger_id: '1.2.x', view }))).toBe('invalid_trigger_id');
    const id = String(opened.view?.id);
    await client.views.update({ view_id: id, hash: String(opened.view?.hash), view });
    expect(await errorOf(client.views.update({ view_id: id, hash: String(opened.view?.hash), view }))).toBe(
      'hash_conflict',
    );
  });
});

describe('faults that a test can switch on', () => {
  it.each([
    { kind: 'http-500' as const, posted: 0 },
    { kind: 'ratelimited' as const, posted: 0 },
    { kind: 'lost-answer' as const, posted: 1 },
    { kind: 'hang' as const, posted: 0 },
  ])('$kind: the caller sees an error, and $posted messages stand', async ({ kind, posted }) => {
    const { slack, client, channel } = await start();
    slack.faults.add({ kind, method: 'chat.postMessage', times: 1, seconds: 1 });
    expect(await errorOf(client.chat.postMessage({ channel, text: 'x' }))).not.toBe('no error');
    expect(slack.workspace.messages(channel)).toHaveLength(posted);
    await client.chat.postMessage({ channel, text: 'after the fault' });
  });
});

describe('messages kept in a file', () => {
  it('stand after a restart, an edit and a deletion included, and a line cut short is forgotten', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pullmedic-slack-'));
    try {
      const file = join(folder, 'slack.jsonl');
      const first = await start({ file });
      const one = await first.client.chat.postMessage({ channel: first.channel, text: 'one' });
      const two = await first.client.chat.postMessage({ channel: first.channel, text: 'two' });
      await first.client.chat.update({ channel: first.channel, ts: String(one.ts), text: 'one, edited' });
      await first.client.chat.delete({ channel: first.channel, ts: String(two.ts) });
      await first.slack.stop();
      writeFileSync(file, '{"kind":"put","mess', { flag: 'a' });

      const again = await start({ file });
      expect(again.channel).toBe(first.channel);
      const three = await again.client.chat.postMessage({ channel: again.channel, text: 'three' });
      expect(Number(three.ts)).toBeGreaterThan(Number(one.ts));
      const history = await again.client.conversations.history({ channel: again.channel });
      expect(history.messages?.map(({ text }) => text)).toEqual(['three', 'one, edited']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { errorOf, start, stopAll, TOKEN } from './slack-bench.ts';

afterEach(stopAll);

describe('Slack’s limits', () => {
  const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
  const button = (fields: object) => ({ type: 'button', text: text(10, 'plain_text'), action_id: 'a', ...fields });

  it.each([
    { what: '50 blocks', blocks: Array.from({ length: 50 }, () => ({ type: 'divider' })), error: 'no error' },
    { what: '51 blocks', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })), error: 'invalid_blocks' },
    { what: 'a section of 3,000', blocks: [{ type: 'section', text: text(3_000) }], error: 'no error' },
    { what: 'a section of 3,001', blocks: [{ type: 'section', text: text(3_001) }], error: 'invalid_blocks' },
    { what: 'an empty section', blocks: [{ type: 'section', text: text(0) }], error: 'invalid_blocks' },
    { what: 'a section without text', blocks: [{ type: 'section' }], error: 'invalid_blocks' },
    {
      what: '11 fields',
      blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => text(5)) }],
      error: 'invalid_blocks',
    },
    { what: 'a field of 2,001', blocks: [{ type: 'section', fields: [text(2_001)] }], error: 'invalid_blocks' },
    { what: 'a header of 150', blocks: [{ type: 'header', text: text(150, 'plain_text') }], error: 'no error' },
    { what: 'a header of 151', blocks: [{ type: 'header', text: text(151, 'plain_text') }], error: 'invalid_blocks' },
    { what: 'a header in mrkdwn', blocks: [{ type: 'header', text: text(5) }], error: 'invalid_blocks' },
    {
      what: '11 context elements',
      blocks: [{ type: 'context', elements: Array.from({ length: 11 }, () => text(5)) }],
      error: 'invalid_blocks',
    },
    {
      what: 'a button text of 76',
      blocks: [{ type: 'actions', elements: [button({ text: text(76, 'plain_text') })] }],
      error: 'invalid_blocks',
    },
    {
      what: 'a button value of 2,000',
      blocks: [{ type: 'actions', elements: [button({ value: 'v'.repeat(2_000) })] }],
      error: 'no error',
    },
    {
      what: 'a button value of 2,001',
      blocks: [{ type: 'actions', elements: [button({ value: 'v'.repeat(2_001) })] }],
      error: 'invalid_blocks',
    },
    {
      what: 'one action id twice',
      blocks: [{ type: 'actions', elements: [button({}), button({})] }],
      error: 'invalid_blocks',
    },
    {
      what: 'one block id twice',
      blocks: [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      error: 'invalid_blocks',
    },
    { what: 'an unknown block', blocks: [{ type: 'headline' }], error: 'invalid_blocks' },
    {
      what: '13,200 characters in all',
      blocks: Array.from({ length: 5 }, () => ({ type: 'section', text: text(2_900) })),
      error: 'msg_blocks_too_long',
    },
  ])('$what → $error', async ({ blocks, error }) => {
    const { client, channel } = await start();
    expect(await errorOf(client.chat.postMessage({ channel, text: 'fallback', blocks: blocks as never }))).toBe(error);
  });

  it('names the place of a bad block', async () => {
    const { client, channel } = await start();
    const call = client.chat.postMessage({
      channel,
      text: 'x',
      blocks: [{ type: 'divider' }, { type: 'headline' }] as never,
    });
    await expect(call).rejects.toMatchObject({
      data: { response_metadata: { messages: ['[ERROR] unsupported type: headline [json-pointer:/blocks/1/type]'] } },
    });
  });

  it.each([
    { what: 'nothing to say', args: {}, error: 'no_text' },
    { what: 'a text of 40,001', args: { text: 'x'.repeat(40_001) }, error: 'msg_too_long' },
    { what: 'an unknown channel', args: { text: 'x', channel: 'C0NOWHERE00' }, error: 'channel_not_found' },
    { what: 'a reply to nothing', args: { text: 'x', thread_ts: '1.000001' }, error: 'cannot_reply_to_message' },
    {
      what: 'metadata without a type',
      args: { text: 'x', metadata: { event_payload: {} } },
      error: 'invalid_metadata_schema',
    },
    {
      what: 'metadata of 9,000',
      args: { text: 'x', metadata: { event_type: 't', event_payload: { a: 'x'.repeat(9_000) } } },
      error: 'metadata_too_large',
    },
  ])('$what → $error', async ({ args, error }) => {
    const { client, channel } = await start();
    expect(await errorOf(client.chat.postMessage({ channel, ...args } as never))).toBe(error);
  });

  it('lets a burst pass, then answers 429 with Retry-After, per channel', async () => {
    const { slack, channel } = await start({ postBurst: 2 });
    const post = (to: string) =>
      fetch(`${slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}` },
        body: new URLSearchParams({ channel: to, text: 'x' }),
      });
    const statuses = [(await post(channel)).status, (await post('alerts')).status];
    const refused = await post(channel);
    expect([...statuses, refused.status]).toEqual([200, 200, 429]);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await post('team-shop')).status).toBe(200);
    expect(slack.workspace.messages(channel)).toHaveLength(2);
  });
});

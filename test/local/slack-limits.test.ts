import { afterEach, describe, expect, it } from '@jest/globals';
import { errorOf, start, stopAll, TOKEN } from './slack-bench.ts';

afterEach(stopAll);

describe('Slack’s limits', () => {
  const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
  const button = (fields: object) => ({ type: 'button', text: text(10, 'plain_text'), action_id: 'a', ...fields });

  /** Different options, each with a text and a value of so many characters. */
  const list = (count: number, size: number) =>
    Array.from({ length: count }, (_, index) => {
      const words = `${index}`.padStart(size, 'o');
      return { text: { type: 'plain_text', text: words }, value: words };
    });

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
    ...[
      { what: '1 option', options: 1, size: 10, error: 'invalid_blocks' },
      { what: '5 options', options: 5, size: 75, error: 'no error' },
      { what: '6 options', options: 6, size: 10, error: 'invalid_blocks' },
      { what: 'an option of 76', options: 2, size: 76, error: 'invalid_blocks' },
    ].map(({ what, options, size, error }) => ({
      what: `an overflow menu with ${what}`,
      blocks: [{ type: 'actions', elements: [{ type: 'overflow', action_id: 'm', options: list(options, size) }] }],
      error,
    })),
    ...[
      { what: '100 options', fields: { options: list(100, 10) }, error: 'no error' },
      { what: '101 options', fields: { options: list(101, 10) }, error: 'invalid_blocks' },
      { what: 'no options', fields: { options: [] }, error: 'invalid_blocks' },
      {
        what: 'another option at first',
        fields: { options: list(2, 10), initial_option: list(3, 10)[2] },
        error: 'invalid_blocks',
      },
    ].map(({ what, fields, error }) => ({
      what: `a select with ${what}`,
      blocks: [{ type: 'actions', elements: [{ type: 'static_select', action_id: 's', ...fields }] }],
      error,
    })),
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

describe('Slack’s limits for a dialog', () => {
  const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
  const input = { type: 'input', label: plain(5), element: { type: 'plain_text_input' } };
  const dividers = (count: number) => Array.from({ length: count }, () => ({ type: 'divider' }));

  it.each([
    { what: 'a title of 24', view: { title: plain(24) }, error: 'no error' },
    { what: 'a title of 25', view: { title: plain(25) }, error: 'invalid_arguments' },
    { what: 'no title', view: { title: undefined }, error: 'invalid_arguments' },
    { what: 'a submit of 25', view: { submit: plain(25) }, error: 'invalid_arguments' },
    { what: 'a close of 25', view: { close: plain(25) }, error: 'invalid_arguments' },
    { what: '100 blocks', view: { blocks: dividers(100) }, error: 'no error' },
    { what: '101 blocks', view: { blocks: dividers(101) }, error: 'invalid_arguments' },
    { what: 'private_metadata of 3,000', view: { private_metadata: 'x'.repeat(3_000) }, error: 'no error' },
    { what: 'private_metadata of 3,001', view: { private_metadata: 'x'.repeat(3_001) }, error: 'invalid_arguments' },
    { what: 'a callback_id of 256', view: { callback_id: 'x'.repeat(256) }, error: 'invalid_arguments' },
    { what: 'an input and a submit', view: { blocks: [input], submit: plain(5) }, error: 'no error' },
    { what: 'an input and no submit', view: { blocks: [input] }, error: 'invalid_arguments' },
    {
      what: 'an input without a label',
      view: { blocks: [{ ...input, label: undefined }], submit: plain(5) },
      error: 'invalid_arguments',
    },
    {
      what: 'a button in an input',
      view: { blocks: [{ ...input, element: { type: 'button' } }], submit: plain(5) },
      error: 'invalid_arguments',
    },
    { what: 'a Home tab', view: { type: 'home' }, error: 'invalid_arguments' },
  ])('$what → $error', async ({ view, error }) => {
    const { slack, client } = await start();
    const trigger = slack.workspace.issueTrigger('U0ALICE00');
    const whole = { type: 'modal', title: plain(5), blocks: [], ...view };
    expect(await errorOf(client.views.open({ trigger_id: trigger, view: whole as never }))).toBe(error);
  });
});

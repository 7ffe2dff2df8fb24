import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { createSlackPoster } from '../../functions/dead-letter/slack-poster.ts';
import { manifestScopes, neededScopes } from '../../infra/local/slack/scopes.ts';
import { type LocalSlack, startSlack } from '../../infra/local/slack/server.ts';
import type { SlackChannel } from '../../infra/local/slack/workspace.ts';
import { createSlackChat } from '../../shared/adapters/slack/slack-chat.ts';
import { createSlackDialogs } from '../../shared/adapters/slack/slack-dialogs.ts';
import { createSlackInspector } from '../../shared/adapters/slack/slack-inspector.ts';
import { SLACK_SCOPES } from '../../shared/domain/doctor/slack-scopes.ts';
import { ChatError } from '../../shared/domain/errors.ts';
import { Secret } from '../../shared/domain/secret.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const CHANNELS: readonly SlackChannel[] = [false, true].map((isPrivate) => ({
  id: 'C0',
  name: 'c',
  isDirect: false,
  isPrivate,
  isMember: true,
}));
/** What the channel names of the product are looked for in. */
const TYPES = 'public_channel,private_channel';

/** Scopes that a method needs, whatever channel it is about. */
const scopesOf = (method: string) => CHANNELS.flatMap((channel) => neededScopes(method, TYPES, channel));

/** Methods that the code names; the one of Socket Mode is called with another token. */
function methodsInSource(): readonly string[] {
  const files = [
    ...readdirSync(join(ROOT, 'shared/adapters/slack')).map((name) => `shared/adapters/slack/${name}`),
    ...readdirSync(join(ROOT, 'functions/dead-letter')).map((name) => `functions/dead-letter/${name}`),
  ];
  const found = files.flatMap((file) => [
    ...read(file).matchAll(
      /'((?:apps|auth|bots|chat|conversations|files|reactions|team|usergroups|users|views)\.[A-Za-z.]+)'/g,
    ),
  ]);
  return [...new Set(found.map(([, method = '']) => method))].filter((method) => method !== 'apps.connections.open');
}

describe('infra/slack/manifest.yaml', () => {
  it('asks for what the Web API methods of the code need, no more and no less', () => {
    const methods = methodsInSource();
    expect(methods).toEqual(expect.arrayContaining(['chat.postMessage', 'conversations.replies', 'users.info']));
    expect([...manifestScopes()].sort()).toEqual([...new Set(methods.flatMap(scopesOf))].sort());
  });

  it('asks for what the table of scopes explains', () => {
    expect([...manifestScopes()].sort()).toEqual(SLACK_SCOPES.map(({ scope }) => scope).sort());
    for (const { scope, methods } of SLACK_SCOPES) {
      expect(methods.filter((method) => !scopesOf(method).includes(scope))).toEqual([]);
    }
  });

  it('turns presses on, and neither events, Socket Mode nor token rotation', () => {
    expect(parse(read('infra/slack/manifest.yaml'))).toMatchObject({
      display_information: { name: 'pullmedic' },
      features: { bot_user: { display_name: 'pullmedic' } },
      settings: {
        interactivity: { is_enabled: true, request_url: 'https://pullmedic.example.com/slack' },
        socket_mode_enabled: false,
        token_rotation_enabled: false,
      },
    });
    expect(read('infra/slack/manifest.yaml')).not.toMatch(/event_subscriptions|slash_commands|^ +user:/m);
  });

  it('has each scope explained in docs/slack.md', () => {
    const page = read('docs/slack.md');
    for (const { scope, purpose, without } of SLACK_SCOPES) {
      expect(page).toContain(`| \`${scope}\` | ${purpose} | ${without} |`);
    }
  });
});

describe('the scopes of the manifest', () => {
  let slack: LocalSlack;
  afterEach(() => slack.stop());

  /** Everything that pullmedic asks of Slack, in a public and in a private channel. @returns what was refused */
  async function refusals(scopes: readonly string[]): Promise<readonly string[]> {
    const clock = { now: () => Date.now() };
    const access = async () => ({ token: new Secret('xoxb-scopes'), apiUrl: slack.apiUrl });
    slack = await startSlack({ clock, token: 'xoxb-scopes', channels: ['open'], scopes, postBurst: 100 });
    const { workspace } = slack;
    workspace.addChannel('closed', { isPrivate: true });
    const chat = createSlackChat({ access });
    const dialogs = createSlackDialogs({ access, clock });
    const inspector = createSlackInspector({ access });
    const refused: string[] = [];
    const ask = async <T>(call: Promise<T>): Promise<T | undefined> => {
      try {
        return await call;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        refused.push(error.message);
        return undefined;
      }
    };

    const view = { title: 't', close: 'c', callbackId: 'x', state: '', blocks: [], submit: undefined };
    for (const name of ['open', 'closed']) {
      const id = workspace.findChannel(name)?.id ?? '';
      const posted = await ask(chat.post(id, MESSAGE, { kind: 'incident', id: '1' }));
      if (posted !== undefined) {
        await ask(chat.reply(posted, MESSAGE, { kind: 'reply', id: '2' }));
        await ask(chat.update(posted, MESSAGE));
        await ask(chat.findByTag(id, { kind: 'reply', id: '2' }, posted));
      }
      await ask(createSlackChat({ access }).findByTag(name, { kind: 'incident', id: '1' }));
      await ask(dialogs.tell({ channelId: id, userId: 'U0ALICE00', thread: undefined }, 'x'));
      await ask(inspector.channel(name));
    }
    await ask(dialogs.user('U0ALICE00'));
    await ask(dialogs.groupMembers('S0ONCALL0'));
    await ask(dialogs.ownTeam());
    await ask(dialogs.open(workspace.issueTrigger('U0ALICE00'), view as never));
    await ask(inspector.auth());
    const post = createSlackPoster({ fetch, connect: access, clock });
    await ask(
      post({
        channel: workspace.findChannel('open')?.id ?? '',
        text: 'x',
        metadata: { event_type: 'pullmedic_dead_letter', event_payload: { id: '3' } },
      } as never),
    );
    return refused;
  }

  it('suffice for every call', async () => {
    expect(await refusals(manifestScopes())).toEqual([]);
  });

  it.each(SLACK_SCOPES.map(({ scope }) => scope))('are each needed: without %s something is refused', async (scope) => {
    const refused = await refusals(manifestScopes().filter((one) => one !== scope));
    expect(refused).toEqual(expect.arrayContaining([expect.stringMatching(/: missing_scope$/)]));
    const { methods } = SLACK_SCOPES.find((one) => one.scope === scope) ?? { methods: [] };
    for (const line of refused) expect(methods.some((method) => line === `Slack ${method}: missing_scope`)).toBe(true);
  });
});

const MESSAGE = { text: 'x', blocks: [] };

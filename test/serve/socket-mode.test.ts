import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type InteractivePayload, type SocketMode, startSocketMode } from '../../shared/adapters/slack/socket-mode.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { until } from '../support/until.ts';
import { type SocketSlack, startSocketSlack } from './socket-slack.ts';

const APP_TOKEN = 'xapp-of-the-test';
const CLICK = { type: 'block_actions', user: { id: 'U1' }, channel: { id: 'C1' }, actions: [{ action_id: 'x' }] };

describe('Socket Mode', () => {
  let slack: SocketSlack;
  let mode: SocketMode;
  let actions: InteractivePayload[];
  let warnings: string[];
  let act: (payload: InteractivePayload) => Promise<object | undefined>;

  beforeEach(async () => {
    slack = await startSocketSlack(APP_TOKEN);
    actions = [];
    warnings = [];
    act = async () => undefined;
  });
  afterEach(async () => {
    await mode.stop(5_000);
    await slack.stop();
  });

  function start(token = APP_TOKEN): void {
    const note = (message: string, fields?: unknown) => void warnings.push(`${message} ${JSON.stringify(fields)}`);
    mode = startSocketMode({
      access: async () => ({ token: new Secret(token), apiUrl: slack.apiUrl }),
      onAction: async (payload) => {
        actions.push(payload);
        return (await act(payload)) as Readonly<Record<string, unknown>> | undefined;
      },
      log: { debug() {}, info() {}, warn: note, error: note },
      retryMs: 20,
    });
  }
  const connected = (count: number) =>
    until(`connection ${count}`, 10, () => slack.connections() === count && mode.isConnected());
  const envelope = (id: string, type = 'interactive') => ({ envelope_id: id, type, payload: CLICK });

  it('hands over what was clicked, acknowledged first', async () => {
    start();
    await connected(1);
    act = async () => {
      await until('the acknowledgement', 5, () => slack.acknowledged.includes('e1'));
      return undefined;
    };
    slack.send(envelope('e1'));
    await until('the action', 10, () => actions.length === 1);
    expect(actions).toEqual([CLICK]);
    expect(slack.acknowledged).toEqual(['e1']);
  });

  it('acknowledges a submitted dialog with what becomes of it', async () => {
    start();
    await connected(1);
    act = async () => ({ response_action: 'clear' });
    slack.send({ envelope_id: 'e1', type: 'interactive', payload: { type: 'view_submission' } });
    await until('the acknowledgement', 10, () => slack.acknowledged.length === 1);
    expect(slack.answers).toEqual([{ response_action: 'clear' }]);
  });

  it('acknowledges what it has no use for, and hands it to nobody', async () => {
    start();
    await connected(1);
    slack.send(envelope('e1', 'slash_commands'));
    await until('the acknowledgement', 10, () => slack.acknowledged.length === 1);
    expect(actions).toEqual([]);
  });

  it('lives on when an action fails', async () => {
    start();
    await connected(1);
    act = async () => {
      throw new Error('a bug');
    };
    slack.send(envelope('e1'));
    slack.send(envelope('e2'));
    await until('both', 10, () => warnings.filter((line) => line.startsWith('an action failed')).length === 2);
    expect(mode.isConnected()).toBe(true);
  });

  it.each([
    { what: 'Slack says that it will close', end: () => slack.send({ type: 'disconnect', reason: 'warning' }) },
    { what: 'the network cuts it', end: () => slack.cut() },
  ])(
    'connects again when $what',
    async ({ end }) => {
      start();
      await connected(1);
      end();
      await connected(2);
      slack.send(envelope('e1'));
      await until('the action', 10, () => actions.length === 1);
    },
    20_000,
  );

  it.each([
    { what: 'Slack is out of order', refuseWith: 500 },
    { what: 'Slack wants us to wait', refuseWith: 429 },
  ])('tries again while $what, and the process lives', async ({ refuseWith }) => {
    slack.refuseWith = refuseWith;
    start();
    await until('three tries', 10, () => slack.opens() >= 3);
    expect(mode.isConnected()).toBe(false);
    slack.refuseWith = undefined;
    await connected(1);
  });

  it('says so when the token is wrong, without showing it', async () => {
    start('xapp-wrong');
    await until('the warning', 10, () => warnings.length > 0);
    expect(warnings[0]).toContain('no Socket Mode connection');
    expect(warnings.join()).not.toContain('xapp-');
  });

  it('closes when it is stopped', async () => {
    start();
    await connected(1);
    await mode.stop(5_000);
    expect(mode.isConnected()).toBe(false);
    expect(slack.opens()).toBe(1);
  });
});

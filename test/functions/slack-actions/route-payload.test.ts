import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRouter } from '../../../functions/slack-actions/route-payload.ts';
import { StoreError } from '../../../shared/domain/errors.ts';
import { parseAction } from '../../../shared/flows/actions/parse-action.ts';
import { payload } from '../../flows/actions/action-stage.ts';

function setUp(answer: object | undefined = undefined) {
  const acted: unknown[] = [];
  const route = createRouter(async (given) => {
    acted.push(given);
    return answer as Readonly<Record<string, unknown>> | undefined;
  });
  return { acted, route };
}

describe("Bolt's routing", () => {
  it.each(['offer-button', 'offer-menu', 'take', 'mute', 'not-it', 'git-fix', 'choice'])(
    'hands over %s whole, and answers nothing',
    async (name) => {
      const { acted, route } = setUp({ ignored: true });
      expect(await route(payload(name))).toBeUndefined();
      expect(acted).toEqual([payload(name)]);
    },
  );

  it.each(['confirm', 'not-it-words'])('hands over %s whole, and gives back the answer', async (name) => {
    const { acted, route } = setUp({ response_action: 'clear' });
    expect(await route(payload(name))).toEqual({ response_action: 'clear' });
    expect(acted).toEqual([payload(name)]);
  });

  it.each([
    { type: 'view_closed', user: { id: 'U1' }, view: { id: 'V1', callback_id: 'remedy' } },
    { type: 'shortcut', callback_id: 'x', user: { id: 'U1' } },
    { type: 'message_action', callback_id: 'x', user: { id: 'U1' } },
    { command: '/pullmedic' },
    { type: 'url_verification', challenge: 'x' },
    {},
  ])('acknowledges %p, which this app has not got, with nothing', async (given) => {
    const { acted, route } = setUp({ response_action: 'clear' });
    expect(await route(given)).toBeUndefined();
    expect(acted).toEqual([]);
  });

  it('lets the edge see what went wrong, unwrapped', async () => {
    const error = new StoreError('away', { retry: 'retry' });
    const route = createRouter(() => Promise.reject(error));
    await expect(route(payload('take'))).rejects.toBe(error);
    await expect(route(payload('confirm'))).rejects.toBe(error);
  });

  it('never fails by itself, whatever is signed and looks like an action', async () => {
    const { acted, route } = setUp();
    const part = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom({ id: 'U1' }, { id: 'V1', callback_id: 'x' }) },
      fc.jsonValue(),
    );
    const given = fc.record(
      {
        type: fc.constantFrom(
          'block_actions',
          'view_submission',
          'interactive_message',
          'dialog_submission',
          'shortcut',
        ),
        user: part,
        team: part,
        channel: part,
        view: part,
        actions: fc.oneof(fc.constant([{ action_id: 'x' }]), fc.constant([{ action_id: 'x', type: 'button' }]), part),
      },
      { requiredKeys: ['type', 'user', 'actions'] },
    );
    await fc.assert(
      fc.asyncProperty(given, async (value) => {
        if (parseAction(value) !== undefined) await route(value as Readonly<Record<string, unknown>>);
      }),
      { numRuns: 500 },
    );
    expect(acted.length).toBeGreaterThan(20);
  });
});

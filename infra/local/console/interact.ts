import type { Interactions, Outcome } from '../slack/interactions.ts';

/** What the page sends for whatever somebody does in it: one kind, and what that kind needs. */
export type InteractRequest = Readonly<Record<string, unknown>>;

/**
 * Does in the embedded Slack what the page asks for.
 * @throws {TypeError} for what is not on the screen, or misses something
 */
export async function interact(asked: InteractRequest, interactions: Interactions): Promise<Outcome> {
  const user = text(asked, 'user');
  switch (asked['kind']) {
    case 'press':
      return interactions.press({
        user,
        channel: text(asked, 'channel'),
        ts: text(asked, 'ts'),
        actionId: text(asked, 'actionId'),
        value: optional(asked, 'value'),
      });
    case 'choose':
      return interactions.choose({
        user,
        viewId: text(asked, 'viewId'),
        actionId: text(asked, 'actionId'),
        value: optional(asked, 'value'),
      });
    case 'submit': {
      const given: unknown = asked['values'];
      const pairs = typeof given === 'object' && given !== null ? Object.entries(given) : [];
      const values = Object.fromEntries(pairs.map(([blockId, value]) => [blockId, String(value)]));
      return interactions.submit({ user, viewId: text(asked, 'viewId'), values });
    }
    case 'close':
      return interactions.close({ user, viewId: text(asked, 'viewId') });
    default:
      throw new TypeError(`no such interaction: ${String(asked['kind'])}`);
  }
}

function text(asked: InteractRequest, name: string): string {
  const value = asked[name];
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} is missing`);
  return value;
}

function optional(asked: InteractRequest, name: string): string | undefined {
  const value = asked[name];
  return typeof value === 'string' ? value : undefined;
}

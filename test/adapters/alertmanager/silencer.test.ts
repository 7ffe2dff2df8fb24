import { describe, expect, it } from '@jest/globals';
import { createSilencer } from '../../../shared/adapters/alertmanager/silencer.ts';
import type { AlertmanagerConfig } from '../../../shared/config/config.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const URL = 'https://am.example.com';
const CHANGE = {
  kind: 'silence-alerts' as const,
  alertmanager: URL,
  matchers: [{ name: 'namespace', value: 'shop' }],
  minutes: 60,
};
const OPTIONS = { by: 'alice', now: NOW, id: 'offer-1' };
const END = { kind: 'end-silence' as const, alertmanager: URL, silenceId: 's/1' };

/** An Alertmanager with silences, as far as the API of silences goes. */
function stage(fail: (method: string) => number | 'silent' | undefined = () => undefined) {
  const silences: { id: string; comment: string; endsAt: string; status: { state: string } }[] = [];
  const calls: string[] = [];
  const headers: string[] = [];
  const target: AlertmanagerConfig = {
    url: URL,
    auth: { scheme: 'bearer', username: undefined, credential: 'env:AM' },
    clusters: undefined,
    generatorUrl: undefined,
  };
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { method = 'GET', body } = init;
    calls.push(`${method} ${url.slice(URL.length)}`);
    headers.push(new Headers(init.headers).get('authorization') ?? '');
    const fault = fail(method);
    if (fault === 'silent') throw new TypeError('fetch failed');
    if (fault !== undefined) return new Response('no', { status: fault });
    if (url.endsWith('/silences') && method === 'GET') return Response.json(silences);
    if (method === 'POST') {
      const id = `s/${silences.length + 1}`;
      silences.push({
        ...(JSON.parse(String(body)) as { comment: string; endsAt: string }),
        id,
        status: { state: 'active' },
      });
      return Response.json({ silenceID: id });
    }
    const found = silences.find(({ id }) => url.endsWith(encodeURIComponent(id)));
    if (found === undefined) return new Response('', { status: 404 });
    if (method === 'DELETE') found.status.state = 'expired';
    return Response.json(found);
  };
  const silencer = createSilencer({
    credentials: { read: async () => new Secret('s3cret') },
    fetch,
    clock: { now: () => NOW },
    config: { load: async () => ({ alertmanagers: [target] }) },
  });
  return { silencer, silences, calls, headers };
}

describe('silencer', () => {
  it('silences once for an offer, for the chosen time, with the configured credential', async () => {
    const { silencer, silences, headers } = stage();
    expect(await silencer.silence(CHANGE, OPTIONS)).toEqual({ kind: 'done', at: NOW, id: 's/1' });
    expect(await silencer.silence(CHANGE, OPTIONS)).toEqual({ kind: 'already', at: NOW, id: 's/1' });
    expect(silences).toEqual([
      {
        id: 's/1',
        matchers: [{ name: 'namespace', value: 'shop', isRegex: false, isEqual: true }],
        startsAt: '2026-11-22T12:00:00.000Z',
        endsAt: '2026-11-22T13:00:00.000Z',
        createdBy: 'alice',
        comment: 'by alice from Slack (pullmedic offer-1)',
        status: { state: 'active' },
      },
    ]);
    expect(new Set(headers)).toEqual(new Set(['Bearer s3cret']));
    expect(await silencer.silence(CHANGE, { ...OPTIONS, id: 'offer-2' })).toMatchObject({ kind: 'done', id: 's/2' });
  });

  it('does not adopt one that has ended', async () => {
    const { silencer } = stage();
    await silencer.silence(CHANGE, OPTIONS);
    expect(await silencer.end(END)).toEqual({ kind: 'done', at: NOW });
    expect(await silencer.silence(CHANGE, OPTIONS)).toMatchObject({ kind: 'done', id: 's/2' });
  });

  it('ends one once, and says when there is none', async () => {
    const { silencer, calls } = stage();
    await silencer.silence(CHANGE, OPTIONS);
    expect(await silencer.end(END)).toEqual({ kind: 'done', at: NOW });
    expect(await silencer.end(END)).toEqual({ kind: 'already', at: NOW });
    expect(await silencer.end({ ...END, silenceId: 'other' })).toEqual({ kind: 'gone' });
    expect(calls.filter((call) => call.startsWith('DELETE'))).toEqual(['DELETE /api/v2/silence/s%2F1']);
  });

  it('asks only what is configured', async () => {
    const { silencer, calls } = stage();
    const other = { alertmanager: 'https://evil.example.com' };
    expect(await silencer.silence({ ...CHANGE, ...other }, OPTIONS)).toMatchObject({ kind: 'refused' });
    expect(await silencer.end({ ...END, ...other })).toMatchObject({ kind: 'refused' });
    expect(calls).toEqual([]);
  });

  it.each([
    [401, 'denied'],
    [403, 'denied'],
    [400, 'refused'],
  ])('%i is told as %s', async (status, kind) => {
    const { silencer } = stage(() => status);
    expect(await silencer.silence(CHANGE, OPTIONS)).toMatchObject({ kind, why: expect.stringContaining(`${status}`) });
    expect(await silencer.end(END)).toMatchObject({ kind });
  });

  it.each([500, 429, 'silent'] as const)('%s is thrown, worth another try', async (fault) => {
    const { silencer } = stage((method) => (method === 'POST' ? fault : undefined));
    await expect(silencer.silence(CHANGE, OPTIONS)).rejects.toMatchObject({ code: 'alertmanager', retry: 'retry' });
  });
});

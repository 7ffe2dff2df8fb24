import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AlertmanagerApi, startAlertmanagerApi } from '../../infra/local/alertmanager/api.ts';

const HOUR_MS = 3_600_000;
let now = 1_700_000_000_000;
let api: AlertmanagerApi;

beforeEach(async () => {
  api = await startAlertmanagerApi({ now: () => now });
});

afterEach(() => api.stop());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${api.url}/api/v2/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

function silence(more: object = {}) {
  return {
    matchers: [{ name: 'namespace', value: 'shop', isRegex: false, isEqual: true }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + HOUR_MS).toISOString(),
    createdBy: 'alice',
    comment: 'by alice',
    ...more,
  };
}

describe('silences', () => {
  it('hold for what they match until they end', async () => {
    const { body } = await call('POST', 'silences', silence());
    const { silenceID: id } = body as { silenceID: string };
    expect([api.isSilenced({ namespace: 'shop', pod: 'a' }), api.isSilenced({ namespace: 'web' })]).toEqual([
      true,
      false,
    ]);
    expect((await call('GET', 'silences')).body).toMatchObject([
      { id, createdBy: 'alice', status: { state: 'active' } },
    ]);
    now += HOUR_MS;
    expect(api.isSilenced({ namespace: 'shop' })).toBe(false);
    expect((await call('GET', `silence/${id}`)).body).toMatchObject({ status: { state: 'expired' } });
  });

  it('are ended by a deletion, and stay known', async () => {
    const { silenceID: id } = (await call('POST', 'silences', silence())).body as { silenceID: string };
    expect((await call('DELETE', `silence/${id}`)).status).toBe(200);
    expect(api.isSilenced({ namespace: 'shop' })).toBe(false);
    expect(api.silences().map(({ status }) => status.state)).toEqual(['expired']);
  });

  it.each([
    { what: 'without matchers', more: { matchers: [] } },
    { what: 'that ends before it begins', more: { endsAt: new Date(now - HOUR_MS).toISOString() } },
    { what: 'of nobody', more: { createdBy: '' } },
    { what: 'without a comment', more: { comment: undefined } },
  ])('are refused $what', async ({ more }) => {
    expect((await call('POST', 'silences', silence(more))).status).toBe(400);
    expect(api.silences()).toEqual([]);
  });

  it('that are not there are 404', async () => {
    expect([(await call('GET', 'silence/x')).status, (await call('DELETE', 'silence/x')).status]).toEqual([404, 404]);
    expect((await call('POST', 'silences', silence({ id: 'x' }))).status).toBe(404);
  });
});

it('takes alerts', async () => {
  expect((await call('POST', 'alerts', [{ labels: { alertname: 'ImagePullDiagnosed' } }])).status).toBe(200);
  expect(api.posted()).toEqual([{ labels: { alertname: 'ImagePullDiagnosed' } }]);
});

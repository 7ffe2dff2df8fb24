import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUDGETS_KB, FORBIDDEN_FOLDERS, FORBIDDEN_PACKAGES, NEVER_SHIPPED } from '../../infra/build/budgets.ts';
import { type Bundle, bundle, bundleNames, ownFilesIn, packagesIn } from '../../infra/build/bundle.ts';
import { functionEnv, packFunction, requestScript, slackActionsEnv, slackRequest } from '../support/bundle-process.ts';

describe.each(bundleNames())('the bundle of %s', (name) => {
  let built: Bundle;
  beforeAll(async () => {
    built = await bundle(name);
  });

  it('is within its budget', () => {
    expect(built.code.length / 1000).toBeLessThanOrEqual(BUDGETS_KB[name] ?? 0);
  });

  it('has no package that belongs to another function', () => {
    const forbidden = FORBIDDEN_PACKAGES[name] ?? [];
    const found = [...packagesIn(built).keys()].filter((path) => forbidden.some((prefix) => path.startsWith(prefix)));
    expect(found).toEqual([]);
  });

  it('has no code of ours that belongs to another function', () => {
    const others = bundleNames().filter((other) => other !== name && name !== 'cli');
    const forbidden = [
      ...NEVER_SHIPPED,
      ...(FORBIDDEN_FOLDERS[name] ?? []),
      // `pullmedic serve` runs every function's handler, with adapters of its own.
      ...others.map((other) => (name === 'cli' ? `functions/${other}/index.ts` : `functions/${other}/`)),
    ];
    const found = ownFilesIn(built)
      .filter((file) => file !== 'infra/build/lambda-credentials.ts')
      .filter((file) => forbidden.some((folder) => file.startsWith(folder)));
    expect(found).toEqual([]);
  });
});

describe('the checks above', () => {
  it('see what is in a bundle', async () => {
    const built = await bundle('alert-webhook');
    expect(packagesIn(built).get('@aws-sdk/client-sqs')).toBeGreaterThan(1000);
    expect(ownFilesIn(built)).toContain('functions/alert-webhook/handler.ts');
  });

  it('know every function', () => {
    expect(bundleNames()).toEqual(expect.arrayContaining(['alert-webhook', 'dead-letter']));
    expect(Object.keys(BUDGETS_KB)).toEqual(expect.arrayContaining([...bundleNames()]));
  });
});

/** Nothing listens there. */
const NO_AWS = 'http://127.0.0.1:1';

/** Makes one request of a packed function in a process of its own. */
function runBare(folder: string, script: string, env: Readonly<Record<string, string>>) {
  return spawnSync(process.execPath, ['-e', script], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
}

describe('the bundle of alert-webhook, run by a bare Node', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await packFunction(
      'alert-webhook',
      'clusters: [{ name: a }]\nslack: { channel: c }\nalerts: { tokens: [{ current: "env:TOKEN" }] }\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    { token: 'right', body: '{"version":"4","alerts":[]}', status: 202 },
    { token: 'right', body: '{', status: 400 },
    { token: 'wrong', body: '{"version":"4","alerts":[]}', status: 401 },
    // Nothing listens there: what is not on the queue is not accepted.
    { token: 'right', body: '{"version":"4","alerts":[{"labels":{"alertname":"ImagePullBackOff"}}]}', status: 503 },
  ])('answers $body with the $token token by $status', ({ token, body, status }) => {
    const request = { rawPath: '/alerts', headers: { authorization: `Bearer ${token}` }, body };
    const script = requestScript(request, "'status ' + a.statusCode");
    const { stdout, stderr } = runBare(folder, script, { ...functionEnv(NO_AWS), TOKEN: 'right' });
    expect(stdout).toContain(`status ${status}`);
    // Names of errors survive the minifier: whoever reads the log needs them.
    expect(stderr.match(/"error":\{"name":"(\w+)"/)?.[1]).toBe(status === 202 ? undefined : 'QueueError');
  });
});

describe('the bundle of slack-actions, run by a bare Node', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await packFunction(
      'slack-actions',
      'clusters: [{ name: a }]\nslack: { channel: c, apiUrl: "http://127.0.0.1:1/api/", botToken: "env:BOT", signingSecret: "env:SIGNING" }\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const submission = {
    type: 'view_submission',
    user: { id: 'U0ALICE01' },
    view: { id: 'V1', callback_id: 'of-another-version' },
  };
  const click = { type: 'block_actions', user: { id: 'U0ALICE01' }, actions: [{ action_id: 'of-another-version' }] };

  it.each([
    { what: 'a click', payload: click, signedBy: 'right', status: 200, answer: '' },
    // Through Bolt, which lost its receivers on the way into the bundle.
    { what: 'a dialog', payload: submission, signedBy: 'right', status: 200, answer: '"response_action":"update"' },
    { what: 'a forged click', payload: click, signedBy: 'wrong', status: 401, answer: 'not that of this body' },
    { what: 'no payload', payload: undefined, signedBy: 'right', status: 400, answer: 'expected a form' },
  ])('answers $what signed by the $signedBy secret by $status', ({ payload, signedBy, status, answer }) => {
    const body = payload === undefined ? 'x=1' : new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const script = requestScript(slackRequest(body, signedBy), "'status ' + a.statusCode + a.body");
    const { stdout } = runBare(folder, script, { ...slackActionsEnv(NO_AWS), BOT: 'xoxb-test', SIGNING: 'right' });
    expect(stdout).toContain(`status ${status}`);
    expect(stdout).toContain(answer);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { REFRESHED } from '../../infra/local/stack/stack-config.ts';
import type { Log } from '../../shared/ports/log.ts';
import { until } from '../support/until.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { pods, untilFailing, untilRunning } from './workloads.ts';

jest.setTimeout(300_000);

const { namespace, secret: secretName, registry } = REFRESHED;
const THIRTEEN_HOURS = 13 * 3_600;

describe('an ECR pull secret of a configured target', () => {
  let embedded: Embedded;
  const data = mkdtempSync(join(tmpdir(), 'pullmedic-refreshed-'));
  const logged: string[] = [];
  /** Every first line that ever stood in a channel. */
  const lines: string[] = [];
  /** Every message as it ever stood, blocks and all. */
  const everything: string[] = [];
  const tokens = new Set<string>();

  beforeAll(async () => {
    embedded = await startEmbedded({
      scenarios: ['refreshed-ecr-token'],
      data,
      log: keepingLog(logged),
      timeScale: 0.1,
    });
    embedded.stack.slack?.workspace.onChange((change) => {
      everything.push(JSON.stringify(change));
      if (change.kind === 'message') lines.push(change.message.text);
    });
    await until('two pods', 60, async () => (await pods(embedded, namespace)).length === 2);
    await untilRunning(embedded, namespace);
    await keepToken();
  }, 300_000);

  afterAll(async () => {
    await embedded?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  async function readAuth(): Promise<string> {
    const object = await embedded.core.readNamespacedSecret({ namespace, name: secretName });
    const document = Buffer.from(object.data?.['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    const entry = JSON.parse(document).auths[registry];
    return entry.auth ?? Buffer.from(`${entry.username}:${entry.password}`).toString('base64');
  }

  async function keepToken(): Promise<string> {
    const auth = await readAuth();
    const password = Buffer.from(auth, 'base64').toString('utf8').replace(/^AWS:/, '');
    expect(password.length).toBeGreaterThan(1_000);
    tokens.add(auth).add(password);
    return auth;
  }

  async function moveClock(seconds: number): Promise<void> {
    const response = await fetch(new URL('clock', embedded.stack.ready.console), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advanceSeconds: seconds }),
    });
    expect(response.status).toBe(200);
  }

  async function restartPods(): Promise<void> {
    for (const { metadata } of await pods(embedded, namespace)) {
      await embedded.core.deleteNamespacedPod({ namespace, name: String(metadata?.name) });
    }
  }

  it('has expired 13 hours later, is repaired once pods fail of it, and one green message tells it', async () => {
    expect(embedded.messages()).toEqual([]);
    const before = await readAuth();
    await moveClock(THIRTEEN_HOURS);
    await restartPods();
    await untilFailing(embedded, namespace);
    await until('the secret is another one', 60, async () => (await readAuth()) !== before);
    await keepToken();
    await untilRunning(embedded, namespace);

    const green = await embedded.untilMessage(`${namespace}/stock-api`, 90, /^🟢/u);
    expect(green.text).toMatch(
      /^🟢 prod-eu warehouse\/stock-api pulls again after \d+ (?:s|min): the ECR pull secret had expired and was refreshed/u,
    );
    await settle(embedded);
    expect(embedded.messages()).toHaveLength(1);
    expect(lines.filter((line) => !line.startsWith('🟢'))).toEqual([]);
    const body = JSON.stringify(green.blocks);
    expect(body).toMatch(/refreshed secret `warehouse\/ecr-creds` in place, other registries in it untouched/);
    expect(body).toMatch(/Deleted (?:1 pod|2 pods) that never started/);
    expect(body).toMatch(/target `warehouse` \(mode auto\), as `pullmedic's own identity`/);
  });

  it('is left alone, and the other writer named, once that puts the old token back', async () => {
    const { ecr, cluster, clock } = embedded.stack;
    const old = ecr.tokens.issue('eu-west-1', clock.now() - THIRTEEN_HOURS * 1_000).password;
    const auth = Buffer.from(`AWS:${old}`).toString('base64');
    tokens.add(old).add(auth);
    const document = JSON.stringify({ auths: { [registry]: { auth } } });
    cluster.apply(
      [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: secretName, namespace },
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
        },
      ],
      { manager: 'ecr-renew' },
    );
    const calls = ecr.calls();
    await restartPods();
    await untilFailing(embedded, namespace);
    const message = await embedded.untilMessage(`${namespace}/stock-api`, 90, /ecr-renew puts it back/u);
    expect(message.text).not.toMatch(/^🟢/u);
    expect(JSON.stringify(message.blocks)).toMatch(/It is not written again before .* Stop `ecr-renew`/);
    await settle(embedded);
    expect(ecr.calls()).toBe(calls);
    expect(await readAuth()).toBe(auth);
    expect(embedded.messages()).toHaveLength(1);
  });

  it('has shown its tokens in no message, log, record, metric or event', async () => {
    const events = await embedded.core.listNamespacedEvent({ namespace });
    const records = readdirSync(data)
      .filter((name) => name.startsWith('pullmedic.db') || name === 'slack.jsonl')
      .map((name) => readFileSync(join(data, name)).toString('latin1'));
    expect(records.length).toBeGreaterThanOrEqual(2);
    const said = [...everything, ...logged, ...records, embedded.stack.metrics.render(), JSON.stringify(events.items)];
    expect(said.join('\n').length).toBeGreaterThan(10_000);
    expect(tokens.size).toBeGreaterThanOrEqual(6);
    for (const token of tokens) {
      // Any piece of it: cut off, in the middle, at the end.
      for (const at of [0, 300, 900, token.length - 60]) {
        const piece = token.slice(at + 20, at + 60);
        expect(said.some((text) => text.includes(piece))).toBe(false);
      }
    }
  });
});

describe('an ECR pull secret that cannot be refreshed', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    // Slower than elsewhere: a look, not the schedule's next minute, must be the first to find what can be mended.
    embedded = await startEmbedded({ scenarios: ['refreshed-ecr-token'], timeScale: 0.2 });
    await until('two pods', 60, async () => (await pods(embedded, namespace)).length === 2);
    await untilRunning(embedded, namespace);
  }, 300_000);

  afterAll(async () => embedded?.stop());

  it('is told in one message, with why and what to do, and turns green once somebody has mended it', async () => {
    const { ecr } = embedded.stack;
    ecr.setFault({ error: 'AccessDeniedException', status: 400 });
    embedded.stack.advanceClock(THIRTEEN_HOURS);
    for (const { metadata } of await pods(embedded, namespace)) {
      await embedded.core.deleteNamespacedPod({ namespace, name: String(metadata?.name) });
    }
    const red = await embedded.untilMessage(`${namespace}/stock-api`, 60, /refresh failed: ECR gives no token/u);
    expect(red.text).toMatch(/^🔴/u);
    expect(JSON.stringify(red.blocks)).toMatch(/did not write it: GetAuthorizationToken .*AccessDeniedException/);
    await settle(embedded);
    expect(embedded.messages()).toHaveLength(1);

    ecr.setFault(undefined);
    // Half an hour later it is tried again by itself.
    embedded.stack.advanceClock(31 * 60);
    await embedded.untilMessage(`${namespace}/stock-api`, 90, /^🟢 .*had expired and was refreshed/u);
    await settle(embedded);
    expect(embedded.messages()).toHaveLength(1);
  });
});

function keepingLog(lines: string[]): Log {
  const keep = (...words: readonly unknown[]) => void lines.push(inspect(words, { depth: 8, maxStringLength: null }));
  return { debug: keep, info: keep, warn: keep, error: keep };
}

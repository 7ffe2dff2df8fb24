import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReadyLine } from '../../../infra/local/stack/ready-line.ts';
import { problemsOfFirstLine } from '../../support/first-line.ts';
import { until } from '../../support/until.ts';
import { type Started, startProcess, startSupervised } from './processes.ts';
import type { Death } from './product-process.ts';
import { postUntilTaken, problemsOfEnding, startWorld, type World } from './world.ts';

jest.setTimeout(150_000);

/** Where `kill -9` hits. What was done by then is done, and nobody knows. */
const MOMENTS: readonly (Death & { readonly name: string })[] = [
  { name: 'between the enqueue and the answer', port: 'triage queue', method: 'sendAll', nth: 1, when: 'after' },
  { name: 'while a look holds its lease', port: 'store', method: 'startLook', nth: 1, when: 'after' },
  { name: 'before the store write', port: 'store', method: 'commit', nth: 1, when: 'before' },
  { name: 'between store write and poke', port: 'store', method: 'commit', nth: 1, when: 'after' },
  { name: 'between poke and end of the look', port: 'publish queue', method: 'send', nth: 1, when: 'after' },
  { name: 'between intent and post', port: 'chat', method: 'post', nth: 1, when: 'before' },
  { name: 'between post and storing its ts', port: 'chat', method: 'post', nth: 1, when: 'after' },
  { name: 'between the details and storing their ts', port: 'chat', method: 'reply', nth: 1, when: 'after' },
  { name: 'between publishing and settling', port: 'store', method: 'settlePoke', nth: 1, when: 'before' },
  { name: 'between the green edit and storing it', port: 'chat', method: 'update', nth: 1, when: 'after' },
];

const NAMESPACE = 'shop';

interface Told {
  readonly deaths: readonly string[];
  readonly problems: readonly string[];
}

describe('kill -9, and a restart on the same data', () => {
  const told = new Map<string, Promise<Told>>();

  // All at once: most of it is waiting for what a dead process had taken.
  beforeAll(() => {
    for (const { name, ...death } of MOMENTS) told.set(name, killAt(death));
    for (const promise of told.values()) promise.catch(() => undefined);
  });

  it.each(MOMENTS)('$name: one message, its details once, green after the repair', async ({ name }) => {
    const { deaths, problems } = (await told.get(name)) as Told;
    expect(deaths).toEqual(['SIGKILL']);
    expect(problems).toEqual([]);
  });
});

/** The main job, of which the process dies at one call and is started again. Cluster and Slack live on. */
async function killAt(death: Death): Promise<Told> {
  const world = await startWorld();
  const problems: string[] = [];
  let deaths: readonly string[] = [];
  try {
    await world.breakPod(NAMESPACE);
    const product = await startSupervised(world, { death });
    try {
      await mainJob(world, () => product.alerts());
      problems.push(...problemsOfEnding(world, NAMESPACE), ...world.lineProblems);
      if (world.messages().length !== 1) problems.push(`messages: ${world.messages().map(({ text }) => text)}`);
    } catch (error) {
      problems.push(String(error));
    } finally {
      deaths = [...product.deaths()];
      await product.stop();
    }
  } finally {
    await world.stop();
  }
  return { deaths, problems };
}

async function mainJob(world: World, alerts: () => { readonly url: string; readonly token: string }): Promise<void> {
  await postUntilTaken(alerts, NAMESPACE);
  const { ts } = await until('the message', 60, () => world.about(NAMESPACE)[0]);
  await until('the details', 60, () => world.replies(ts).length > 0);
  await world.repairPod(NAMESPACE);
  await until('green', 60, () => world.about(NAMESPACE).some(({ text }) => text.startsWith('🟢')));
  // Whoever died over the edit has its turn to repeat it: a reply that came twice would show.
  await until('green details', 60, () => world.replies(ts).some(({ text }) => text.startsWith('🟢')));
}

describe('kill -9 of the whole of `npm start` at any moment', () => {
  let world: World;
  let data: string;

  beforeAll(async () => {
    world = await startWorld();
    data = mkdtempSync(join(tmpdir(), 'pullmedic-kill-'));
  });

  afterAll(async () => {
    await world?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  function start(): Promise<Started<ReadyLine>> {
    const file = join(import.meta.dirname, '../../../infra/local/start.ts');
    const args = ['--json', '--scenarios', 'none', '--data', data];
    // The cluster lives on, as a cluster does; Slack's messages are in the data folder.
    return startProcess(file, args, { PORT: '0', KUBECONFIG: world.kubeconfig });
  }

  it('loses no alert and posts none twice, four times over', async () => {
    const moments: number[] = [];
    const seen: string[] = [];
    let stack = await start();
    const alerts = () => stack.line.alerts;

    async function killSoon(mostMs: number): Promise<void> {
      const ms = Math.round(Math.random() * mostMs);
      moments.push(ms);
      await new Promise((resolve) => setTimeout(resolve, ms));
      stack.kill();
      await stack.gone;
      stack = await start();
    }
    async function messages(): Promise<readonly { readonly text: string; readonly thread_ts?: string }[]> {
      const { apiUrl, token, channel } = stack.line.slack;
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${apiUrl}conversations.history?channel=${channel}`, { headers });
      const { messages: found } = (await response.json()) as { messages: { text: string }[] };
      seen.push(...found.map(({ text }) => text));
      return found;
    }

    try {
      await world.breakPod(NAMESPACE);
      const posting = postUntilTaken(alerts, NAMESPACE);
      await killSoon(400);
      await posting;
      await killSoon(1_500);
      await until('the message', 90, async () => (await messages())[0]);
      await world.repairPod(NAMESPACE);
      await killSoon(2_000);
      await until('green', 90, async () => (await messages()).some(({ text }) => text.startsWith('🟢')));
      await killSoon(500);
      const last = await messages();
      expect({ moments, texts: last.map(({ text }) => text) }).toEqual({
        moments,
        texts: [expect.stringMatching(/^🟢 prod-eu shop\/web pulls again/)],
      });
      expect(seen).toContain('🟠 prod-eu shop/web did not start: tag v9-missing does not exist');
      expect(seen.flatMap((line) => problemsOfFirstLine(line))).toEqual([]);
    } catch (error) {
      throw new Error(`killed after ${moments.join(', ')} ms`, { cause: error });
    } finally {
      stack.kill();
      await stack.gone;
    }
  });
});

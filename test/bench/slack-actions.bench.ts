import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { packFunction, requestScript, slackActionsEnv, slackRequest } from '../support/bundle-process.ts';
import { aChange, anIncident } from '../support/incident-builders.ts';
import { offerOf } from '../support/remedy-builders.ts';
import type { Ratio } from './ratio.ts';
import { type SlackWorld, startSlackWorld } from './slack-world.ts';

const SLACK_DELAY_MS = 500;
/** Slack waits 3 s; half of it is for the way, and for a machine that is slower than this one. */
const LIMIT_MS = 1_500;
const RUNS = 5;
const SECRET = 'signing-secret';

/**
 * A click on a cold start: a fresh Node process loads the packaged bundle and answers 200, with everything done that a
 * click does, while each call to Slack takes 500 ms. One policy names a user group, so that all four calls are needed.
 */
export async function measure(): Promise<readonly Ratio[]> {
  const world = await startSlackWorld(await records(), SLACK_DELAY_MS);
  try {
    return await measureIn(world);
  } finally {
    await world.stop();
  }
}

async function measureIn(world: SlackWorld): Promise<readonly Ratio[]> {
  const folder = await packFunction('slack-actions', configText(world.url));
  try {
    const bare = await medianOf(() => timeOf(folder, world, 'process.stdout.write("200")'));
    const allowed = await medianOf(() => timeOf(folder, world, clickScript('offer-1')));
    if (world.sent.length !== RUNS) throw new Error(`${world.sent.length} of ${RUNS} plans were asked for`);
    const refused = await medianOf(() => timeOf(folder, world, clickScript('offer-unknown')));
    process.stderr.write(
      `slack-actions, ms from nothing to 200 (median of ${RUNS}), Slack's answers late by ${SLACK_DELAY_MS}: ` +
        `bare Node ${bare.toFixed(0)}, a click that is planned ${allowed.toFixed(0)}, one that is told no ${refused.toFixed(0)}\n`,
    );
    return [
      {
        name: 'slack-actions: cold start to 200, a click that is planned / 1.5 s',
        value: allowed / LIMIT_MS,
        limit: 1,
      },
      // The dialog opens, and then says why not: one wait for Slack after the other.
      {
        name: 'slack-actions: cold start to 200, a click that is told no / 1.5 s',
        value: refused / LIMIT_MS,
        limit: 1,
      },
      {
        name: 'slack-actions: cold start without Slack / bare Node',
        value: (allowed - SLACK_DELAY_MS) / bare,
        limit: 20,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function records() {
  const clock = createSystemClock();
  const store = createSqliteRecordStore({ db: openDatabase(':memory:'), clock });
  await createRecordIncidentStore(store).commit(aChange({ incident: anIncident({ state: 'open' }) }));
  await createRecordRemedyStore(store).ensureOffers([offerOf(clock.now())]);
  return store;
}

function configText(url: string): string {
  return `clusters: [{ name: prod-eu }]
slack: { channel: C0SHOP0001, apiUrl: "${url}/api/", botToken: "env:BOT", signingSecret: "env:SIGNING" }
policy: { rules: [{ userGroups: [S0SHOP001] }] }
`;
}

function clickScript(offerId: string): string {
  const file = join(import.meta.dirname, '..', '..', 'events', 'slack', 'offer-button.json');
  const payload = readFileSync(file, 'utf8').replace('"offer-1"', JSON.stringify(offerId));
  const body = new URLSearchParams({ payload }).toString();
  return requestScript(slackRequest(body, SECRET), 'String(a.statusCode)');
}

async function medianOf(run: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) times.push(await run());
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

/** Milliseconds from the start of the process to its answer. @throws where that is not 200 */
function timeOf(folder: string, world: SlackWorld, script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['-e', script], {
      cwd: folder,
      env: { ...slackActionsEnv(world.url), POWERTOOLS_LOG_LEVEL: 'SILENT', BOT: 'xoxb-bench', SIGNING: SECRET },
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.stdout.on('data', (text: Buffer) => {
      const took = performance.now() - startedAt;
      said += text.toString();
      // Metrics are lines of JSON on the same output.
      if (!/(^|\n|\})200$/.test(said)) return;
      child.kill('SIGKILL');
      resolve(took);
    });
    child.once('exit', () => reject(new Error(`no 200: ${said}`)));
  });
}

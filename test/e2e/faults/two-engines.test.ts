import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../support/until.ts';
import { type Supervised, startSupervised } from './processes.ts';
import { type Product, startProduct } from './product.ts';
import { postAlert, problemsOfEnding, startWorld, type World } from './world.ts';

jest.setTimeout(120_000);

/** Alertmanager's peers against a receiver that fails were seen to send one notification about this often. */
const DUPLICATES = 200;
const NAMESPACES = ['shop', 'batch', 'ml'];

describe('two engines on one store, in two processes, told the same by the peers of Alertmanager', () => {
  let world: World;
  let here: Product;
  let there: Supervised;

  beforeAll(async () => {
    world = await startWorld({ timeScale: 0.05 });
    await Promise.all(NAMESPACES.map(world.breakPod));
    here = await startProduct({ ...world, slackApiUrl: world.slack.apiUrl });
    there = await startSupervised(world);
  }, 60_000);

  afterAll(async () => {
    await there?.stop();
    await here?.stop();
    await world?.stop();
  });

  it(`${DUPLICATES} duplicates at once are one message an incident, and one green after the repair`, async () => {
    const peers = [here.alerts, there.alerts()];
    const answers = await Promise.all(
      Array.from({ length: DUPLICATES }, (_, n) =>
        postAlert(peers[n % 2] as Product['alerts'], NAMESPACES[Math.floor(n / 2) % NAMESPACES.length] as string),
      ),
    );
    expect(new Set(answers)).toEqual(new Set([202]));
    await until('the messages', 30, () => NAMESPACES.every((namespace) => world.about(namespace).length > 0));

    await Promise.all(NAMESPACES.map(world.repairPod));
    // Some come late, for what is over.
    await Promise.all(NAMESPACES.map((namespace, n) => postAlert(peers[n % 2] as Product['alerts'], namespace)));
    await until('all green', 60, () =>
      NAMESPACES.every((namespace) => world.about(namespace).some(({ text }) => text.startsWith('🟢'))),
    );
    await until('all jobs are done', 60, async () => {
      const { triage, publish } = await here.engine.jobs();
      return triage + publish === 0;
    });
    expect(NAMESPACES.flatMap((namespace) => problemsOfEnding(world, namespace))).toEqual([]);
    expect(world.messages()).toHaveLength(NAMESPACES.length);
    expect(world.lineProblems).toEqual([]);
  });
});

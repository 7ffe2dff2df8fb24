import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { until } from '../../support/until.ts';
import { startSupervised } from './processes.ts';
import { type Product, startProduct } from './product.ts';
import { postAlert, postUntilTaken, startWorld, type World } from './world.ts';

jest.setTimeout(120_000);

const NAMESPACE = 'shop';
/** Two looks instead of six, and tries that follow one another quickly. */
const FAST = 0.02;
const ALERT = 'KubePodImagePullBackOff';

describe('a triage worker that dies every time', () => {
  let world: World | undefined;
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await world?.stop();
    world = undefined;
  });

  function told(of: World) {
    return of.messages().filter(({ text }) => text.includes('could not triage'));
  }

  /** The message of the alert: its raw text is in it, once. */
  function expectTheAlert(of: World): void {
    const withAlert = told(of).filter(({ blocks }) => JSON.stringify(blocks).includes(ALERT));
    expect(withAlert.map(({ text }) => text)).toEqual([
      `🟠 prod-eu ${NAMESPACE}/web: could not triage alert ${ALERT}, look yourself`,
    ]);
    const raw = JSON.stringify(withAlert[0]?.blocks);
    for (const word of ['fingerprint', 'a3e06aaff754a3fa', 'ImagePullBackOff']) expect(raw).toContain(word);
    // What the sweeper found there is not told beside it.
    expect(told(of).map(({ text }) => text)).toEqual(withAlert.map(({ text }) => text));
    expect(of.lineProblems).toEqual([]);
  }

  /** No look of the alert is left on any queue. */
  async function untilAllTold(of: World): Promise<void> {
    const db = openDatabase(of.folder.database);
    closing.push(async () => db.close());
    const left = db.prepare(`SELECT count(*) AS count FROM jobs WHERE body LIKE '%"from":"alert"%'`);
    await until('all looks of the alert were told', 60, () => {
      return left.get()?.['count'] === 0;
    });
  }

  it('throws: the raw alert is told once, however many jobs of it die', async () => {
    world = await startWorld({ timeScale: FAST });
    const product: Product = await startProduct({
      ...world,
      slackApiUrl: world.slack.apiUrl,
      wrap: {
        store: (store) => ({
          ...store,
          async startLook() {
            throw new TypeError('a bug');
          },
        }),
      },
    });
    closing.push(() => product.stop());
    await postUntilTaken(() => product.alerts, NAMESPACE);
    await world.breakPod(NAMESPACE);
    // Its looks die one after another; the sweeper finds the pod too, and those looks die as well.
    await untilAllTold(world);
    expectTheAlert(world);
  });

  it('takes its process down with it: the raw alert is told once by the lives that follow', async () => {
    world = await startWorld({ timeScale: FAST });
    const death = { port: 'store', method: 'startLook', nth: 1, when: 'before' } as const;
    // Each life sees what the last one had taken: 16 s is more than a job stays hidden.
    const product = await startSupervised(world, { death, isEachLife: true, aheadSeconds: 16 });
    closing.push(() => product.stop());
    // Nothing but this alert makes it look: once it died, the alert is on the queue, answered or not.
    await until('the alert is taken', 30, async () => {
      const answer = await postAlert(product.alerts(), NAMESPACE);
      return answer === 202 || product.deaths().length > 0;
    });
    await until('the dead letter', 90, () =>
      told(world as World).some(({ blocks }) => JSON.stringify(blocks).includes(ALERT)),
    );
    expect(product.deaths().length).toBeGreaterThanOrEqual(5);
    await untilAllTold(world);
    expectTheAlert(world);
  });
});

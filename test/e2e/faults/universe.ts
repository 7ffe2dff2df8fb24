import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { kubeconfig } from '../../../infra/local/kubernetes/kubeconfig.ts';
import { QueueError, StoreError } from '../../../shared/domain/errors.ts';
import type { IncidentStore } from '../../../shared/ports/incident-store.ts';
import { until } from '../../support/until.ts';
import { faultyPort } from './faulty-port.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { type CallPoint, createInjector, type Fault, type Injector } from './injector.ts';
import { type Product, startProduct } from './product.ts';
import { postUntilTaken, problemsOfEnding, startWorld, type World } from './world.ts';

/** A world and a pullmedic in it, of which every call to the store, the queues, the cluster and Slack can go wrong. */
export interface Universe {
  readonly world: World;
  readonly product: Product;
  readonly injector: Injector;
  /** Pullmedic's store, of which nothing goes wrong: for looking. */
  readonly store: IncidentStore;
  stop(): Promise<void>;
}

export async function startUniverse(): Promise<Universe> {
  const world = await startWorld();
  const injector = createInjector();
  const cluster = await startFaultyProxy(world.cluster.server, injector);
  const slack = await startFaultyProxy(world.slack.apiUrl.replace(/\/api\/$/, ''), injector);
  const file = join(world.folder.kubeconfig, '..', 'faulty-kubeconfig');
  writeFileSync(file, kubeconfig(cluster.url, world.cluster.token), { mode: 0o600 });
  let store: IncidentStore | undefined;
  const noStore = (what: string) => new StoreError(`${what}: a fault of the test`, { retry: 'retry' });
  const noQueue = (what: string) => new QueueError(`${what}: a fault of the test`, { retry: 'retry' });
  const product = await startProduct({
    ...world,
    kubeconfig: file,
    slackApiUrl: `${slack.url}/api/`,
    wrap: {
      store(plain) {
        store = plain;
        return faultyPort(plain, 'store', injector, noStore);
      },
      triageQueue: (queue) => faultyPort(queue, 'triage queue', injector, noQueue),
      publishQueue: (queue) => faultyPort(queue, 'publish queue', injector, noQueue),
    },
  });
  if (store === undefined) throw new Error('the engine did not wrap its store');
  return {
    world,
    product,
    injector,
    store,
    async stop() {
      await product.stop();
      await Promise.all([cluster.stop(), slack.stop()]);
      await world.stop();
    },
  };
}

/** All kubelets share this process: many pulls at once would time out. */
const pulling = pLimit(8);

/** What became of one job. */
export interface JobOutcome {
  readonly problems: readonly string[];
  /** Its calls, where nothing went wrong: what there is to go wrong. */
  readonly calls: readonly CallPoint[];
  readonly fired: readonly Fault[];
}

/**
 * The main job in one namespace: alert ─▶ message ─▶ repaired ─▶ green, with calls that concern it going wrong on the
 * way.
 */
export async function runJob(universe: Universe, namespace: string, faults: readonly Fault[]): Promise<JobOutcome> {
  const { world, product, injector } = universe;
  const problems: string[] = [];
  try {
    await pulling(() => world.breakPod(namespace));
    injector.begin(namespace, 'alert', faults);
    const answers = await postUntilTaken(() => product.alerts, namespace);
    if (answers.some((answer) => answer !== 202 && answer !== 503)) problems.push(`answered ${answers.join(', ')}`);
    const { ts } = await until('the message', 150, () => world.about(namespace)[0]);
    // A fault of this phase may hit after the message stands: its thread, its settling.
    await until('the details', 150, () => world.replies(ts).length > 0);
    await untilPublished(universe, ts);
    await untilBeside(universe, namespace, faults);
    injector.begin(namespace, 'repair', faults);
    await pulling(() => world.repairPod(namespace));
    await until('green', 150, () => world.about(namespace).some(({ text }) => text.startsWith('🟢')));
    await untilPublished(universe, ts);
  } catch (error) {
    problems.push(String(error));
  }
  problems.push(...problemsOfEnding(world, namespace));
  return { problems, calls: injector.calls(namespace), fired: injector.fired(namespace) };
}

/** The Event on the pod has no order with the message: where it is what shall go wrong, it gets its moment. */
async function untilBeside({ injector }: Universe, namespace: string, faults: readonly Fault[]): Promise<void> {
  const wanted = faults.filter(({ phase, call }) => phase === 'alert' && call.endsWith('/events'));
  const isHit = () => wanted.every(({ call }) => injector.fired(namespace).some((fired) => fired.call === call));
  // A later event of the same pod may not come: the test says what was never hit at all.
  await until('the Event on the pod', 20, isHit).catch(() => undefined);
}

/** Nothing is left to say about the incident of this message. */
async function untilPublished({ world, store }: Universe, ts: string): Promise<void> {
  const message = world.messages().find((one) => one.ts === ts);
  const id = String(message?.metadata?.event_payload['id']);
  await until('everything is published', 150, async () => (await store.poke(id)) === undefined);
}

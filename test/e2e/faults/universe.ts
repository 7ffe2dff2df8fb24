import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfig } from '../../../infra/local/kubernetes/kubeconfig.ts';
import { QueueError, StoreError } from '../../../shared/domain/errors.ts';
import { faultyPort } from './faulty-port.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { type CallPoint, createInjector, EVERYBODY, type Fault, type Injector } from './injector.ts';
import { type Product, startProduct } from './product.ts';
import { postUntilTaken, problemsOfEnding, startWorld, until, type World } from './world.ts';

/** A world and a pullmedic in it, of which every call to the store, the queues, the cluster and Slack can go wrong. */
export interface Universe {
  readonly world: World;
  readonly product: Product;
  readonly injector: Injector;
  stop(): Promise<void>;
}

export async function startUniverse(): Promise<Universe> {
  const world = await startWorld();
  const injector = createInjector();
  const cluster = await startFaultyProxy(world.cluster.server, injector);
  const slack = await startFaultyProxy(world.slack.apiUrl.replace(/\/api\/$/, ''), injector);
  const file = join(world.folder.kubeconfig, '..', 'faulty-kubeconfig');
  writeFileSync(file, kubeconfig(cluster.url, world.cluster.token), { mode: 0o600 });
  const noQueue = (what: string) => new QueueError(`${what}: a fault of the test`, { retry: 'retry' });
  const product = await startProduct({
    ...world,
    kubeconfig: file,
    slackApiUrl: `${slack.url}/api/`,
    wrap: {
      store: (store) =>
        faultyPort(store, 'store', injector, (what) => new StoreError(`${what}: a fault`, { retry: 'retry' })),
      triageQueue: (queue) => faultyPort(queue, 'triage queue', injector, noQueue),
      publishQueue: (queue) => faultyPort(queue, 'publish queue', injector, noQueue),
    },
  });
  return {
    world,
    product,
    injector,
    async stop() {
      await product.stop();
      await Promise.all([cluster.stop(), slack.stop()]);
      await world.stop();
    },
  };
}

/** What became of one job. */
export interface JobOutcome {
  readonly problems: readonly string[];
  readonly calls: readonly CallPoint[];
  readonly hasFired: boolean;
}

/**
 * The main job in one namespace: alert ─▶ message ─▶ repaired ─▶ green, with one call going wrong on the way.
 * @param subject whose calls count: the namespace's own, or those that concern no single one
 */
export async function runJob(
  { world, product, injector }: Universe,
  namespace: string,
  fault: Fault | undefined,
  subject: string = namespace,
): Promise<JobOutcome> {
  const problems: string[] = [];
  try {
    await world.breakPod(namespace);
    injector.begin(subject, 'alert', fault);
    const answers = await postUntilTaken(() => product.alerts, namespace);
    if (answers.some((answer) => answer !== 202 && answer !== 503)) problems.push(`answered ${answers.join(', ')}`);
    const first = await until(`${namespace}: the message`, 60, () => world.about(namespace)[0]);
    if (!first.text.includes('does not exist')) problems.push(`another cause: ${first.text}`);
    // A fault of this phase may come after the message stands: its thread, its settling.
    await until(`${namespace}: the details`, 60, () => world.replies(first.ts).length > 0);
    await until(
      `${namespace}: its jobs are done`,
      60,
      async () => (await product.engine.store.poke(idOf(first))) === undefined,
    );
    injector.begin(subject, 'repair', fault);
    await world.repairPod(namespace);
    await until(`${namespace}: green`, 90, () => world.about(namespace).some(({ text }) => text.startsWith('🟢')));
  } catch (error) {
    problems.push(String(error));
  }
  return { problems, calls: injector.calls(subject), hasFired: injector.hasFired(subject) };
}

function idOf({
  metadata,
}: {
  readonly metadata?: { readonly event_payload: Readonly<Record<string, unknown>> } | undefined;
}) {
  return String(metadata?.event_payload['id']);
}

export { EVERYBODY, problemsOfEnding };

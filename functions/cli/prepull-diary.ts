import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import type { NodeProgress } from '../../shared/domain/prepull/node-progress.ts';
import { isPullReason } from '../../shared/domain/pull-reasons.ts';
import { redact } from '../../shared/domain/redact.ts';
import type { Progress, WaitEnd, WaitListener } from '../../shared/flows/prepull/roll-out.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { toCauseJson } from './cause-json.ts';
import { diagnoseAll } from './diagnose.ts';
import { type CliIo, EXIT } from './io.ts';
import type { PrepullOptions, References } from './prepull.ts';
import { readCluster } from './read-cluster.ts';
import { type Diagnosis, renderReport } from './report.ts';
import { plain } from './text-layout.ts';

const DIAGNOSE_EVERY_MS = 15_000;
/** Where a node fails that has none yet, or one of its first try. */
const DIAGNOSE_NEW_AFTER_MS = 2_000;
const SUMMARY_EVERY_MS = 30_000;
/** Nodes that one line names; the rest is counted. */
const MOST_NODES = 5;
/** The first try may meet a registry's bad moment. */
const LEAST_TRIES = 2;

export interface PrepullDiary extends WaitListener {
  /** Looks a last time at what is left when time is over. */
  end(how: WaitEnd): Promise<void>;
  /** The last words. @returns the exit status */
  finish(left: {
    readonly namespace: string;
    readonly name: string;
    /** What became of the DaemonSet, in words. */
    readonly kept: string;
    readonly isCleanedUp: boolean;
    readonly left: string | undefined;
  }): number;
}

/** Keeps what was seen of a pre-pull and tells it: a line for each node as it gets there, and why the others do not. */
export function createPrepullDiary(
  work: {
    readonly options: PrepullOptions;
    readonly world: { readonly clock: Clock };
    readonly registry: Registry | undefined;
    readonly io: CliIo;
  },
  at: { readonly cluster: ClusterReader; readonly references: References; readonly say: (text: string) => void },
): PrepullDiary {
  const { options, registry, io, world } = work;
  const { references, say } = at;
  const of = references.images.length;
  const startedAt = performance.now();
  const doneAfter = new Map<string, number>();
  const told = new Set<string>();
  let last: Progress = { desired: undefined, nodes: [] };
  let diagnoses: readonly Diagnosis[] = [];
  let notCreated: string | undefined;
  let [diagnosedAt, summarisedAt] = [Number.NEGATIVE_INFINITY, startedAt];
  let how: WaitEnd = 'interrupted';
  let isLost = false;

  const seconds = (since = startedAt) => Math.round((performance.now() - since) / 1_000);
  const lagging = () => last.nodes.filter(({ state }) => state !== 'done');
  const total = () => last.desired ?? last.nodes.length;
  const bestOf = (node: NodeProgress) => diagnoses.find(({ failure }) => failure.pod?.name === node.pod);

  function isDiagnosisDue(failing: readonly NodeProgress[]): boolean {
    const isShort = last.desired !== undefined && last.nodes.length < last.desired;
    if (failing.length === 0 && !isShort) return false;
    const isNew = failing.some((node) => (bestOf(node)?.failure.tries ?? 0) < LEAST_TRIES);
    return performance.now() - diagnosedAt >= (isNew ? DIAGNOSE_NEW_AFTER_MS : DIAGNOSE_EVERY_MS);
  }

  async function diagnoseNow(): Promise<void> {
    diagnosedAt = performance.now();
    const failing = new Set(lagging().map(({ pod }) => pod));
    const scope = { kind: 'namespace', namespace: options.namespace } as const;
    const snapshot = await readCluster(at.cluster, scope, {
      cluster: 'current context',
      observedAt: world.clock.now(),
    });
    const failures = findPullFailures(snapshot).filter(({ pod }) => failing.has(pod?.name ?? ''));
    diagnoses = await diagnoseAll(failures, snapshot, registry);
    notCreated = snapshot.events.findLast(
      ({ reason, involvedObject }) => reason === 'FailedCreate' && involvedObject?.kind === 'DaemonSet',
    )?.message;
  }

  function tellNode(node: NodeProgress): void {
    if (node.state === 'done' && !doneAfter.has(node.node)) {
      doneAfter.set(node.node, seconds());
      say(`pulled   ${plain(node.node)}  ${doneAfter.size} of ${total()} nodes, ${seconds()} s\n`);
      return;
    }
    const best = bestOf(node)?.findings[0];
    // A pull that fails is told once it is diagnosed, and not each time that the kubelet changes its word for it.
    if (node.state !== 'failing' || (best === undefined && isPullReason(node.why?.split(': ')[1]))) return;
    const text = best === undefined ? (node.why ?? '') : `${best.phrase} (${best.causeId}, ${best.confidence})`;
    const line = `failing  ${plain(node.node)}  ${node.pulled} of ${of} images; ${plain(redact(text))}\n`;
    if (told.has(line)) return;
    told.add(line);
    say(line);
  }

  return {
    async onLook(progress) {
      last = progress;
      isLost = false;
      if (isDiagnosisDue(progress.nodes.filter(({ state }) => state === 'failing'))) await diagnoseNow();
      for (const node of progress.nodes) tellNode(node);
      if (performance.now() - summarisedAt > SUMMARY_EVERY_MS && lagging().length > 0) {
        summarisedAt = performance.now();
        say(`waiting  ${doneAfter.size} of ${total()} nodes, ${seconds()} s; not yet: ${lagWords(lagging(), of)}\n`);
      }
      return isHopeless() ? 'hopeless' : 'go-on';
    },

    onLost(error) {
      if (!isLost) say(`waiting  for the API server: ${plain(error.message)}\n`);
      isLost = true;
    },

    async end(ended) {
      how = ended;
      // What is known already is told where the cluster does not answer just now.
      if (ended === 'time-over' && lagging().length > 0) await diagnoseNow().catch(() => {});
    },

    finish({ namespace, name, kept, isCleanedUp, left }) {
      const status = how === 'done' && left === undefined ? EXIT.done : EXIT.failed;
      if (options.json) {
        const result = { namespace, daemonSet: name, end: how, images: references.images, desired: last.desired };
        const cleanUp = { isCleanedUp, ...(left !== undefined && { left }) };
        io.stdout(`${JSON.stringify({ ...result, nodes: last.nodes.map(toJson), ...cleanUp })}\n`);
        return status;
      }
      const report = how === 'done' ? '' : renderReport(diagnoses, io);
      if (report !== '') say(`\n${report}\n\n`);
      for (const node of how === 'done' ? [] : lagging()) {
        if (bestOf(node) === undefined) say(`missing  ${plain(node.node)}  ${plain(redact(lagOf(node, of)))}\n`);
      }
      const missing = total() - last.nodes.length;
      if (how !== 'done' && missing > 0) {
        const why = notCreated === undefined ? '' : `: ${plain(redact(notCreated))}`;
        say(`missing  ${missing} ${missing === 1 ? 'node has' : 'nodes have'} no pod${why}\n`);
      }
      const images = `${of} ${of === 1 ? 'image' : 'images'}`;
      say(
        `${endWords(how)}${doneAfter.size} of ${last.desired ?? 'an unknown number of'} nodes have ${images} after ${seconds()} s. DaemonSet ${kept}.\n`,
      );
      return status;
    },
  };

  /** Every node that lags fails on something that waiting does not change. */
  function isHopeless(): boolean {
    const nodes = lagging();
    if (nodes.length === 0 || last.desired === undefined || last.nodes.length < last.desired) return false;
    return nodes.every((node) => {
      const best = bestOf(node);
      return best?.findings[0]?.healsByWaiting === 'no' && best.failure.tries >= LEAST_TRIES;
    });
  }

  function toJson(node: NodeProgress): unknown {
    const { pod: _, why, ...rest } = node;
    return {
      ...rest,
      of,
      seconds: doneAfter.get(node.node),
      why: why === undefined ? undefined : redact(why),
      causes: bestOf(node)?.findings.map(toCauseJson),
    };
  }
}

function endWords(how: WaitEnd): string {
  switch (how) {
    case 'done':
      return '';
    case 'time-over':
      return 'Time is over. ';
    case 'interrupted':
      return 'Interrupted. ';
    case 'hopeless':
      return 'Given up: waiting does not help the nodes that are left. ';
    case 'nobody':
      return 'No node of the cluster is chosen by --node-selector and takes its pods. ';
    case 'deleted':
      return 'Somebody else deleted the DaemonSet. ';
  }
}

function lagOf({ pulled, why }: NodeProgress, of: number): string {
  return `${pulled} of ${of} images${why === undefined ? '' : `; ${why}`}`;
}

function lagWords(nodes: readonly NodeProgress[], of: number): string {
  const named = nodes.slice(0, MOST_NODES).map(({ node, pulled }) => `${plain(node)} (${pulled} of ${of})`);
  const more = nodes.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

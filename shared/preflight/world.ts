import { formatImageReference } from '../domain/image-reference.ts';
import type { RegistryAnswer } from '../domain/registry-answer.ts';
import { type ImageUse, listImageUses } from './inventory.ts';
import type { PreflightNode, PreflightServiceAccount } from './objects.ts';
import { mayRunOn } from './placement.ts';
import { createSecretBook, type SecretBook } from './secrets.ts';
import type { PreflightSnapshot } from './snapshot.ts';

/** A snapshot made ready for judging: what many uses ask is looked up once. */
export interface PreflightWorld {
  readonly snapshot: PreflightSnapshot;
  readonly uses: readonly ImageUse[];
  readonly secrets: SecretBook;
  serviceAccount(namespace: string, name: string): PreflightServiceAccount | undefined;
  /** Nodes on which the next pod may run; `undefined` = nodes were not read. */
  eligibleFor(use: ImageUse): readonly PreflightNode[] | undefined;
  /** Nodes that hold the image. */
  holdersOf(use: ImageUse): readonly string[];
  /** What the registry said to exactly what the kubelet would send; `undefined` = not asked, or no answer. */
  answerFor(use: ImageUse): RegistryAnswer | undefined;
}

export function createWorld(
  snapshot: PreflightSnapshot,
  answerFor: PreflightWorld['answerFor'] = () => undefined,
  uses: readonly ImageUse[] = listImageUses(snapshot),
): PreflightWorld {
  const accounts = new Map(snapshot.serviceAccounts.map((one) => [`${one.namespace}/${one.name}`, one]));
  const running = Map.groupBy(uses, ({ canonical }) => canonical);
  const holders = new Map<string, readonly string[]>();
  return {
    snapshot,
    uses,
    secrets: createSecretBook(snapshot),
    answerFor,
    serviceAccount: (namespace, name) => accounts.get(`${namespace}/${name}`),
    eligibleFor: createEligibility(snapshot.nodes),
    holdersOf(use) {
      const known = holders.get(use.canonical);
      if (known !== undefined) return known;
      const listed = (snapshot.nodes ?? []).filter((node) => lists(node, use)).map(({ name }) => name);
      const byPods = (running.get(use.canonical) ?? []).flatMap((one) => one.running.flatMap(({ node }) => node ?? []));
      const found = [...new Set([...listed, ...byPods])].sort();
      holders.set(use.canonical, found);
      return found;
    },
  };
}

/** Most workloads ask for nothing: who asks for the same gets the same list. */
function createEligibility(nodes: readonly PreflightNode[] | undefined): PreflightWorld['eligibleFor'] {
  const known = new Map<string, readonly PreflightNode[]>();
  return ({ spec, workload }) => {
    if (nodes === undefined) return undefined;
    const isDaemon = workload.kind === 'DaemonSet';
    const { nodeName, nodeSelector, tolerations, affinity } = spec;
    const asked = JSON.stringify([isDaemon, nodeName, nodeSelector, tolerations, affinity]);
    const found = known.get(asked) ?? nodes.filter((node) => mayRunOn(spec, node, { isDaemon }));
    known.set(asked, found);
    return found;
  };
}

function lists({ images }: PreflightNode, { image, imageText }: ImageUse): boolean {
  if (image === undefined) return false;
  const names =
    image.digest === undefined
      ? [formatImageReference(image), imageText]
      : [`${image.registry}/${image.repository}@${image.digest}`, imageText];
  return names.some((name) => images.has(name));
}

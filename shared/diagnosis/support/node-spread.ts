import type { Evidence } from '../../domain/finding.ts';
import type { NodeFact, PullFailure } from '../../domain/pull-failure.ts';
import { fact, moment, named } from './evidence.ts';

/** Refines what nodes suffer from: other nodes run this very image. */
export const ONLY_SOME_NODES = 'only-some-nodes';

/** Nodes that are named before the rest is counted. */
const MOST_NAMED = 3;

/** Which nodes fail while others run the image, and what sets them apart; empty where that is not known. */
export function nodeSpread(failure: PullFailure): readonly Evidence[] {
  const { peers, observedAt } = failure;
  const own = failure.node?.name ?? failure.pod?.nodeName;
  if (peers === undefined || own === undefined || peers.runningNodes.length === 0) return [];
  const failing = [...new Set([own, ...peers.failingNodes])];
  // A node that does both is no matter of the node.
  if (peers.runningNodes.some((name) => failing.includes(name))) return [];
  const which = `fails on ${listed(failing)}, while ${listed(peers.runningNodes)} ${peers.runningNodes.length === 1 ? 'runs' : 'run'} this image`;
  const difference = setApart(failure, failing);
  return [
    fact(which, 'pods', observedAt),
    ...(difference === undefined ? [] : [fact(difference, 'nodes', observedAt)]),
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map(named).join(', ');
  const rest = names.length - MOST_NAMED;
  return `${names.length === 1 ? 'node' : 'nodes'} ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}

interface Trait {
  readonly name: string;
  read(node: NodeFact): string | undefined;
}

/** Most telling first: a zone or a group has routes, roles and images of its own. */
const TRAITS: readonly Trait[] = [
  { name: 'zone', read: ({ labels }) => labels?.['topology.kubernetes.io/zone'] },
  {
    name: 'node group',
    read: ({ labels }) =>
      labels?.['eks.amazonaws.com/nodegroup'] ??
      labels?.['karpenter.sh/nodepool'] ??
      labels?.['cloud.google.com/gke-nodepool'] ??
      labels?.['kubernetes.azure.com/agentpool'],
  },
  { name: 'runtime', read: ({ runtimeVersion }) => runtimeVersion },
  { name: 'kubelet', read: ({ kubeletVersion }) => kubeletVersion },
  { name: 'architecture', read: ({ architecture }) => architecture },
  { name: 'instance type', read: ({ labels }) => labels?.['node.kubernetes.io/instance-type'] },
];

/** Something that all failing nodes have, and none of the others: said only where every failing node was read. */
function setApart({ node, peers }: PullFailure, failing: readonly string[]): string | undefined {
  const read = [...(node === undefined ? [] : [node]), ...(peers?.nodes ?? [])].filter(({ isFound }) => isFound);
  const bad = failing.map((name) => read.find((each) => each.name === name)).filter((each) => each !== undefined);
  const good = (peers?.runningNodes ?? [])
    .map((name) => read.find((each) => each.name === name))
    .filter((each) => each !== undefined);
  if (bad.length < failing.length) return undefined;
  const common = TRAITS.map((trait) => ({ trait, value: commonValue(trait, bad) })).filter(
    ({ trait, value }) => value !== undefined && !good.some((each) => trait.read(each) === value),
  );
  const it = failing.length === 1 ? 'it alone' : 'they alone';
  if (good.length > 0) {
    const traits = common
      .filter(({ trait }) => good.some((each) => trait.read(each) !== undefined))
      .map(({ trait, value }) => `${trait.name} ${named(value ?? '')}`);
    return traits.length > 0 ? `${it} ${failing.length === 1 ? 'has' : 'have'} ${traits.join(', ')}` : newer(bad, good);
  }
  // With one failing node and no other to compare with, everything would be common.
  const [first] = common;
  if (failing.length < 2 || first === undefined) return undefined;
  return `all of them have ${first.trait.name} ${named(first.value ?? '')}; the nodes that run it were not read`;
}

function commonValue({ read }: Trait, nodes: readonly NodeFact[]): string | undefined {
  const [first, ...rest] = nodes.map(read);
  return first !== undefined && rest.every((value) => value === first) ? first : undefined;
}

function newer(bad: readonly NodeFact[], good: readonly NodeFact[]): string | undefined {
  const times = (nodes: readonly NodeFact[]) => nodes.map(({ createdAt }) => createdAt);
  const failing = times(bad).filter((at) => at !== undefined);
  const running = times(good).filter((at) => at !== undefined);
  if (failing.length < bad.length || running.length < good.length) return undefined;
  const since = Math.min(...failing);
  return since > Math.max(...running) ? `what fails is newer than what runs it: made ${moment(since)}` : undefined;
}

import { fact } from '../../diagnosis/support/evidence.ts';
import { lasting, now } from '../../diagnosis/support/fixes.ts';
import { registryOf } from '../../diagnosis/support/subjects.ts';
import type { Discovery } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import { countOf } from '../words.ts';

/** Unauthenticated pulls that Docker Hub gives an IPv4 address or IPv6 /64 in six hours (its usage documentation). */
const DEFAULT_LIMIT = 100;
/** What is nearer to the limit than this has no room for a busy day. */
const NEAR = 0.8;
/** Where a workload does not say how many pods it has. */
const ONE_POD = 1;

/**
 * Images that every start asks Docker Hub for, without a login, times the nodes that would pull them: all of them at
 * once, after an upgrade of the nodes or a moved tag, against what one address may pull.
 * @param anonymous those of `isAnonymousHub`
 */
export function checkHubLimit(
  anonymous: readonly ExaminedUse[],
): readonly { readonly of: readonly ExaminedUse[]; readonly is: Discovery }[] {
  const known = anonymous.flatMap(({ failure }) => failure.registry?.rateLimit ?? []);
  const limit = Math.min(...known.map((one) => one.limit), DEFAULT_LIMIT);
  const nodes = new Map((anonymous[0]?.eligible ?? []).map((node) => [node.name, node]));
  for (const { eligible } of anonymous) for (const node of eligible ?? []) nodes.set(node.name, node);
  const behindOne = [...nodes.values()].filter(({ hasExternalAddress }) => !hasExternalAddress).length;
  const pulls = pullsOf(anonymous);
  const [first] = anonymous;
  if (first === undefined || behindOne === 0 || pulls < limit * NEAR) return [];
  const { observedAt } = first.failure;
  const images = new Set(anonymous.map(({ use }) => use.canonical)).size;
  return [
    {
      of: anonymous,
      is: {
        kind: 'hub-limit',
        subject: 'docker.io',
        breaks: { kind: 'drift' },
        // Whether those nodes share an address is not to be seen from here.
        confidence: 'possible',
        phrase: `up to ${pulls} anonymous Docker Hub pulls at once, ${limit} are allowed`,
        evidence: [
          fact(
            `${countOf(images, 'image')} with pull policy Always and no login, on up to ${countOf(behindOne, 'node')} without an address of their own: ${pulls} pulls when all start anew`,
            'workloads and node status',
            observedAt,
          ),
          fact(
            `Docker Hub allows ${limit} in 6 hours an address; whether the nodes share one is not known here`,
            known.length > 0 ? "the registry's ratelimit headers, for our own address" : "Docker Hub's documentation",
            observedAt,
          ),
        ],
        fixes: [
          now(
            'log-in',
            'Log in to Docker Hub: a pull secret of any account, on the ServiceAccounts of these workloads',
          ),
          lasting('cache', 'Pull through a cache or a mirror of your own, or pin tags and use IfNotPresent'),
        ],
      },
    },
  ];
}

/** Whether every start of it asks Docker Hub, and without a login. */
export function isAnonymousHub({ use, failure }: ExaminedUse): boolean {
  if (use.image === undefined || use.policy !== 'Always' || !use.knowsSecretNames) return false;
  return (
    registryOf(failure).family === 'docker-hub' &&
    failure.pullSecrets.every(({ matching, state }) => state !== 'unreadable' && matching.length === 0)
  );
}

/** One for each image and node: what a node holds already is only asked for by a HEAD, which is not counted. */
function pullsOf(uses: readonly ExaminedUse[]): number {
  const byImage = Map.groupBy(uses, ({ use }) => use.canonical);
  return [...byImage.values()].reduce((sum, same) => {
    const nodes = new Set(same.flatMap(({ eligible }) => (eligible ?? []).map(({ name }) => name))).size;
    const pods = same.reduce((all, { use, eligible }) => all + podsOf(use, eligible?.length ?? 0), 0);
    return sum + Math.min(nodes, pods);
  }, 0);
}

function podsOf({ workload, replicas, running }: ExaminedUse['use'], nodes: number): number {
  if (workload.kind === 'DaemonSet') return nodes;
  return Math.max(replicas ?? ONE_POD, running.length);
}

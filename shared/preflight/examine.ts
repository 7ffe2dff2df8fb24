import { credentialFacts } from '../diagnosis/support/credentials.ts';
import { isRefused, registryFacts } from '../diagnosis/support/registry-facts.ts';
import { sentCredentials } from '../diagnosis/support/sent-credentials.ts';
import { registryOf } from '../diagnosis/support/subjects.ts';
import type { Breaks } from '../domain/preflight/breaks.ts';
import type { PullFailure } from '../domain/pull-failure.ts';
import type { ImageUse } from './inventory.ts';
import type { PreflightNode } from './objects.ts';
import { supposeFailure } from './suppose-failure.ts';
import type { PreflightWorld } from './world.ts';

/**
 * What the next pull of a use would meet, as far as is known.
 * - `works`: the registry gives the image to exactly what the kubelet sends
 * - `absent`: the registry does not have it
 * - `refused`: the registry sends away exactly what the kubelet sends
 * - `unknown`: not asked, not answered, or a secret that nobody here may read decides
 */
export type PullVerdict = 'works' | 'absent' | 'refused' | 'unknown';

/** One use of an image with everything that is known of its next pull. */
export interface ExaminedUse {
  readonly use: ImageUse;
  /** The pull as if it had failed: the diagnosis' own rules judge it. */
  readonly failure: PullFailure;
  readonly pull: PullVerdict;
  /** Every secret that the kubelet would read was read or proven missing. */
  readonly knowsSecrets: boolean;
  /** Nothing else is sent: the kubelet's own credential provider has credentials that nobody else can try. */
  readonly isAllThatIsSent: boolean;
  /** Where the next pod may run; `undefined` = nodes were not read. */
  readonly eligible: readonly PreflightNode[] | undefined;
  /** Nodes that hold the image, by their status or by the pods that run there. */
  readonly holders: readonly string[];
  /** When a pull that fails is noticed. */
  readonly breaks: Breaks;
}

export function examineUse(use: ImageUse, world: PreflightWorld): ExaminedUse {
  const failure = supposeFailure(use, world);
  const knowsSecrets = credentialFacts(failure).isKnown && use.knowsSecretNames;
  const eligible = world.eligibleFor(use);
  const holders = world.holdersOf(use);
  const pull = judgePull(failure, knowsSecrets);
  return {
    use,
    failure,
    pull,
    knowsSecrets,
    isAllThatIsSent: knowsSecrets && !registryOf(failure).hasNodeCredentials,
    eligible,
    holders,
    breaks: breaksOf(use, pull, holders, eligible),
  };
}

function judgePull(failure: PullFailure, knowsSecrets: boolean): PullVerdict {
  const facts = registryFacts(failure);
  if (facts === undefined) return 'unknown';
  const { own, anonymous, image, repository } = facts;
  const isOpen = own.length === 0 && anonymous?.result === 'found';
  if (isOpen || own.some(({ result }) => result === 'found')) return 'works';
  if (image === 'absent' || repository === 'absent') return 'absent';
  switch (sentCredentials(failure)?.verdict) {
    case 'all-refused':
    case 'all-unauthorized':
      return 'refused';
    case 'none':
      return knowsSecrets && anonymous !== undefined && isRefused(anonymous) ? 'refused' : 'unknown';
    default:
      return 'unknown';
  }
}

/**
 * With Always every start asks the registry; else only a node that does not hold the image does. Since 1.35 a kubelet
 * also asks before it gives what others pulled to a pod that did not bring their credential (KEP-2535).
 */
function breaksOf(
  { policy, running }: ImageUse,
  pull: PullVerdict,
  holders: readonly string[],
  eligible: readonly PreflightNode[] | undefined,
): Breaks {
  const isOthers = pull === 'refused' && running.length === 0 && (eligible ?? []).some(verifiesCached);
  return policy === 'Always' || holders.length === 0 || isOthers ? { kind: 'now' } : { kind: 'next-node' };
}

function verifiesCached({ kubeletVersion }: PreflightNode): boolean {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(kubeletVersion ?? '') ?? [];
  return Number(major) > 1 || Number(minor) >= 35;
}

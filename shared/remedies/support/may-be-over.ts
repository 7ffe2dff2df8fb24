import type { PullFailure } from '../../domain/pull-failure.ts';
import type { RemedyContext } from '../remedy.ts';
import { isGood } from './attachable.ts';
import { leadOf } from './lead.ts';

/**
 * Whether a new try may succeed.
 * - `likely`: what was wrong was seen to be corrected · `perhaps`: it passes by itself, or may be gone
 * - `elsewhere`: the node is at fault, and a new pod may come to another one
 * - `no`: it would fail as before, `why`
 */
export type MayBeOver =
  | { readonly kind: 'likely' /** Whether only a new pod gets what was corrected. */; readonly needsNewPods: boolean }
  | { readonly kind: 'perhaps' | 'elsewhere' }
  | { readonly kind: 'no'; readonly why: string };

/** A new try begins its download anew, or makes more of what is too much already. */
const MADE_WORSE: readonly string[] = ['pull-slow'];
const NODE_FAMILIES: readonly string[] = ['node-disk', 'node-runtime', 'image-unpack', 'node-credentials'];

export function mayBeOver(context: RemedyContext): MayBeOver {
  const { failure, best } = leadOf(context);
  const phrase = best?.phrase ?? 'the cause is not known';
  if (MADE_WORSE.includes(best?.causeId ?? '')) return { kind: 'no', why: `a new try would begin anew: ${phrase}` };
  if (best?.detail === 'attached-after-creation') return { kind: 'likely', needsNewPods: true };
  if (isCorrected(failure, best?.detail)) return { kind: 'likely', needsNewPods: false };
  if (best?.causeId === 'pull-stalled') return { kind: 'perhaps' };
  if (NODE_FAMILIES.includes(best?.family ?? '') && best?.healsByWaiting !== 'yes') {
    const isFineElsewhere = (failure.peers?.runningNodes ?? []).some((name) => name !== failure.pod?.nodeName);
    if (isFineElsewhere) return { kind: 'elsewhere' };
    return { kind: 'no', why: `no other node is known to be better: ${phrase}` };
  }
  if (best?.healsByWaiting === 'yes') return { kind: 'perhaps' };
  if (best?.healsByWaiting === 'perhaps' && best.confidence !== 'certain') return { kind: 'perhaps' };
  return { kind: 'no', why: `a new pod would fail alike: ${phrase}` };
}

/** The registry gives the image now, or a secret was written since the last try. */
function isCorrected(failure: PullFailure, detail: string | undefined): boolean {
  if (detail === 'appeared-since' || detail === 'created-since') return true;
  const { registry, lastFailedAt, observedAt } = failure;
  const own = registry?.attempts.filter(({ credential }) => credential !== undefined) ?? [];
  if (own.length > 0) return own.some(({ result }) => result === 'found');
  if (registry?.attempts.some(({ result }) => result === 'found') === true && failure.pullSecrets.length === 0)
    return true;
  return failure.pullSecrets.some(
    (secret) =>
      secret.lastWrittenAt !== undefined &&
      lastFailedAt !== undefined &&
      secret.lastWrittenAt > lastFailedAt &&
      isGood(secret, observedAt),
  );
}

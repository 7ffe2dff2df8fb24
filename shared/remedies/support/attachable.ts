import type { Instant } from '../../domain/instant.ts';
import type { PullSecretFact } from '../../domain/pull-secret.ts';
import type { RemedyContext } from '../remedy.ts';
import { leadOf } from './lead.ts';

/** A pull secret of the same namespace that would serve the image, and whether the registry took it. */
export interface Attachable {
  readonly name: string;
  readonly isProven: boolean;
}

/** Secrets that are good for this image and that the pod does not use: what the registry took first, then by name. */
export function findAttachable(context: RemedyContext): readonly Attachable[] {
  const { failure } = leadOf(context);
  const { namespace, pod, serviceAccount, registry, otherSecrets } = failure;
  const used = new Set([...(pod?.pullSecretNames ?? []), ...(serviceAccount?.pullSecretNames ?? [])]);
  const answers = (name: string) =>
    (registry?.attempts ?? [])
      .filter(({ credential }) => credential?.namespace === namespace && credential?.secret === name)
      .map(({ result }) => result);
  const isRefused = (name: string) => {
    const results = answers(name);
    return results.some((one) => one === 'unauthorized' || one === 'forbidden') && !results.includes('found');
  };
  return otherSecrets
    .filter((secret) => secret.namespace === namespace && !used.has(secret.name))
    .filter((secret) => isGood(secret, context.now) && !isRefused(secret.name))
    .map(({ name }) => ({ name, isProven: answers(name).includes('found') }))
    .sort((a, b) => Number(b.isProven) - Number(a.isProven) || (a.name < b.name ? -1 : 1));
}

/** Whether it holds a credential for the image that had not ended then. */
export function isGood({ state, matching }: PullSecretFact, at: Instant): boolean {
  if (state !== 'ok') return false;
  return matching.some(({ isUsable, expiresAt }) => isUsable && (expiresAt === undefined || expiresAt > at));
}

import type { KubeSecret } from '../../domain/kubernetes.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import { PULL_SECRET_TYPE } from '../../domain/refresh/pull-secret-manifest.ts';
import { secretId } from '../../domain/refresh/want-secrets.ts';
import type { SecretWriter } from '../../ports/secret-writer.ts';
import { whenBusyAgain } from './when-busy-again.ts';

/** From this many on, one list of the whole cluster is asked for before they are read by name. */
export const LIST_FROM = 8;

/**
 * Gives every pull secret of the cluster once, page by page, where the identity may list them: two calls in place of a
 * thousand. One page is worked on while the next is read, and no third is held.
 * @returns the gap where it may not; nothing was given then
 */
export async function listSecrets(
  writer: SecretWriter,
  onSecrets: (secrets: readonly KubeSecret[]) => Promise<void>,
): Promise<Gap | undefined> {
  const seen = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  const onPage = async (page: readonly KubeSecret[]) => {
    // A list that starts over shows them again.
    const fresh = page.filter((secret) => {
      const id = secretId({ namespace: secret.metadata?.namespace ?? '', name: secret.metadata?.name ?? '' });
      return !seen.has(id) && seen.add(id);
    });
    const before = working;
    working = onSecrets(fresh);
    await before;
  };
  const read = await whenBusyAgain(() => writer.listSecrets({ type: PULL_SECRET_TYPE }, onPage));
  await working;
  return read.ok ? undefined : read.gap;
}

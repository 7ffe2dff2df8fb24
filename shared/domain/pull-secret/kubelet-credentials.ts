import type { ImageReference } from '../image-reference.ts';
import type { KubeSecret } from '../kubernetes.ts';
import type { RegistryCredential } from '../registry-credential.ts';
import { isUsable, readCredentialEntries } from './parse-pull-secret.ts';
import { matchRegistryKeys, parseRegistryKey } from './registry-key.ts';

type ImageName = Pick<ImageReference, 'registry' | 'repository'>;

/**
 * The credentials that the kubelet would send for an image, in its order: best matching key first, over all secrets of
 * the pod together; then, as those are tried one after another, without any. A secret that is missing, unreadable or
 * malformed adds none, as on the node; entries without a user name or a password are nothing to send.
 *
 * @param secrets that were read, of any namespace
 * @param pullSecretNames `spec.imagePullSecrets` of the pod, in its order
 */
export function kubeletCredentials(
  secrets: readonly KubeSecret[],
  namespace: string,
  pullSecretNames: readonly string[],
  image: ImageName,
): readonly RegistryCredential[] {
  return openKeyring(secrets, namespace, pullSecretNames)(image);
}

/** The same for many images of pods with these secrets: each secret is opened once. */
export function openKeyring(
  secrets: readonly KubeSecret[],
  namespace: string,
  pullSecretNames: readonly string[],
): (image: ImageName) => readonly RegistryCredential[] {
  const all = pullSecretNames.flatMap((name) => {
    const secret = secrets.findLast(
      ({ metadata }) => metadata?.name === name && (metadata.namespace ?? 'default') === namespace,
    );
    const parsed = secret === undefined ? undefined : readCredentialEntries(secret);
    if (parsed?.state !== 'ok') return [];
    return parsed.entries.map((entry) => ({ secret: name, ...entry }));
  });
  const keys = all.map(({ key }) => parseRegistryKey(key));
  return (image) =>
    matchRegistryKeys(keys, image).flatMap((position) => {
      const entry = all[position];
      if (entry === undefined || !isUsable(entry)) return [];
      const { secret, key, username, password } = entry;
      return [{ name: { namespace, secret, key }, username, password }];
    });
}

import { parseEcrHost } from '../ecr-host.ts';
import { parseInstant } from '../instant.ts';
import type { KubeSecret, ManagedField } from '../kubernetes.ts';
import type { PullSecretEntry, PullSecretFact } from '../pull-secret.ts';
import { type ParsedEntry, parsePullSecret } from './parse-pull-secret.ts';
import { matchRegistryKeys, parseRegistryKey, type RegistryKey, registryOfKey } from './registry-key.ts';
import { readSecretOwner } from './secret-owner.ts';

/** An ECR token lives 12 hours (GetAuthorizationToken). */
const ECR_TOKEN_MS = 12 * 60 * 60 * 1000;

/** A Secret as a fact, whatever image is pulled; `matching` is filled by `matchPullSecrets`. */
export function describePullSecret(secret: KubeSecret): PullSecretFact {
  const parsed = parsePullSecret(secret);
  const lastWrite = newestWrite(secret.metadata?.managedFields ?? []);
  const lastWrittenAt = parseInstant(lastWrite?.time);
  return {
    namespace: secret.metadata?.namespace ?? 'default',
    name: secret.metadata?.name ?? '',
    state: parsed.state,
    problem: parsed.state === 'ok' ? undefined : parsed.problem,
    type: secret.type,
    entries: parsed.state === 'ok' ? parsed.entries.map((entry) => describeEntry(entry, lastWrittenAt)) : [],
    matching: [],
    createdAt: parseInstant(secret.metadata?.creationTimestamp),
    lastWrittenBy: lastWrite?.manager,
    lastWrittenAt,
    ownedBy: readSecretOwner(secret),
  };
}

/**
 * Fills `matching` of each secret with the entries that the kubelet would try for this image. All secrets of a pod go in
 * together and in order: Docker Hub's old key counts only when no key of any of them matches.
 */
export function matchPullSecrets(
  secrets: readonly PullSecretFact[],
  image: { readonly registry: string; readonly repository: string } | undefined,
): readonly PullSecretFact[] {
  if (image === undefined) return secrets;
  const all = secrets.flatMap((secret, owner) => secret.entries.map((entry) => ({ owner, entry })));
  const matched = matchRegistryKeys(
    all.map(({ entry }) => keyOf(entry)),
    image,
  );
  return secrets.map((secret, owner) => ({
    ...secret,
    matching: matched.flatMap((position) => {
      const candidate = all[position];
      return candidate?.owner === owner ? [candidate.entry] : [];
    }),
  }));
}

function keyOf(entry: PullSecretEntry): RegistryKey | undefined {
  return parseRegistryKey(entry.key);
}

function describeEntry(entry: ParsedEntry, lastWrittenAt: number | undefined): PullSecretEntry {
  const registry = registryOfKey(entry.key);
  const ecr = parseEcrHost(registry);
  // No token outlives the last write of its Secret by more than 12 h; a later write of something else only hides that.
  const byAge =
    ecr !== undefined && entry.username === 'AWS' && lastWrittenAt !== undefined
      ? lastWrittenAt + ECR_TOKEN_MS
      : undefined;
  const expiresAt = entry.tokenExpiresAt ?? byAge;
  return {
    key: entry.key,
    registry,
    username: entry.username,
    isUsable: entry.isUsable,
    expiresAt,
    expirySource: expiresAt === undefined ? undefined : entry.tokenExpiresAt === undefined ? 'age' : 'token',
    ecrRegion: ecr?.region,
  };
}

/** The last writer by managedFields, where they were read. */
export function newestWrite(fields: readonly ManagedField[]): ManagedField | undefined {
  return fields.reduce<ManagedField | undefined>(
    (newest, field) => ((parseInstant(field.time) ?? 0) > (parseInstant(newest?.time) ?? 0) ? field : newest),
    undefined,
  );
}

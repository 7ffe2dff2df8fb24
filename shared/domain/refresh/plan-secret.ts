import type { Instant } from '../instant.ts';
import type { KubeObject, KubeSecret } from '../kubernetes.ts';
import { readSecretOwner } from '../pull-secret/secret-owner.ts';
import { type CredentialDocument, type DocumentEntry, openCredentials } from './credential-document.ts';
import { decideDue } from './decide-due.ts';
import { ECR_ANNOTATION, type EntryRecord, parseEcrAnnotation } from './ecr-annotation.ts';
import { judgeKey } from './judge-key.ts';
import type { RefreshReason } from './result.ts';
import type { RefreshTarget, TargetRegistry, TargetSecret } from './target.ts';
import { type TokenRequest, tokenRequestFor } from './token-request.ts';

/** An entry of a target and whether it needs a token. */
export interface PlannedEntry {
  readonly key: string;
  readonly registry: TargetRegistry;
  readonly token: TokenRequest;
  readonly isDue: boolean;
  readonly isMissing: boolean;
  /** Its target's mode: what is due in `advise` is reported and not written. */
  readonly mode: RefreshTarget['mode'];
  /** `undefined` = unknown. */
  readonly expiresAt: Instant | undefined;
}

/** An entry that gets no token, and why. */
export interface RefusedEntry {
  readonly key: string;
  readonly kind: 'foreign' | 'look-alike';
  readonly host: string;
}

export interface SecretPlan {
  readonly secret: TargetSecret;
  readonly entries: readonly PlannedEntry[];
  readonly refused: readonly RefusedEntry[];
  readonly decision:
    | {
        readonly kind: 'refresh';
        readonly document: CredentialDocument;
        readonly records: ReadonlyMap<string, EntryRecord>;
      }
    | { readonly kind: 'not-due' }
    | { readonly kind: 'skip'; readonly reason: RefreshReason; readonly why: string };
}

/** On a Secret or a Namespace: `false` takes it out of every target. It never adds one. */
export const REFRESH_LABEL = 'pullmedic.dev/refresh';
/** `advise` wins over everything that the configuration allows. */
export const MODE_ANNOTATION = 'pullmedic.dev/mode';

/**
 * What to do with one Secret of a target; does nothing.
 * @param isForced every entry of a target is due: its registry has just refused it
 */
export function planSecret(
  object: KubeSecret,
  secret: TargetSecret,
  at: { readonly cluster: string; readonly now: Instant; readonly isForced: boolean },
): SecretPlan {
  const meta = object.metadata;
  const skip = (reason: RefreshReason, why: string, parts: Partial<SecretPlan> = {}): SecretPlan => ({
    secret,
    entries: [],
    refused: [],
    ...parts,
    decision: { kind: 'skip', reason, why },
  });
  if (isOptedOut(object)) {
    return skip('opted-out', `its label ${REFRESH_LABEL} is "false"`);
  }
  const document = openCredentials(object);
  if ('problem' in document) {
    return skip('malformed', `${document.problem}; the kubelet skips it too. Repair or delete it by hand`);
  }

  const records = parseEcrAnnotation(meta?.annotations?.[ECR_ANNOTATION]);
  const { ours, refused } = judgeEntries(document.entries, secret.targets);
  const seed = `${at.cluster}/${secret.namespace}/${secret.name}`;
  const present = ours.map(({ entry, target, registry }): PlannedEntry => {
    const due = decideDue(entry, records.get(entry.key), { now: at.now, seed });
    const isDue = due.isDue || at.isForced;
    return { ...planned(target, registry, entry.key), isDue, isMissing: false, expiresAt: due.expiresAt };
  });
  const entries = [...present, ...missingEntries(secret.targets, present)];
  const parts = { entries, refused };

  if (entries.length === 0) return skip(...nothingOurs(refused), parts);
  if (!entries.some(({ isDue }) => isDue)) return { secret, ...parts, decision: { kind: 'not-due' } };

  const owner = readSecretOwner(object);
  if (owner !== undefined) {
    return skip('owned-by-controller', `${owner} owns it and would undo the change: renew the token there`, parts);
  }
  if (object.immutable === true) {
    const why = 'it is immutable: delete it and create it again without `immutable: true`, then it is kept fresh';
    return skip('immutable', why, parts);
  }
  if (isAdviseOnly(object, entries)) {
    return skip('advise-only', 'it is due, and its mode is advise: nothing is written', parts);
  }
  return { secret, ...parts, decision: { kind: 'refresh', document, records } };
}

/** Whether a Secret or Namespace is taken out of every target. */
export function isOptedOut(object: KubeObject | undefined): boolean {
  return object?.metadata?.labels?.[REFRESH_LABEL] === 'false';
}

/** Whether an object asks that nothing of it be changed, as a label or as an annotation. */
export function isAdvised(object: KubeObject | undefined): boolean {
  const { labels = {}, annotations = {} } = object?.metadata ?? {};
  return annotations[MODE_ANNOTATION] === 'advise' || labels[MODE_ANNOTATION] === 'advise';
}

/** Whether an entry gets a token when its Secret is written. */
export function isToWrite({ isDue, mode }: PlannedEntry): boolean {
  return isDue && mode === 'auto';
}

/** Entries that a Secret gets when it is made. */
export function planCreation(secret: TargetSecret): readonly PlannedEntry[] {
  return missingEntries(secret.targets, []);
}

function judgeEntries(entries: readonly DocumentEntry[], targets: readonly RefreshTarget[]) {
  const ours: { readonly entry: DocumentEntry; readonly target: RefreshTarget; readonly registry: TargetRegistry }[] =
    [];
  const refused: RefusedEntry[] = [];
  // Of a key that stands there twice the last one counts for the kubelet; both are written.
  for (const entry of new Map(entries.map((one) => [one.key, one])).values()) {
    const verdict = judgeKey(entry.key, targets);
    if (verdict.kind === 'ours') ours.push({ entry, target: verdict.target, registry: verdict.registry });
    else if (verdict.kind !== 'other') refused.push({ key: entry.key, kind: verdict.kind, host: verdict.host });
  }
  return { ours, refused };
}

/** Registries that no key serves, of targets that may create. */
function missingEntries(targets: readonly RefreshTarget[], present: readonly PlannedEntry[]): readonly PlannedEntry[] {
  const served = new Set(present.map(({ registry }) => registry.host));
  const missing: PlannedEntry[] = [];
  for (const target of targets.filter(({ isCreated }) => isCreated)) {
    for (const registry of target.registries) {
      if (served.has(registry.host)) continue;
      served.add(registry.host);
      missing.push({ ...planned(target, registry, registry.host), isDue: true, isMissing: true, expiresAt: undefined });
    }
  }
  return missing;
}

function planned(target: RefreshTarget, registry: TargetRegistry, key: string) {
  return { key, registry, token: tokenRequestFor(target, registry), mode: target.mode };
}

function nothingOurs(refused: readonly RefusedEntry[]): readonly [RefreshReason, string] {
  const hosts = refused.map(({ host }) => host).join(', ');
  return refused.length > 0
    ? ['not-allowed-here', `${hosts}: not a registry of its target; no token is asked for`]
    : ['no-entry', 'it has no entry for a registry of its target; `create: true` would add one'];
}

function isAdviseOnly(object: KubeSecret, entries: readonly PlannedEntry[]): boolean {
  return isAdvised(object) || !entries.some(isToWrite);
}

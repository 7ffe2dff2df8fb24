import type { Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { PullSecretFact } from '../../domain/pull-secret.ts';
import { shellCommand } from '../../domain/shell.ts';
import { credentialFacts } from './credentials.ts';
import { now } from './fixes.ts';
import { attemptSays, isRefused } from './registry-facts.ts';
import { sentCredentials } from './sent-credentials.ts';

/** Refines whatever refuses a credential: the image is public, and the credential is all that breaks the pull. */
export const STALE_CREDENTIAL = 'stale-credential-on-public-image';

export interface StaleCredential {
  readonly evidence: readonly Evidence[];
  readonly phrase: string;
  readonly verdict: 'all-unauthorized' | 'all-refused';
  /** Whether nothing else could be sent from the node. */
  readonly isProven: boolean;
}

/** Every credential that the kubelet sends is refused, and without any the registry gives the image to anybody. */
export function staleCredential(failure: PullFailure): StaleCredential | undefined {
  const sent = sentCredentials(failure);
  if (sent === undefined || sent.facts.anonymous?.result !== 'found') return undefined;
  if (sent.verdict !== 'all-unauthorized' && sent.verdict !== 'all-refused') return undefined;
  const { answer, anonymous } = sent.facts;
  return {
    evidence: [...sent.attempts.filter(isRefused), anonymous].map((attempt) => attemptSays(answer, attempt)),
    phrase: 'public image, but the pull secret for it is refused',
    verdict: sent.verdict,
    isProven: sent.isAllThatIsSent,
  };
}

/** Takes the refused entries out; the other registries of the secret stay. */
export function removeStaleCredential(failure: PullFailure): Fix | undefined {
  const { matching } = credentialFacts(failure);
  if (matching.length === 0) return undefined;
  const names = [...new Set(matching.map(({ secret }) => secret.name))].join(', ');
  const owner = matching.find(({ secret }) => secret.ownedBy !== undefined)?.secret.ownedBy;
  const where = owner === undefined ? '' : ` (${owner} writes it: change it there)`;
  const commands = matching.map(({ secret, entry }) =>
    secret.ownedBy === undefined ? removeEntry(secret, entry.key) : undefined,
  );
  return now(
    'remove-stale-credential',
    `Take the entry out of secret ${names}${where}: nobody needs it to pull this image`,
    ...commands,
  );
}

function removeEntry({ namespace, name, type }: PullSecretFact, key: string): string | undefined {
  // The legacy type has another key and shape, and is written by tools that would put it back.
  if (type !== 'kubernetes.io/dockerconfigjson') return undefined;
  return shellCommand`kubectl -n ${namespace} get secret ${name} -o json | jq --arg key ${key} '.data[".dockerconfigjson"] |= (@base64d | fromjson | del(.auths[$key]) | tojson | @base64)' | kubectl replace -f -`;
}

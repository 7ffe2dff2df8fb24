import type { Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { now } from './fixes.ts';
import { attemptSays, isRefused } from './registry-facts.ts';
import { sentCredentials } from './sent-credentials.ts';

/** Refines whatever refuses a credential: the image is public, and the credential is all that breaks the pull. */
export const STALE_CREDENTIAL = 'stale-credential-on-public-image';

export interface StaleCredential {
  readonly evidence: readonly Evidence[];
  readonly phrase: string;
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
    isProven: sent.isAllThatIsSent,
  };
}

/** Takes the refused entries out; the other registries of the secret stay. */
export function removeStaleCredential(failure: PullFailure): Fix | undefined {
  const refused = sentCredentials(failure)?.attempts.filter(isRefused) ?? [];
  const [first] = refused;
  if (first?.credential === undefined) return undefined;
  const { secret: name, namespace } = first.credential;
  const secret = failure.pullSecrets.find((each) => each.name === name && each.namespace === namespace);
  const owner = secret?.ownedBy === undefined ? '' : ` (${secret.ownedBy} writes it: change it there)`;
  const commands = refused.map(({ credential }) =>
    credential === undefined || secret?.ownedBy !== undefined ? undefined : removeEntry(credential),
  );
  return now(
    'remove-stale-credential',
    `Take the entry out of secret ${name}${owner}: nobody needs it to pull this image`,
    ...commands,
  );
}

function removeEntry({
  namespace,
  secret,
  key,
}: {
  readonly namespace: string;
  readonly secret: string;
  readonly key: string;
}) {
  return shellCommand`kubectl -n ${namespace} get secret ${secret} -o json | jq --arg key ${key} '.data[".dockerconfigjson"] |= (@base64d | fromjson | del(.auths[$key]) | tojson | @base64)' | kubectl replace -f -`;
}

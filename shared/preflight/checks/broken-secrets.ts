import { credentialFacts } from '../../diagnosis/support/credentials.ts';
import { fact } from '../../diagnosis/support/evidence.ts';
import { lasting, now } from '../../diagnosis/support/fixes.ts';
import { lastWriter } from '../../diagnosis/support/last-writer.ts';
import { attemptSays, isRefused, registryFacts } from '../../diagnosis/support/registry-facts.ts';
import { createPullSecret } from '../../diagnosis/support/secret-fixes.ts';
import { clip } from '../../diagnosis/support/text.ts';
import type { Confidence, Evidence } from '../../domain/finding.ts';
import type { Breaks } from '../../domain/preflight/breaks.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Discovery, ManyCheck } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import { heldBy } from '../words.ts';

/** Pull secrets that a workload or its ServiceAccount names and that do not exist: the kubelet goes on without them. */
export const checkMissingSecrets: ManyCheck = (examined) => {
  const { use, failure } = examined;
  const { namespace, serviceAccountName } = use;
  return credentialFacts(failure).missingNames.map((name): Discovery => {
    const who = use.isByServiceAccount ? `ServiceAccount ${serviceAccountName}` : 'the workload';
    return {
      ...harmOf(examined),
      kind: use.isByServiceAccount ? 'service-account-secret-missing' : 'secret-missing',
      subject: use.isByServiceAccount ? `${namespace}/${serviceAccountName}:${name}` : `${namespace}/${name}`,
      phrase: use.isByServiceAccount
        ? `${clip(serviceAccountName, 20)} names pull secret ${clip(name, 22)}, which is not there`
        : `pull secret ${clip(name, 40)} does not exist`,
      evidence: [
        fact(
          `${who} names pull secret ${namespace}/${name}, which does not exist`,
          'API server: 404',
          failure.observedAt,
        ),
        ...answerTo(examined),
        ...heldBy(examined),
      ],
      fixes: [
        createPullSecret(failure, name),
        now(
          'see-secrets',
          'Or name one that there is',
          shellCommand`kubectl -n ${namespace} get secrets --field-selector type=kubernetes.io/dockerconfigjson`,
        ),
        lasting(
          'create-with-namespace',
          'Create pull secrets together with the namespace, by the tool that creates it',
        ),
      ],
    };
  });
};

/** Pull secrets of a wrong type, key, encoding or JSON: the kubelet skips them without a word. */
export const checkMalformedSecrets: ManyCheck = (examined) => {
  const { failure } = examined;
  return credentialFacts(failure).malformed.map(
    (secret): Discovery => ({
      ...harmOf(examined),
      kind: 'secret-malformed',
      subject: `${secret.namespace}/${secret.name}`,
      phrase: `pull secret ${clip(secret.name, 40)} is malformed`,
      evidence: [
        fact(
          `the kubelet skips it: ${secret.problem ?? 'it cannot be read as a pull secret'}${lastWriter(secret)}`,
          `secret ${secret.namespace}/${secret.name}`,
          failure.observedAt,
        ),
        ...answerTo(examined),
        ...heldBy(examined),
      ],
      fixes: [
        now(
          'look-at-secret',
          'See its type and keys (not its content)',
          shellCommand`kubectl -n ${secret.namespace} describe secret ${secret.name}`,
        ),
        createPullSecret(failure, secret.name),
        lasting('create-with-kubectl', 'Create pull secrets with kubectl create secret docker-registry, not by hand'),
      ],
    }),
  );
};

/** That it is broken is a fact; what it breaks is proven only by the registry. */
function harmOf({ pull, isAllThatIsSent, breaks }: ExaminedUse): {
  readonly breaks: Breaks;
  readonly confidence: Confidence;
} {
  if (pull === 'works') return { breaks: { kind: 'drift' }, confidence: 'certain' };
  return { breaks, confidence: pull === 'refused' && isAllThatIsSent ? 'certain' : 'likely' };
}

/** What the registry says to what is left. */
export function answerTo({ failure, pull }: Pick<ExaminedUse, 'failure' | 'pull'>): readonly Evidence[] {
  const facts = registryFacts(failure);
  if (facts === undefined || (pull !== 'works' && pull !== 'refused')) return [];
  const { answer, own, anonymous } = facts;
  const tried = anonymous === undefined ? own : [...own, anonymous];
  const telling = pull === 'works' ? tried.filter(({ result }) => result === 'found') : tried.filter(isRefused);
  return telling.slice(0, 2).map((attempt) => attemptSays(answer, attempt));
}

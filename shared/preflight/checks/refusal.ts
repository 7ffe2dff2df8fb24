import { credentialFacts } from '../../diagnosis/support/credentials.ts';
import { duration, fact, moment } from '../../diagnosis/support/evidence.ts';
import { fixesOf, lasting, now } from '../../diagnosis/support/fixes.ts';
import { lackingSecret, usableSecret } from '../../diagnosis/support/lacking-secret.ts';
import { lastWriter } from '../../diagnosis/support/last-writer.ts';
import { attachSecret, createPullSecret, ecrSecretCommand } from '../../diagnosis/support/secret-fixes.ts';
import { removeStaleCredential, staleCredential } from '../../diagnosis/support/stale-credential.ts';
import { registryOf } from '../../diagnosis/support/subjects.ts';
import { shortImage } from '../../diagnosis/support/text.ts';
import type { Confidence, Fix } from '../../domain/finding.ts';
import type { PullSecretEntry } from '../../domain/pull-secret.ts';
import { ecrLocation, recogniseRegistry } from '../../registries/recognise.ts';
import type { Discovery, UseCheck } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import { heldBy } from '../words.ts';
import { answerTo } from './broken-secrets.ts';

/**
 * Why the registry sends away what the kubelet sends, most exact first. Missing and malformed secrets are told by
 * themselves, and then explain it.
 */
export const checkRefusal: UseCheck = (examined) => {
  const { pull, failure } = examined;
  const { missingNames, malformed } = credentialFacts(failure);
  if (pull === 'works' || pull === 'absent' || missingNames.length + malformed.length > 0) return undefined;
  return expired(examined) ?? wrongEntry(examined) ?? refused(examined);
};

/** Every entry that the kubelet would try is past its expiry. */
function expired(examined: ExaminedUse): Discovery | undefined {
  const { failure, breaks, pull, isAllThatIsSent, knowsSecrets } = examined;
  const { matching } = credentialFacts(failure);
  const ended = matching.filter(({ entry }) => (entry.expiresAt ?? Number.POSITIVE_INFINITY) <= failure.observedAt);
  const [first] = ended;
  if (first === undefined || ended.length < matching.length || !knowsSecrets) return undefined;
  const { secret, entry } = first;
  const isRead = ended.every((one) => one.entry.expirySource !== 'age');
  const at = entry.expiresAt ?? failure.observedAt;
  return {
    kind: 'secret-expired',
    subject: `${secret.namespace}/${secret.name}`,
    breaks,
    confidence: isAllThatIsSent && (isRead || pull === 'refused') ? 'certain' : 'likely',
    phrase: `${nameOf(failure.image?.registry)} pull secret ${secret.name.slice(0, 30)} has expired`,
    evidence: [
      fact(
        `its token expired ${moment(at)}, ${duration(failure.observedAt - at)} ago${lastWriter(secret)}`,
        expirySourceOf(entry),
        failure.observedAt,
      ),
      ...answerTo(examined),
      ...heldBy(examined),
    ],
    fixes: fixesOf(
      removeIfStale(examined),
      renewFix(examined, secret.name),
      lasting('refresh-schedule', 'Let pullmedic renew it on its schedule: name it under targets: (docs/refresh.md)'),
    ),
  };
}

/** The secrets that are named have entries, for other hosts or another region. */
function wrongEntry(examined: ExaminedUse): Discovery | undefined {
  const { use, failure, breaks, pull } = examined;
  const lacking = lackingSecret(failure);
  const isRegion = lacking?.detail === 'ecr-wrong-region';
  if (lacking === undefined || (!isRegion && lacking.detail !== 'secret-lacks-host')) return undefined;
  // Many public images are pulled beside a secret for something else.
  if (pull !== 'refused' && !isRegion) return undefined;
  const secrets = use.pullSecretNames.join(', ');
  return {
    kind: isRegion ? 'secret-wrong-region' : 'secret-other-host',
    subject: `${use.namespace}/${secrets}`,
    breaks,
    confidence: confidenceOf(examined),
    phrase: lacking.phrase ?? 'the pull secret has no entry for this registry',
    evidence: [...lacking.evidence, ...answerTo(examined), ...heldBy(examined)],
    fixes: fixesOf(
      now(
        'add-entry',
        `Add an entry for ${use.image?.registry ?? 'the registry'} to the secret, or name another secret beside it`,
      ),
      createPullSecret(failure, `${use.pullSecretNames[0] ?? 'registry'}-2`),
    ),
  };
}

/** It is sent credentials that it does not take, or none where it wants some. */
function refused(examined: ExaminedUse): Discovery | undefined {
  const { use, failure, breaks, pull } = examined;
  const { image } = use;
  const { matching } = credentialFacts(failure);
  const registry = registryOf(failure);
  if (pull !== 'refused' || image === undefined) return undefined;
  // Nodes of that cloud pull with an identity of their own: a workload without a secret is no fault there.
  if (matching.length === 0 && registry.hasNodeCredentials) return undefined;
  const isCached = use.running.length > 0 && breaks.kind === 'next-node';
  const isSent = matching.length > 0;
  const repository = `${image.registry}/${image.repository}`;
  const names = [...new Set(matching.map(({ secret }) => secret.name))].join(', ');
  const what = isSent
    ? `${nameOf(image.registry)} refuses pull secret ${names.slice(0, 24)}`
    : refusedWithout(examined);
  const evidence = [...(lackingSecret(failure)?.evidence ?? []), ...answerTo(examined), ...heldBy(examined)];
  return {
    kind: isCached ? 'cached-only' : isSent ? 'credentials-refused' : 'no-credentials',
    subject: isSent ? `${use.namespace}/${names} ${image.registry}` : repository,
    breaks,
    confidence: isSent && !isCached ? confidenceOf(examined) : unseenLogin(examined, isSent),
    phrase: isCached ? `${shortImage(failure, 32)} runs from caches only: pulls are refused` : what,
    evidence: isCached ? [fact(what, 'registry', failure.registry?.observedAt), ...evidence] : evidence,
    fixes: fixesOf(removeIfStale(examined), attachUsable(examined), renewFix(examined, matching[0]?.secret.name)),
  };
}

/**
 * A node may have a login of its own (the kubelet's config.json, containerd's hosts.toml), which nobody sees from here:
 * that nothing but a cache keeps pods alive is never proven. Pods that run without any secret came by it somehow.
 */
function unseenLogin({ use }: ExaminedUse, isSent: boolean): Confidence {
  return isSent || use.running.length === 0 ? 'likely' : 'possible';
}

function refusedWithout({ failure }: ExaminedUse): string {
  const { hidesPrivate, name } = registryOf(failure);
  return hidesPrivate
    ? `${shortImage(failure, 30)} is missing on ${name}, or private`
    : `no credentials for ${nameOf(failure.image?.registry)}, which wants some`;
}

function attachUsable({ failure }: ExaminedUse): Fix | undefined {
  const usable = usableSecret(failure);
  return usable === undefined || failure.pod?.pullSecretNames.length !== 0
    ? undefined
    : attachSecret(failure, usable.name);
}

function removeIfStale({ failure }: ExaminedUse): Fix | undefined {
  return staleCredential(failure) === undefined ? undefined : removeStaleCredential(failure);
}

/** Certain where exactly what the kubelet sends was tried and nothing else can be sent. */
function confidenceOf({ pull, isAllThatIsSent }: ExaminedUse): Confidence {
  return pull === 'refused' && isAllThatIsSent ? 'certain' : 'likely';
}

/** Writes a new credential: for ECR the whole command, else how to make the secret. */
export function renewFix({ use, failure }: Pick<ExaminedUse, 'use' | 'failure'>, name: string | undefined): Fix {
  const host = use.image?.registry ?? '';
  const location = ecrLocation(host);
  if (location === undefined || name === undefined) return createPullSecret(failure, name);
  return now(
    'refresh-pull-secret',
    `Write a fresh ECR token into secret ${name} (replaces the whole secret: add its other registries again)`,
    ecrSecretCommand(use.namespace, name, host, location.region),
  );
}

/** `Docker Hub`, `ECR`, or the host of a registry of one's own in words that are no link. */
export function nameOf(registry: string | undefined): string {
  const { name, family } =
    registry === undefined ? { name: 'the registry', family: 'other' } : recogniseRegistry(registry);
  return family === 'other' ? 'the registry' : name.replace('Amazon ', '');
}

/** Where it is known from when an entry ends, as evidence names it. */
export function expirySourceOf({ expirySource }: Pick<PullSecretEntry, 'expirySource'>): string {
  if (expirySource === 'age') return 'age of the secret';
  return expirySource === 'annotation' ? 'annotation pullmedic.dev/ecr' : 'expiry written in the token';
}

import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import type { KubeSecret } from '../../domain/kubernetes.ts';
import { kubeletCredentials } from '../../domain/pull-secret/kubelet-credentials.ts';
import type { AttemptResult, RegistryAnswer } from '../../domain/registry-answer.ts';
import type { Registry } from '../../ports/registry.ts';

/** The pull secrets that the pods of the pre-pull will use. */
export interface PullSecrets {
  readonly namespace: string;
  /** In the kubelet's order. */
  readonly names: readonly string[];
  readonly secrets: readonly KubeSecret[];
}

/** `reference` is by digest; `why` says what stands in the way. */
export type Resolved =
  | { readonly asked: string; readonly reference: string }
  | { readonly asked: string; readonly why: string };

/** Asks the registry which digest each tag is now, with the credentials of the node. A digest is kept, and nobody asked. */
export function resolveImages(
  images: readonly ImageReference[],
  pullSecrets: PullSecrets,
  registry: Registry,
  signal: AbortSignal,
): Promise<readonly Resolved[]> {
  return Promise.all(images.map((image) => resolveImage(image, pullSecrets, registry, signal)));
}

async function resolveImage(
  image: ImageReference,
  { namespace, names, secrets }: PullSecrets,
  registry: Registry,
  signal: AbortSignal,
): Promise<Resolved> {
  if (image.digest !== undefined) return { asked: image.raw, reference: formatImageReference(image) };
  const credentials = kubeletCredentials(secrets, namespace, names, image);
  const { answer, gaps } = await registry.ask({ image, credentials, wantsPlatforms: false }, signal);
  if (answer?.digest !== undefined && answer.attempts.some(({ result }) => result === 'found')) {
    return { asked: image.raw, reference: formatImageReference({ ...image, digest: answer.digest }) };
  }
  const said = answer === undefined ? [] : [words(image, answer)];
  return { asked: image.raw, why: [...said, ...gaps.map(({ what, why }) => `${what}: ${why}`)].join('; ') };
}

const RESULT_WORDS: Readonly<Record<AttemptResult, string>> = {
  found: 'it has the image and does not say its digest',
  'manifest-unknown': 'that tag does not exist',
  'repository-unknown': 'that repository does not exist',
  unauthorized: 'it asks for other credentials (401)',
  forbidden: 'it forbids this (403)',
  'rate-limited': 'too many requests (429)',
  unavailable: 'it gave no usable answer',
};

function words(image: ImageReference, { host, attempts, tags }: RegistryAnswer): string {
  const said = attempts.map(({ credential, result, httpStatus }) => {
    const whom = credential === undefined ? 'without credentials' : `with secret ${credential.secret}`;
    const status = result === 'unavailable' && httpStatus !== undefined ? ` (${httpStatus})` : '';
    return `${RESULT_WORDS[result]}${status}, ${whom}`;
  });
  const near = (tags?.nearest ?? []).map(({ tag }) => tag);
  const others = near.length === 0 ? '' : `; tags like ${image.tag}: ${near.join(', ')}`;
  return `${host} says: ${said.join('; ') || 'nothing'}${others}`;
}

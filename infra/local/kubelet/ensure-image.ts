import type { PodObject, SecretObject } from '../kubernetes/objects.ts';
import { parseReference } from '../registry/reference.ts';
import type { BackOff } from './back-off.ts';
import { type Credential, findCredentials } from './credentials.ts';
import type { NewEvent } from './event-recorder.ts';
import { type ImageStore, isAccessible, type StoredImage } from './image-store.ts';
import { PullFailed, pullImage } from './pull-image.ts';
import type { RegistryClient } from './registry-client.ts';
import type { ScaledTime } from './scaled-time.ts';

export type WaitingReason = 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName';

export type ImageResult =
  | { readonly ok: true; readonly image: StoredImage; readonly name: string }
  | { readonly ok: false; readonly reason: WaitingReason; readonly message: string };

export interface ImageDependencies {
  readonly images: ImageStore;
  readonly client: RegistryClient;
  readonly backOff: BackOff;
  readonly time: ScaledTime;
  readonly architecture: string;
}

export interface ImageRequest {
  readonly pod: PodObject;
  /** As written in the pod. */
  readonly image: string;
  readonly policy: string;
  readonly secrets: readonly SecretObject[];
  readonly signal: AbortSignal;
  record(event: NewEvent): void;
}

/** `1.2s`, `1m54.325s`, `885ms`, as Go prints a duration in whole milliseconds. */
export function goDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  if (whole < 1000) return whole === 0 ? '0s' : `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = (whole % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

/** All errors of one pull attempt, one a credential; equal ones are said once (utilerrors.NewAggregate). */
function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}

/** The kubelet's EnsureImageExists (pkg/kubelet/images/image_manager.go) with its events and messages. */
export async function ensureImage(request: ImageRequest, deps: ImageDependencies): Promise<ImageResult> {
  const { pod, image, policy, record } = request;
  const { images, backOff, time } = deps;
  const reference = parseReference(image);
  if ('error' in reference) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${reference.error}`;
    record({ type: 'Warning', reason: 'InspectFailed', message });
    return { ok: false, reason: 'InvalidImageName', message };
  }
  const name = reference.full;
  const credentials = findCredentials(request.secrets, `${reference.host}/${reference.repository}`);
  const present = images.byName(name);
  const isUsable = present !== undefined && isAccessible(present, credentials);
  if (isUsable && policy !== 'Always') {
    const message = `Container image "${image}" already present on machine and can be accessed by the pod`;
    record({ type: 'Normal', reason: 'Pulled', message });
    return { ok: true, image: present, name };
  }
  if (policy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    record({ type: 'Warning', reason: 'ErrImageNeverPull', message });
    return { ok: false, reason: 'ErrImageNeverPull', message };
  }

  const key = `${pod.metadata.uid}_${image}`;
  if (backOff.isWaiting(key)) {
    const message = `Back-off pulling image "${image}"`;
    record({ type: 'Normal', reason: 'BackOff', message });
    const previous = backOff.lastError(key);
    return {
      ok: false,
      reason: 'ImagePullBackOff',
      message: previous === undefined ? message : `${message}: ${previous}`,
    };
  }

  record({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"` });
  const startedAt = time.now();
  const tried = await tryCredentials(credentials);
  if ('error' in tried) {
    record({ type: 'Warning', reason: 'Failed', message: `Failed to pull image "${image}": ${tried.error}` });
    backOff.failed(key, `ErrImagePull: ${tried.error}`);
    return { ok: false, reason: 'ErrImagePull', message: tried.error };
  }
  const took = goDuration(time.now() - startedAt);
  const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${tried.image.sizeBytes} bytes.`;
  record({ type: 'Normal', reason: 'Pulled', message });
  return { ok: true, image: tried.image, name };

  /** Each matching credential in turn; anonymously only where none matches. */
  async function tryCredentials(
    all: readonly Credential[],
  ): Promise<{ readonly image: StoredImage } | { readonly error: string }> {
    const errors: string[] = [];
    for (const credential of all.length > 0 ? all : [undefined]) {
      try {
        const pulled = await pullImage({
          client: deps.client,
          reference: reference as Exclude<typeof reference, { readonly error: string }>,
          credential,
          architecture: deps.architecture,
          hasContent: images.has,
          signal: request.signal,
        });
        return { image: images.add(name, pulled, credential) };
      } catch (error) {
        if (!(error instanceof PullFailed)) throw error;
        errors.push(error.message);
      }
    }
    return { error: aggregate(errors) };
  }
}

import { formatImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { RegistryHost } from '../../registries/host-family.ts';
import { ecrLocation, recogniseRegistry } from '../../registries/recognise.ts';

/** The registry that the image comes from; the failing request's host where no image is known. */
export function registryHost({ image, error }: PullFailure): string | undefined {
  return image?.registry ?? error.host;
}

/** What is known of that registry. */
export function registryOf(failure: PullFailure): RegistryHost {
  return recogniseRegistry(registryHost(failure) ?? '');
}

/** Host of the request that failed: a token service, a mirror or a blob store where it was one of those. */
export function failingHost(failure: PullFailure): string {
  return failure.error.host ?? failure.image?.registry ?? 'unknown';
}

export function nodeName({ pod, node }: PullFailure): string {
  return node?.name ?? pod?.nodeName ?? 'unknown';
}

/** Repository and reference: what has to be pushed, or changed in the workload. */
export function imageSubject({ image, imageText, error }: PullFailure): string {
  return image === undefined ? (imageText ?? error.image ?? 'unknown') : formatImageReference(image);
}

export function repositorySubject({ image, imageText }: PullFailure): string {
  return image === undefined ? (imageText ?? 'unknown') : `${image.registry}/${image.repository}`;
}

/** `ecr/<account>/<region>`: one refresh serves all namespaces of that account; else the registry's host. */
export function accountSubject(failure: PullFailure): string {
  const host = registryHost(failure);
  if (host === undefined) return workloadSubject(failure);
  const location = ecrLocation(host);
  return location === undefined ? host : `ecr/${location.account}/${location.region}`;
}

/** `namespace/secret`. */
export function secretSubject(failure: PullFailure, name: string | undefined): string {
  return `${failure.namespace ?? 'unknown'}/${name ?? failure.pod?.pullSecretNames[0] ?? 'unknown'}`;
}

export function workloadSubject({ namespace, workload, pod }: PullFailure): string {
  return `${namespace ?? 'unknown'}/${workload?.kind ?? 'Pod'}/${workload?.name ?? pod?.name ?? 'unknown'}`;
}

import { formatImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { redact } from '../../domain/redact.ts';
import type { RegistryHost } from '../../registries/host-family.ts';
import { ecrLocation, recogniseRegistry } from '../../registries/recognise.ts';
import { oncePer } from './once-per.ts';

/** The registry that the image comes from; the failing request's host where no image is known. */
export function registryHost({ image, error }: PullFailure): string | undefined {
  return image?.registry ?? error.host;
}

/** What is known of that registry. */
export const registryOf = oncePer((failure: PullFailure): RegistryHost => {
  return recogniseRegistry(registryHost(failure) ?? '');
});

/** Docker Hub has several host names and is one registry. */
function canonical(host: string): string {
  return recogniseRegistry(host).family === 'docker-hub' ? 'docker.io' : host;
}

/** What a registry's fault is counted under: the registry itself, whichever of its hosts answered. */
export function registrySubject(failure: PullFailure): string {
  const host = registryHost(failure);
  return host === undefined ? workloadSubject(failure) : canonical(host);
}

/** What a fault of one host is counted under. */
export function hostSubject(failure: PullFailure): string {
  const host = failure.error.host ?? failure.image?.registry;
  return host === undefined ? workloadSubject(failure) : canonical(host);
}

/** Host of the request that failed: a token service, a mirror or a blob store where it was one of those. */
export function failingHost(failure: PullFailure): string {
  return failure.error.host ?? failure.image?.registry ?? 'unknown';
}

/** The node, for what only the node suffers from; the workload where no node is known. */
export function nodeSubject(failure: PullFailure): string {
  return failure.node?.name ?? failure.pod?.nodeName ?? workloadSubject(failure);
}

/** Repository and reference: what has to be pushed, or changed in the workload. */
export function imageSubject(failure: PullFailure): string {
  const { image, imageText, error } = failure;
  return image === undefined
    ? redact(imageText ?? error.image ?? workloadSubject(failure))
    : formatImageReference(image);
}

export function repositorySubject(failure: PullFailure): string {
  const { image, imageText } = failure;
  return image === undefined ? redact(imageText ?? workloadSubject(failure)) : `${image.registry}/${image.repository}`;
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

/** Alert names that concern image pulls by themselves: the seed's three and the stock ones. */
export const PULL_ALERT_NAMES: readonly string[] = [
  'ImagePullBackOff',
  'HighImagePullFailureRate',
  'RegistryUnreachable',
  'KubeContainerWaiting',
  'KubePodNotReady',
  'KubePodImagePullBackOff',
];

/** Waiting reasons of a container that cannot get its image (kubelet `pkg/kubelet/images`). */
export const PULL_REASONS: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

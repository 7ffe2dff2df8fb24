/** Waiting reasons of a container that cannot get its image (kubelet `pkg/kubelet/images/types.go`). */
export const PULL_REASONS: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

export function isPullReason(reason: string | undefined): boolean {
  return reason !== undefined && PULL_REASONS.includes(reason);
}

/** Waiting reasons of a container that cannot get its image (kubelet `pkg/kubelet/images/types.go`). */
const REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

export function isPullReason(reason: string | undefined): boolean {
  return reason !== undefined && REASONS.has(reason);
}

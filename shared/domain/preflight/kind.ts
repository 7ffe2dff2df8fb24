/** What preflight finds, and what each is called in a sentence's beginning. `--fail-on` takes the names. */
export const PREFLIGHT_KINDS = {
  'invalid-name': 'Image name that no parser takes',
  'image-gone': 'Image is not in its registry',
  'image-expiring': 'Image will be deleted by a lifecycle rule',
  'platform-missing': 'No image for the platform of a node',
  'secret-missing': 'Pull secret does not exist',
  'secret-malformed': 'Pull secret is malformed',
  'secret-other-host': 'Pull secret is for another registry',
  'secret-wrong-region': 'ECR pull secret is for another region',
  'secret-expired': 'Pull secret has expired',
  'secret-expiring': 'Pull secret expires and nobody renews it',
  'service-account-secret-missing': 'ServiceAccount names a pull secret that does not exist',
  'credentials-refused': 'The registry refuses the credentials',
  'no-credentials': 'No credentials for the registry',
  'cached-only': 'Works only because it is cached',
  'tag-moved': 'Tag means another image than the one that runs',
  'latest-tag': 'Tag latest',
  'hub-limit': 'Anonymous pulls from Docker Hub near its limit',
} as const;

export type PreflightKind = keyof typeof PREFLIGHT_KINDS;

export function isPreflightKind(text: string): text is PreflightKind {
  return Object.hasOwn(PREFLIGHT_KINDS, text);
}

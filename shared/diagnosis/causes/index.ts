import type { Cause } from '../cause.ts';
import { accessDeniedOrNotFound } from './access-denied-or-not-found.ts';
import { authExpired } from './auth-expired.ts';
import { authForbidden } from './auth-forbidden.ts';
import { authInvalid } from './auth-invalid.ts';
import { authMissing } from './auth-missing.ts';
import { connectionRefused } from './connection-refused.ts';
import { connectionResetOrEof } from './connection-reset-or-eof.ts';
import { connectionTimeout } from './connection-timeout.ts';
import { digestMismatchOrCorrupt } from './digest-mismatch-or-corrupt.ts';
import { digestNotFound } from './digest-not-found.ts';
import { diskFull } from './disk-full.ts';
import { diskIoOrFilesystem } from './disk-io-or-filesystem.ts';
import { dnsFailure } from './dns-failure.ts';
import { encryptedImage } from './encrypted-image.ts';
import { httpHttpsMismatch } from './http-https-mismatch.ts';
import { imageNeverPull } from './image-never-pull.ts';
import { invalidImageName } from './invalid-image-name.ts';
import { kubeletCredentialProviderFailed } from './kubelet-credential-provider-failed.ts';
import { layerMissing } from './layer-missing.ts';
import { manifestInvalidOrUnsupported } from './manifest-invalid-or-unsupported.ts';
import { manifestMissingInIndex } from './manifest-missing-in-index.ts';
import { manifestUnknownMediaType } from './manifest-unknown-media-type.ts';
import { mirrorOrCacheFailure } from './mirror-or-cache-failure.ts';
import { networkUnreachable } from './network-unreachable.ts';
import { nodeIamNoEcrPermission } from './node-iam-no-ecr-permission.ts';
import { platformMismatch } from './platform-mismatch.ts';
import { proxyError } from './proxy-error.ts';
import { pullCancelled } from './pull-cancelled.ts';
import { pullDeadlineExceeded } from './pull-deadline-exceeded.ts';
import { pullQpsExceeded } from './pull-qps-exceeded.ts';
import { pullSlow } from './pull-slow.ts';
import { pullStalled } from './pull-stalled.ts';
import { rateLimited } from './rate-limited.ts';
import { registry5xx } from './registry-5xx.ts';
import { registryQuotaOrBlocked } from './registry-quota-or-blocked.ts';
import { registryUnavailable } from './registry-unavailable.ts';
import { repositoryNotFound } from './repository-not-found.ts';
import { runtimeConfig } from './runtime-config.ts';
import { runtimeUnavailable } from './runtime-unavailable.ts';
import { secretMalformed } from './secret-malformed.ts';
import { secretNotFound } from './secret-not-found.ts';
import { shortNameAmbiguous } from './short-name-ambiguous.ts';
import { signaturePolicyRejected } from './signature-policy-rejected.ts';
import { tagNotFound } from './tag-not-found.ts';
import { tlsExpiredOrNotYetValid } from './tls-expired-or-not-yet-valid.ts';
import { tlsHostnameMismatch } from './tls-hostname-mismatch.ts';
import { tlsOther } from './tls-other.ts';
import { tlsUnknownCa } from './tls-unknown-ca.ts';
import { tokenServiceFailure } from './token-service-failure.ts';
import { unknown } from './unknown.ts';
import { unpackFailure } from './unpack-failure.ts';

/** Every cause. Their order here means nothing: see `diagnose`. */
export const CAUSES: readonly Cause[] = [
  accessDeniedOrNotFound,
  authExpired,
  authForbidden,
  authInvalid,
  authMissing,
  connectionRefused,
  connectionResetOrEof,
  connectionTimeout,
  digestMismatchOrCorrupt,
  digestNotFound,
  diskFull,
  diskIoOrFilesystem,
  dnsFailure,
  encryptedImage,
  httpHttpsMismatch,
  imageNeverPull,
  invalidImageName,
  kubeletCredentialProviderFailed,
  layerMissing,
  manifestInvalidOrUnsupported,
  manifestMissingInIndex,
  manifestUnknownMediaType,
  mirrorOrCacheFailure,
  networkUnreachable,
  nodeIamNoEcrPermission,
  platformMismatch,
  proxyError,
  pullCancelled,
  pullDeadlineExceeded,
  pullQpsExceeded,
  pullSlow,
  pullStalled,
  rateLimited,
  registry5xx,
  registryQuotaOrBlocked,
  registryUnavailable,
  repositoryNotFound,
  runtimeConfig,
  runtimeUnavailable,
  secretMalformed,
  secretNotFound,
  shortNameAmbiguous,
  signaturePolicyRejected,
  tagNotFound,
  tlsExpiredOrNotYetValid,
  tlsHostnameMismatch,
  tlsOther,
  tlsUnknownCa,
  tokenServiceFailure,
  unknown,
  unpackFailure,
];

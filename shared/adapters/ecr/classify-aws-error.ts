import { IssueError } from '../../domain/errors.ts';
import { redact } from '../../domain/redact.ts';
import { errorName } from '../aws/advise-retry.ts';

/** Source: "throttling errors" of the SDK's service-error-classification. */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** The identity that asks is not one, or not any more. */
const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

/** @param call what was asked for and of whom, for people */
export function classifyAwsError(stage: 'role' | 'token', call: string, error: unknown): IssueError {
  const name = errorName(error);
  return new IssueError(reasonOf(stage, name, error), `${call}: ${name || 'no answer'}${messageOf(error)}`, error);
}

function reasonOf(stage: 'role' | 'token', name: string, error: unknown): IssueError['reason'] {
  if (THROTTLED.has(name) || statusOf(error) === 429) return 'throttled';
  if (CREDENTIALS.has(name)) return 'credentials-expired';
  const status = statusOf(error);
  // No status: it was not AWS that answered.
  if (status === undefined || status >= 500) return 'unavailable';
  return stage === 'role' ? 'role-refused' : 'token-refused';
}

/** AWS says who may not do what; a proxy in between may say anything. */
function messageOf(error: unknown): string {
  const text = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  const line = redact(text).replace(/\s+/g, ' ').trim().slice(0, 300);
  return line === '' ? '' : `: ${line}`;
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata;
  return metadata?.httpStatusCode;
}

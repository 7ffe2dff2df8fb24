import { types } from 'node:util';
import type { RetryAdvice } from '../../domain/errors.ts';

/** The request itself is wrong: the same one will never pass. */
const HOPELESS = new Set([
  'BatchEntryIdsNotDistinct',
  'BatchRequestTooLong',
  'IdempotentParameterMismatchException',
  'InvalidAttributeValue',
  'InvalidMessageContents',
  'InvalidParameterException',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'InvalidRequestException',
  'ItemCollectionSizeLimitExceededException',
  'MessageNotInflight',
  'MissingParameter',
  'MissingParameterException',
  'ReceiptHandleIsInvalid',
  'SerializationException',
  'UnsupportedOperation',
  'ValidationException',
]);

/**
 * Whether an AWS call may work later. Throttling, 5xx, timeouts and no answer at all: yes. So do refusals for want of
 * permission and things that are not there yet: an operator heals those, and a job must not be lost meanwhile.
 */
export function adviseRetry(error: unknown): RetryAdvice {
  return HOPELESS.has(errorName(error)) ? 'give-up' : 'retry';
}

/** The error's name without the prefixes of the query protocol (`com.amazonaws.sqs#`, `AWS.SimpleQueueService.`). */
export function errorName(error: unknown): string {
  const name = types.isNativeError(error) ? error.name : '';
  return name.replace(/^.*[#.]/, '');
}

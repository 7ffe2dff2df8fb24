import { QueueError } from '../../domain/errors.ts';
import type { SendOptions } from '../../ports/job-queue.ts';

/** SQS's limit of old, for one job and for a batch; newer queues take 1 MiB. */
export const MAX_JOB_BYTES = 262_144;

const MAX_DELAY_SECONDS = 900;
export const MAX_POSTPONE_SECONDS = 43_200;

/** Group and dedupe ids of SQS: 1 to 128 printable ASCII characters. */
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * The job's text, after refusing what one of the engines would refuse.
 * @throws {QueueError} `give-up`: too large, or an option that this kind of queue does not have
 */
export function encodeJob(job: unknown, options: SendOptions, isFifo: boolean): string {
  const { delaySeconds, dedupeId, groupId } = options;
  if (delaySeconds !== undefined && isFifo) throw refusal('a delay on a FIFO queue');
  if (delaySeconds !== undefined && !(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS)) {
    throw refusal(`a delay of ${delaySeconds} s, at most ${MAX_DELAY_SECONDS}`);
  }
  if (!isFifo && (dedupeId !== undefined || groupId !== undefined)) {
    throw refusal('a group or dedupe id on a queue that is not FIFO');
  }
  if ((dedupeId !== undefined && !ID.test(dedupeId)) || (groupId !== undefined && !ID.test(groupId))) {
    throw refusal('a group or dedupe id that is not 1 to 128 printable ASCII characters');
  }

  const text: string | undefined = JSON.stringify(job);
  if (text === undefined) throw refusal('a job that is not JSON');
  // SQS refuses these two characters; inside JSON they stand in strings only, where an escape means the same.
  const body = text.replaceAll('\uFFFE', '\\ufffe').replaceAll('\uFFFF', '\\uffff');
  if (Buffer.byteLength(body) > MAX_JOB_BYTES) throw refusal(`a job over ${MAX_JOB_BYTES} bytes`);
  return body;
}

/** @throws {QueueError} `give-up` outside 0 to 43,200 s */
export function checkPostponement(seconds: number): void {
  if (!(seconds >= 0 && seconds <= MAX_POSTPONE_SECONDS)) {
    throw refusal(`a postponement of ${seconds} s, at most ${MAX_POSTPONE_SECONDS}`);
  }
}

function refusal(what: string): QueueError {
  return new QueueError(`the queue cannot take ${what}`, { retry: 'give-up' });
}

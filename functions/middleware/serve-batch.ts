import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import { withDeadline } from './deadline.ts';

/** Jobs of one batch that run side by side. */
const CONCURRENCY = 4;
/** A job ends before the function does: its failure is then told, and the rest of the batch is not lost with it. */
const JOB_TIMEOUT_MS = 55_000;

/**
 * Serves the messages of one batch of a function that has 60 s; those that failed come again.
 * @param onFailure called with whatever a message's work threw
 */
export async function serveBatch(
  records: readonly SQSRecord[],
  serve: (record: SQSRecord) => Promise<void>,
  onFailure: (record: SQSRecord, error: unknown) => void,
): Promise<SQSBatchResponse> {
  const limit = pLimit(CONCURRENCY);
  const failures = records.map((record) =>
    limit(async () => {
      try {
        await withDeadline(serve(record), JOB_TIMEOUT_MS);
        return [];
      } catch (error) {
        onFailure(record, error);
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: (await Promise.all(failures)).flat() };
}

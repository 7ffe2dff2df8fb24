import type { NoticeJob, PublishJob } from '../../domain/jobs.ts';
import type { JobQueue } from '../../ports/job-queue.ts';

/** Sent by several sweeps; the publisher says each id, in each of its editions, once. */
export async function sendNotice(notice: NoticeJob, publishQueue: JobQueue<PublishJob>, edition = ''): Promise<void> {
  await publishQueue.send(notice, { groupId: 'notice', dedupeId: `${notice.id.slice(0, 120)}${edition}` });
}

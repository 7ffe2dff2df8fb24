import type { Instant } from '../instant.ts';
import type { NoticeJob } from '../jobs.ts';
import type { RefreshMemory } from './refresh-memory.ts';

/** A notice, and what tells this edition of it from the others for the queue. */
export interface RefreshNoticeJob {
  readonly notice: NoticeJob;
  readonly edition: string;
}

/** Every message about the refresh of one cluster as it should stand now: one for each cause, and one for what was repaired. */
export function decideRefreshNotices(
  cluster: string,
  memory: RefreshMemory,
  now: Instant,
): readonly RefreshNoticeJob[] {
  const { told, repaired, revision } = memory;
  const edition = `/${revision}`;
  const troubles = told.map(
    ({ since, endedAt, ...trouble }): RefreshNoticeJob => ({
      notice: {
        kind: 'notice',
        id: `refresh/${cluster}/${trouble.cause}/${timestamp(since)}`,
        notice: { type: 'refresh-trouble', cluster, since, at: now, endedAt, trouble, revision },
      },
      edition,
    }),
  );
  // What an earlier run repaired was told by it.
  if (repaired?.runStartedAt !== memory.run.startedAt) return troubles;
  const { runStartedAt, ...secrets } = repaired;
  return [
    ...troubles,
    {
      notice: {
        kind: 'notice',
        id: `refresh/${cluster}/repaired/${timestamp(runStartedAt)}`,
        notice: { type: 'secrets-repaired', cluster, at: now, repaired: secrets, revision },
      },
      edition,
    },
  ];
}

function timestamp(at: Instant): string {
  return new Date(at).toISOString();
}

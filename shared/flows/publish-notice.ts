import { renderNotice } from '../chat/slack/render-notice.ts';
import type { NoticeJob } from '../domain/jobs.ts';
import { blankPublication } from './publishing/blank-publication.ts';
import { createLedger, sendOnce, settled } from './publishing/ledger.ts';
import { guarded, type PublishPorts } from './publishing/ports.ts';

/** Stands for the content of a message that was edited to its end. */
const OVER = 'over';

/**
 * Says something that is not an incident in the default channel, once per id however often the job is handed out. That
 * a silence is over is an edit of the message that told it.
 * @throws {ChatError}, {StoreError}: the job comes again
 */
export async function publishNotice(job: NoticeJob, given: PublishPorts): Promise<void> {
  const ports = guarded(given);
  const { store, chat, config, clock, log } = ports;
  const { channel } = config.slack;
  const now = clock.now();
  const id = `notice/${job.id}`;
  const stored = (await store.publications(id)).find((publication) => publication.channel === channel);
  const isOver = job.notice.type === 'deaf' && job.notice.backAt !== undefined;
  if (stored?.posted !== undefined && !isOver) return;
  const ledger = createLedger(store, stored ?? blankPublication(id, channel, now), stored?.version ?? 0);
  const message = renderNotice(job.notice, config, now);
  const tag = { kind: 'pullmedic_notice', id: job.id };
  if (isOver) {
    // What was never told needs no ending.
    const standing = stored?.posted ?? (stored?.attempts?.['post'] && (await chat.findByTag(channel, tag)));
    if (!standing || stored?.contentHash === OVER) return;
    await chat.update(standing, message);
    await ledger.save({ phase: 'posted', posted: standing, contentHash: OVER, attempts: settled(ledger, 'post') });
    return;
  }
  const posted = await sendOnce(ledger, 'post', clock, {
    find: () => chat.findByTag(channel, tag),
    send: () => chat.post(channel, message, tag),
  });
  await ledger.save({ phase: 'posted', posted, attempts: settled(ledger, 'post') });
  log.info('notice published', { id: job.id, firstLine: message.text });
}

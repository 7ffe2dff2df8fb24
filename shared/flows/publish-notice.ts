import { dotRank } from '../chat/harm.ts';
import { hashContent } from '../chat/slack/blocks.ts';
import { renderNotice } from '../chat/slack/render-notice.ts';
import { refreshDot } from '../chat/slack/render-refresh-notice.ts';
import type { Dot, Publication } from '../domain/incident.ts';
import type { NoticeJob } from '../domain/jobs.ts';
import type { MessageTag } from '../ports/chat.ts';
import { blankPublication } from './publishing/blank-publication.ts';
import { createLedger, editInOrder, type Ledger, sendOnce, settled } from './publishing/ledger.ts';
import { guarded, type PublishPorts } from './publishing/ports.ts';

/** Stands for the content of a message that was edited to its end. */
const OVER = 'over';

/**
 * Says something that is not an incident in its channel, once per id however often the job is handed out. That
 * a silence is over, or how the refresh stands now, is an edit of the message that told it.
 * @throws {ChatError}, {StoreError}: the job comes again
 */
export async function publishNotice(job: NoticeJob, given: PublishPorts): Promise<void> {
  const ports = guarded(given);
  const { store, chat, config, clock, log } = ports;
  const channel = channelOf(job, config);
  const now = clock.now();
  const id = `notice/${job.id}`;
  const stored = (await store.publications(id)).find((publication) => publication.channel === channel);
  const ledger = createLedger(store, stored ?? blankPublication(id, channel, now), stored?.version ?? 0);
  const edition = editionOf(job.notice, ports);
  if (edition !== undefined) return publishEdition(job, edition, { stored, ledger }, ports);

  const isOver = 'backAt' in job.notice && job.notice.backAt !== undefined;
  if (stored?.posted !== undefined && !isOver) return;
  const message = renderNotice(job.notice, config, now);
  const tag = tagOf(job);
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

/** One of many states of the same notice. */
interface Edition {
  readonly revision: number;
  readonly dot: Dot;
  readonly isEnd: boolean;
}

function editionOf(notice: NoticeJob['notice'], { config }: PublishPorts): Edition | undefined {
  switch (notice.type) {
    case 'refresh-trouble':
      return { revision: notice.revision, dot: refreshDot(notice, config), isEnd: notice.endedAt !== undefined };
    case 'secrets-repaired':
      return { revision: notice.revision, dot: 'green', isEnd: false };
    default:
      return undefined;
  }
}

/**
 * Posts the first edition, and edits it while it lasts. An edit notifies nobody, so what became worse is also a reply
 * that the channel sees.
 */
async function publishEdition(
  job: NoticeJob,
  { revision, dot, isEnd }: Edition,
  { stored, ledger }: { readonly stored: Publication | undefined; readonly ledger: Ledger },
  { chat, config, clock, log }: PublishPorts,
): Promise<void> {
  const channel = channelOf(job, config);
  const tag = tagOf(job);
  const message = renderNotice(job.notice, config, clock.now());
  const contentHash = hashContent(message);
  if (stored?.posted !== undefined && stored.publishedRevision >= revision) return;

  const isRerun = stored?.attempts?.['post'] !== undefined;
  const lost = isEnd && isRerun ? await chat.findByTag(channel, tag) : undefined;
  // What was never told needs no ending.
  if (isEnd && stored?.posted === undefined && lost === undefined) return;
  if (stored?.posted === undefined) {
    const posted =
      lost ??
      (await sendOnce(ledger, 'post', clock, {
        find: () => chat.findByTag(channel, tag),
        send: () => chat.post(channel, message, tag),
      }));
    // What an earlier try has posted may be of an older edition.
    if (isRerun) await chat.update(posted, message);
    const attempts = settled(ledger, 'post');
    await ledger.save({ phase: 'posted', posted, contentHash, dot, publishedRevision: revision, attempts });
    log.info('notice published', { id: job.id, firstLine: message.text });
    return;
  }
  const { posted } = stored;
  if (stored.contentHash !== contentHash) {
    await editInOrder(ledger, 'edit', clock, () => chat.update(posted, message));
  }
  if (dotRank(dot) > dotRank(stored.dot)) {
    const key = `worse/${dot}/${revision}`;
    const replyTag = { kind: tag.kind, id: `${tag.id}#${key}` };
    await sendOnce(ledger, key, clock, {
      find: () => chat.findByTag(channel, replyTag, posted),
      send: () => chat.reply(posted, message, replyTag, { broadcast: true }),
    });
  }
  await ledger.save({ contentHash, dot, publishedRevision: revision, attempts: {} });
}

function channelOf({ channel }: NoticeJob, { slack }: PublishPorts['config']): string {
  return channel ?? slack.channel;
}

function tagOf({ id }: NoticeJob): MessageTag {
  return { kind: 'pullmedic_notice', id };
}

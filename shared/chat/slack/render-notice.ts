import type { Config } from '../../config/config.ts';
import type { Dot } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { AlertHint, BlindNotice, DeafNotice, NoticeJob } from '../../domain/jobs.ts';
import type { ChatMessage, SlackBlock } from '../../ports/chat.ts';
import { composeLine, countOf, type FirstLine } from '../first-line.ts';
import { toPlain } from '../plain-text.ts';
import { formatDuration, formatTime } from '../times.ts';
import { headline, section } from './blocks.ts';
import { codeBlock, escapeText, inlineCode } from './escape.ts';
import { fitMessage } from './limits.ts';
import { renderPreflightChanges } from './render-preflight.ts';
import { renderRefreshTrouble, renderSecretsRepaired } from './render-refresh-notice.ts';

const HOUR_MS = 3_600_000;
const ALERTS_SHOWN = 5;
const LABELS_SHOWN = 12;

/** What is not an incident and must be said all the same. */
export function renderNotice(notice: NoticeJob['notice'], config: Config, now: Instant): ChatMessage {
  switch (notice.type) {
    case 'rejected-webhooks':
      return rejected(notice, now);
    case 'unrouted-alert':
      return unrouted(notice);
    case 'blind':
      return blind(notice, config, now);
    case 'deaf':
      return deaf(notice, config, now);
    case 'refresh-trouble':
      return renderRefreshTrouble(notice, config, now);
    case 'secrets-repaired':
      return renderSecretsRepaired(notice, config, now);
    case 'preflight-changes':
      return renderPreflightChanges(notice, now);
  }
}

const ANSWERS: Readonly<Record<string, string>> = {
  '400': 'the body could not be read',
  '401': 'the token was wrong or missing',
  '413': 'the body was above 5 MB',
};

function rejected(
  notice: Extract<NoticeJob['notice'], { readonly type: 'rejected-webhooks' }>,
  now: Instant,
): ChatMessage {
  const counts = Object.entries(notice.counts).sort(([a], [b]) => (a < b ? -1 : 1));
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const line = composeLine({
    dot: 'yellow',
    cluster: undefined,
    subject: 'pullmedic',
    variants: [[` refused ${countOf(total, 'webhook call')} from ${formatTime(notice.hour, notice.hour)} on`, '']],
    cause: toPlain(counts.map(([status, count]) => `${count} × ${status}`).join(', ')),
  });
  return message(line, [
    section(
      [
        `Between ${formatTime(notice.hour, now)} and ${formatTime(notice.hour + HOUR_MS, now)}. Alertmanager drops what is answered so: these alerts were *not* looked at.`,
        ...counts.map(([status, count]) => `• ${count} × ${escapeText(status, 10)}: ${ANSWERS[status] ?? 'refused'}`),
      ].join('\n'),
    ),
  ]);
}

function unrouted(notice: Extract<NoticeJob['notice'], { readonly type: 'unrouted-alert' }>): ChatMessage {
  const [first] = notice.alerts;
  const subject = first === undefined ? 'an alert' : subjectOf(first);
  const more = notice.alerts.length > 1 ? ` +${notice.alerts.length - 1} more` : '';
  const line = composeLine({
    dot: 'orange',
    cluster: undefined,
    subject: `${subject}${more}`,
    variants: [
      [`: ${toPlain(first?.name ?? 'alert').slice(0, 40)} was not looked into`, ''],
      [' not looked into', ''],
    ],
    cause: toPlain(notice.reason),
    joint: ', ',
  });
  return message(line, [
    section(`*Why* ${escapeText(notice.reason, 600)}. This is what the alert says:`),
    ...notice.alerts.slice(0, ALERTS_SHOWN).map(alertBlock),
  ]);
}

function blind(notice: BlindNotice, config: Config, now: Instant): ChatMessage {
  const { cluster, since, backAt } = notice;
  if (backAt !== undefined) {
    const line = composeLine({
      dot: 'green',
      cluster,
      subject: 'cluster',
      variants: [[`: pullmedic sees it again after ${formatDuration(backAt - since)}`, '']],
      cause: `blind since ${formatTime(since, now)}`,
      joint: ', ',
    });
    return message(line, [
      section(
        `Nothing was seen between ${formatTime(since, now)} and ${formatTime(backAt, now)}. What alerts told meanwhile is looked at now.`,
      ),
    ]);
  }
  const environment = config.clusters.find(({ name }) => name === notice.cluster)?.environment ?? 'prod';
  // The one red beside "nothing serves": while pullmedic sees nothing of prod, nobody would be told.
  const dot: Dot = environment === 'prod' ? 'red' : 'yellow';
  const line = composeLine({
    dot,
    cluster: notice.cluster,
    subject: 'cluster',
    variants: [[`: pullmedic is blind since ${formatTime(notice.since, now)}`, '']],
    cause: toPlain(notice.why),
    joint: ', ',
  });
  return message(line, [
    section(
      `*Why* ${escapeText(notice.why, 600)}. Nothing is known of cluster ${inlineCode(notice.cluster, 80)} since then. Its alerts are kept, and looked at as soon as it can be read.`,
    ),
  ]);
}

function deaf(notice: DeafNotice, config: Config, now: Instant): ChatMessage {
  const { cluster, since, backAt, alert, afterMinutes } = notice;
  const environment = config.clusters.find(({ name }) => name === cluster)?.environment ?? 'prod';
  if (backAt !== undefined) {
    const line = composeLine({
      dot: 'green',
      cluster,
      subject: 'cluster',
      variants: [[`: its alerting is heard again after ${formatDuration(backAt - since)}`, '']],
      cause: `silent since ${formatTime(since, now)}`,
      joint: ', ',
    });
    return message(line, [
      section(
        `No ${inlineCode(alert, 80)} came between ${formatTime(since, now)} and ${formatTime(backAt, now)}: alerts of that time may not have arrived. Pending pods were looked at every minute all the same.`,
      ),
    ]);
  }
  const line = composeLine({
    // Nothing is broken yet as far as is known, but in prod somebody must look.
    dot: environment === 'prod' ? 'orange' : 'yellow',
    cluster,
    subject: 'cluster',
    variants: [[`: no heartbeat of its alerting since ${formatTime(since, now)}`, '']],
    cause: 'its alerts may not arrive',
    joint: ', ',
  });
  return message(line, [
    section(
      [
        `*Why* ${inlineCode(alert, 80)} always fires; the last one came at ${formatTime(since, now)}. Prometheus, Alertmanager or the way from there to pullmedic is broken, or the ${inlineCode('repeat_interval', 80)} of its route is above ${afterMinutes} minutes.`,
        'Pending pods are still looked at every minute; only what an alert alone would tell is missed.',
      ].join('\n'),
    ),
  ]);
}

function alertBlock({ name, status, startsAt, labels }: AlertHint): SlackBlock {
  const since = startsAt === undefined ? '' : ` since ${new Date(startsAt).toISOString()}`;
  const lines = Object.entries(labels)
    .slice(0, LABELS_SHOWN)
    .map(([label, value]) => `${label}=${value}`);
  const code = lines.length === 0 ? '' : `\n${codeBlock(lines.join('\n'), 1_500)}`;
  return section(`*${escapeText(name, 100)}* ${status}${since}${code}`);
}

function subjectOf({ name, labels }: AlertHint): string {
  const namespace = labels['exported_namespace'] ?? labels['namespace'];
  const pod = labels['exported_pod'] ?? labels['pod'];
  return [namespace, pod].filter((part) => part !== undefined && part !== '').join('/') || name;
}

function message(line: FirstLine, blocks: readonly SlackBlock[]): ChatMessage {
  return fitMessage({ text: line.text, blocks: [headline(line), ...blocks] });
}

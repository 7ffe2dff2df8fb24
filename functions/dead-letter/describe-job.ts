import { createHash } from 'node:crypto';
import type { Environment } from '../../shared/config/config.ts';
import type {
  AlertHint,
  NoticeJob,
  PublishJob,
  RefreshJob,
  RemedyJob,
  TriageJob,
  TriageQueueJob,
} from '../../shared/domain/jobs.ts';
import { redact } from '../../shared/domain/redact.ts';
import { type Scope, scopeKey } from '../../shared/domain/scope.ts';

/** What nobody could do, in words. */
export interface DeadJob {
  /**
   * The same for jobs that ask for the same: six looks at one scope for one alert are told once. It ends with `/` where
   * any message whose id begins with it has told this too: the sweeper's look at the scope of an alert.
   */
  readonly id: string;
  /** The phone's line: plain text, at most 120 characters. */
  readonly text: string;
  /** What a person does instead. */
  readonly advice: string;
  /** The raw job, redacted; still to be escaped for Slack. */
  readonly raw: string;
}

const MAX_TEXT_CHARACTERS = 120;
const MAX_RAW_CHARACTERS = 2_500;
/** Names are long, and a phone shows little: the subject ends within the first 48 characters. */
const MAX_SUBJECT_CHARACTERS = 45;

/**
 * A job that came to a dead-letter queue ─▶ what to tell. Takes whatever stands in the body, never throws.
 * @param environmentOf what is known of a cluster; `undefined` where the configuration cannot be read
 */
export function describeJob(
  body: string,
  messageId: string,
  environmentOf: (cluster: string) => Environment | undefined,
): DeadJob {
  const raw = cut(redact(pretty(body)).toWellFormed(), MAX_RAW_CHARACTERS);
  const known = describeKnown(body, messageId, environmentOf);
  if (known !== undefined) return { ...known, raw };
  return {
    id: messageId,
    text: '🟠 pullmedic could not triage a job that it cannot read: the raw text is in the message',
    advice: 'Look at the cluster yourself: this may have been an alert about an image pull.',
    raw,
  };
}

/** `undefined` for what is no job, or a job of the right kind and a wrong shape. */
function describeKnown(body: string, messageId: string, environmentOf: (cluster: string) => Environment | undefined) {
  try {
    const job: unknown = JSON.parse(body);
    const isJob = typeof job === 'object' && job !== null && 'kind' in job;
    return isJob
      ? describe(job as TriageQueueJob | PublishJob | RefreshJob | RemedyJob, messageId, environmentOf)
      : undefined;
  } catch {
    return undefined;
  }
}

function describe(
  job: TriageQueueJob | PublishJob | RefreshJob | RemedyJob,
  messageId: string,
  environmentOf: (cluster: string) => Environment | undefined,
): Omit<DeadJob, 'raw'> | undefined {
  switch (job.kind) {
    case 'look':
      return describeLook(job, environmentOf);
    case 'check':
      return {
        id: `check/${job.cluster}`,
        text: plain(
          `${environmentOf(job.cluster) === 'non-prod' ? '🟡' : '🟠'} ${cut(job.cluster, 40)} cluster: could not look again at pods that changed, look yourself`,
        ),
        advice: `Messages of ${job.cluster} may be old until its next look. See the log of triage-worker for why it failed.`,
      };
    case 'rejected':
      return {
        id: messageId,
        text: '🟡 pullmedic refused webhook calls and could not count them: check the token and the body sent',
        advice: "Alertmanager's log says which of its receivers was answered 400, 401 or 413.",
      };
    case 'heartbeat':
      return {
        id: `heartbeat/${job.cluster}`,
        text: plain(
          `${environmentOf(job.cluster) === 'non-prod' ? '🟡' : '🟠'} ${cut(job.cluster, 40)} cluster: pullmedic could not store the heartbeat of its alerting`,
        ),
        advice: 'No alert is lost by this. See the log of triage-worker for why the store failed.',
      };
    case 'poke':
      return {
        id: `poke/${job.incidentId}`,
        text: '🟠 pullmedic found an incident and could not post it: the number of it is in the message',
        advice: 'The diagnosis is stored. See the log of incident-publisher for why Slack or the store failed.',
      };
    case 'notice':
      return describeNotice(job);
    case 'apply':
      return {
        id: `apply/${job.offerId}`,
        text: '🟠 pullmedic could not carry out a remedy that somebody confirmed: look at its message and the audit',
        advice:
          'It may be done in part: `pullmedic audit` lists what was changed. The sweeper asks for it again; see the log of remedy-worker for why it failed.',
      };
    case 'plan':
      return {
        id: `plan/${job.offerId}`,
        text: '🟡 pullmedic could not show what a button would do: nothing was changed, press it again',
        advice: 'See the log of remedy-worker for why it failed.',
      };
    case 'refresh':
      return {
        id: `refresh/${job.cluster}`,
        text: plain(
          `${environmentOf(job.cluster) === 'non-prod' ? '🟡' : '🟠'} ${cut(job.cluster, 40)} cluster: ECR secrets are not refreshed, a job failed for good`,
        ),
        advice: `Tokens there end within 12 hours of their last refresh. See the log of secret-refresh for why it failed; \`pullmedic refresh\` does the same by hand.`,
      };
    default:
      return undefined;
  }
}

function describeLook(
  { scope, alerts, alertCount }: TriageJob,
  environmentOf: (cluster: string) => Environment | undefined,
): Omit<DeadJob, 'raw'> {
  const dot = environmentOf(scope.cluster) === 'non-prod' ? '🟡' : '🟠';
  const first = alerts[0];
  const more = alertCount > 1 ? ` and ${alertCount - 1} more` : '';
  const what = first === undefined ? 'pods that cannot pull' : `alert ${first.name}${more}`;
  const seen = alerts.map((alert) => `${alert.fingerprint}/${alert.startsAt}`).sort();
  return {
    id: `look/${scopeKey(scope)}/${seen.length === 0 ? '' : hash(seen.join('\n'))}`,
    text: plain(
      `${dot} ${cut(plain(subject(scope, first)), MAX_SUBJECT_CHARACTERS)}: could not triage ${what}, look yourself`,
    ),
    advice: `Look at ${cut(where(scope), 500)} yourself: pods that wait with ErrImagePull or ImagePullBackOff, and their events.`,
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function describeNotice({ id, notice }: NoticeJob): Omit<DeadJob, 'raw'> {
  const first = notice.type === 'unrouted-alert' ? notice.alerts[0] : undefined;
  const text =
    first === undefined
      ? `🟠 pullmedic could not post a notice: ${String(notice.type).replaceAll('-', ' ')}`
      : `🟠 ${cut(plain(alertSubject(first)), MAX_SUBJECT_CHARACTERS)}: could not triage alert ${first.name}, look yourself`;
  return { id: `notice/${id}`, text: plain(text), advice: 'What it should have said is in the raw text.' };
}

function subject(scope: Scope, alert: AlertHint | undefined): string {
  switch (scope.kind) {
    case 'namespace': {
      const pod = alert?.labels['pod'];
      return `${scope.cluster} ${scope.namespace}${pod === undefined ? '' : `/${pod}`}`;
    }
    case 'node':
      // A node's full name is a host name: its first label is what people call it.
      return `${scope.cluster} node ${scope.node.split('.')[0]}`;
    case 'registry':
      return `${scope.cluster} registry alert`;
    case 'cluster':
      return `${scope.cluster} cluster`;
  }
}

function alertSubject({ labels }: AlertHint): string {
  return ['cluster', 'namespace', 'pod'].flatMap((name) => labels[name] ?? []).join(' ') || 'unknown cluster';
}

function where(scope: Scope): string {
  switch (scope.kind) {
    case 'namespace':
      return `namespace ${scope.namespace} of ${scope.cluster}`;
    case 'node':
      return `node ${scope.node} of ${scope.cluster}`;
    case 'registry':
      return `what ${scope.cluster} pulls from ${scope.registry}`;
    case 'cluster':
      return `the pending pods of ${scope.cluster}`;
  }
}

/** One line without markup, links, hosts, digests, mentions or shortcodes, redacted, at most 120 characters. */
function plain(text: string): string {
  const line = redact(text.slice(0, 1_000).toWellFormed())
    .replace(/\w+:\/\//g, '')
    .replace(/sha(?:256|512)|\b[0-9a-f]{32,}\b/gi, '')
    // Of a host, its first label: what people call a node.
    .replace(/([a-z0-9-]+)(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![\w-])/gi, '$1')
    .replace(/[^\p{L}\p{N}\p{M} ._/()',:…🟠🟡-]/gu, ' ')
    .replace(/:(?=\S)|(?<!\S)_|_(?!\S)/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return cut(line, MAX_TEXT_CHARACTERS);
}

/** In UTF-16 units, as Slack counts, without halving a character. */
function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 1);
  } catch {
    return body;
  }
}

const DOT = /^(?:🔴|🟠|🟡|🟢) /u;
const HOST =
  /(?<![\w.:@-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|aws|cloud|local|internal|svc|example|test|app|cn|de|eu|uk|us)(?::\d+)?(?![\w.-])/i;

/** A workload, a node, or for what concerns no workload: the cluster, its alerts, a roll-up. */
const SUBJECT = /[^\s/]+\/[^\s/]+|\bnode \S|\b(?:cluster|alerts?|webhook|incidents?|workloads?)\b|\boutside prod\b/;
/** How a line says that nothing serves, or that nobody looks. */
const NOTHING_SERVES = /\bnever started\b|\bDOWN\b|\b0\/\d+ serve|\bserves? nobody\b|\bcannot start there\b|\bblind\b/;

/** What else a first line must be where the test knows it. */
export interface FirstLineFacts {
  /** `namespace/workload` or `node …`: must begin within the first 48 characters. */
  readonly subject?: string;
  /** Whether something of prod serves nobody: only then may it be red. */
  readonly mayBeRed?: boolean;
}

/** The same as data; empty = a good first line. */
export function problemsOfFirstLine(text: string, facts: FirstLineFacts = {}): readonly string[] {
  const rules: readonly (readonly [string, boolean])[] = [
    ['begins with a dot', DOT.test(text)],
    ['is at most 120 characters', text.length <= 120],
    ['is one line', !/[\r\n\u2028\u2029]/.test(text)],
    ['has no control or invisible characters', !/[\p{Cc}\p{Cf}]/u.test(text)],
    ['has no half characters', !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)],
    ['has no markup', !/[`*~<>]|(?:^|\s)_[^_]+_(?:\s|$)/.test(text)],
    ['has no escaped entity', !/&(?:amp|lt|gt);/.test(text)],
    ['has no link', !/\w+:\/\//.test(text)],
    ['has no date token', !/!date\^/.test(text)],
    ['has no shortcode', !/:[\w+'-]+:/.test(text)],
    ['has no digest', !/sha(?:256|512):|\b[0-9a-f]{32,}\b/i.test(text)],
    ['has no mention', !/@(?:channel|here|everyone)\b/i.test(text)],
    ['has no host', !HOST.test(text)],
    ['has no double space', !/ {2}/.test(text)],
    ['is red only where nothing of prod serves', facts.mayBeRed !== false || !text.startsWith('🔴')],
    ['names its subject in time', facts.subject === undefined || isWithin(text, facts.subject)],
  ];
  return rules.filter(([, holds]) => !holds).map(([rule]) => `${rule}: ${text}`);
}

/** The same of a line that stands in the channel (no reply in a thread), where names are ordinary ones. */
function problemsOfChannelLine(text: string): readonly string[] {
  const at = text.search(SUBJECT);
  const rules: readonly (readonly [string, boolean])[] = [
    ['says that nothing serves where it is red', !text.startsWith('🔴') || NOTHING_SERVES.test(text)],
    ['names its subject in time', at >= 0 && at <= 48],
  ];
  return [...problemsOfFirstLine(text), ...rules.filter(([, holds]) => !holds).map(([rule]) => `${rule}: ${text}`)];
}

function isWithin(text: string, subject: string): boolean {
  const at = text.indexOf(subject);
  return at >= 0 && at <= 48;
}

/** Of any message as Slack keeps it: a reply that is not broadcast notifies nobody, and says no harm of its own. */
export function problemsOfMessage(message: {
  readonly text: string;
  readonly thread_ts?: string | undefined;
  readonly subtype?: string | undefined;
}): readonly string[] {
  const isInChannel = message.thread_ts === undefined || message.subtype === 'thread_broadcast';
  return isInChannel ? problemsOfChannelLine(message.text) : problemsOfFirstLine(message.text);
}

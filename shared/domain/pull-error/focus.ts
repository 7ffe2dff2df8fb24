/** Reasons of pull events, as the second column of a listing. */
const REASON =
  'Failed|FailedSync|BackOff|InspectFailed|FailedToInspectImage|ErrImageNeverPull|InvalidImageName|FailedCreatePodSandBox|FailedToRetrieveImagePullSecret|ImagePullBackOff|ErrImagePull|Pulling|Pulled|Scheduled|Created|Started|Killing|Unhealthy|Evicted';
/** A line of `kubectl describe`, `kubectl get events`, a web console or an old kubelet: type and reason, side by side. */
const EVENT_LINE = new RegExp(
  `\\b(?:Normal|Warning)\\s+(?:${REASON})\\b|\\[(?:Normal|Warning)\\]\\s|\\{kubelet [^}]{0,253}\\}`,
);

/** How pull messages begin, inside such a line or a log record. */
const MESSAGE_START =
  /Failed to ?o?pull image|Failed to inspect image|Failed to apply default image tag|Failed to create pod sandbox|Error syncing pod|Unable to retrieve|Failed getting credential|Container image "|Back-off pulling image|Error: \w+|Successfully pulled image|Pulling image/i;
const SAYS_NOTHING =
  /^(?:Error: \w+|(?:Pulling|Back-off pulling) image\s*"?[^"]*"?(?:\s*\d+ times in the last \w+)?|Container image "[^"]*" already present.*)\s*$/i;
/** What went well in the same listing: it speaks only where nothing went wrong. */
const WENT_WELL = /^(?:Successfully (?:pulled|assigned)|Created container|Started container)/i;
const WARNING = /\[Warning\]\s+/;

/**
 * klog and logrus, also behind journald's stamp or kubeadm's `output:`: what happened and the error are quoted fields of
 * one record. A record inside an error's own text is part of that text.
 */
const LOG_RECORD =
  /^(?:[A-Z][a-z]{2} +\d{1,2} [\d:]{8} \S{1,200} \S{1,100}: |.{0,40}?failed to pull image \S{1,300}: output: )?(?:[EWIF]\d{4} \d\d:\d\d:[\d.]{2,12}\s|(?:time|level|ts|msg)=|"[^"]{3,120}" err=")/;
/**
 * A quoted value, also with quotes inside that nobody escaped (journald's and people's copies) and without its end, where
 * the record was cut: a quote closes it only before the next field or at the end of a line.
 */
const QUOTED = String.raw`(?:[^"\\]|\\.|"(?!\s{0,8}(?:$|[\r\n]|[\w.-]{1,60}=)))`;
const CLOSED = '(?:"|$)';
const ERROR_FIELD = new RegExp(`\\b(?:err|error)="(${QUOTED}{1,16384})${CLOSED}`);
/** klog's `file.go:12] "what happened"`, logrus' `msg="what happened"`. */
const WHAT_HAPPENED = new RegExp(`(?:\\.go:\\d{1,6}\\] |\\bmsg=|^)"(${QUOTED}{1,16384})${CLOSED}`);

/**
 * Picks the text that says why out of what people paste: an event listing of several lines, or a log record. Any other
 * text comes back as it is, with its line breaks.
 */
export function focus(raw: string): string {
  const record = LOG_RECORD.test(raw.trimStart()) ? errorOfRecord(raw) : undefined;
  if (record !== undefined) return record;
  const messages = eventSegments(withoutFrame(raw))
    .map(messageOf)
    .filter((message) => message !== '' && !SAYS_NOTHING.test(message));
  return messages.find((message) => !WENT_WELL.test(message)) ?? messages[0] ?? raw;
}

/** Terminal programs (k9s, curses) draw a frame around a listing. */
function withoutFrame(raw: string): string {
  if (!raw.includes('\u2502')) return raw;
  return raw
    .split('\n')
    .map((line) => line.trim().replace(/^\u2502|\u2502$/g, ''))
    .join('\n');
}

/** What happened and why; the first record of several speaks. */
function errorOfRecord(raw: string): string | undefined {
  const what = WHAT_HAPPENED.exec(raw)?.[1];
  const why = ERROR_FIELD.exec(raw)?.[1];
  return what === undefined || why === undefined ? (why ?? what) : `${what}: ${why}`;
}

/** One segment an event; a line that begins no event goes on with the one before (terminals fold long lines). */
function eventSegments(raw: string): readonly string[] {
  const lines = raw.split(/\r?\n/);
  if (!lines.some((line) => EVENT_LINE.test(line))) return [];
  const segments: string[] = [];
  for (const line of lines) {
    const last = segments.pop();
    if (last === undefined) segments.push(line);
    else if (EVENT_LINE.test(line)) segments.push(last, line);
    else segments.push(`${last}\n${line}`);
  }
  return segments;
}

function messageOf(segment: string): string {
  const start = MESSAGE_START.exec(segment);
  if (start !== null) return segment.slice(start.index).trim();
  const warning = WARNING.exec(segment);
  if (warning !== null) return segment.slice(warning.index + warning[0].length).trim();
  // Text before the first event of a listing that is itself a message.
  return EVENT_LINE.test(segment) ? '' : segment.trim();
}

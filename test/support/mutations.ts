import { parsePullError } from '../../shared/domain/pull-error.ts';

/** What happens to a runtime's words on their way to whoever asks: each changes the form and not the meaning. */
export interface Mutation {
  readonly name: string;
  readonly apply: (message: string) => string;
}

const STATUS_WORDS =
  /\b(?:Not Found|Unauthorized|Forbidden|Bad Gateway|Service Unavailable|Internal Server Error|Too Many Requests|Gateway Timeout)\b/g;

/** The image that the message is about: wrappers name the same one. */
function imageOf(message: string): string {
  return parsePullError(message).image ?? 'registry.example.com/team/app:v1';
}

/** The kubelet's and the runtime's own wrappers taken off, where they are on. */
function bare(message: string): string {
  return message
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/^rpc error: code = (?!NotFound)\w+ desc = (?=.)/, '');
}

function asFailed(message: string): string {
  return /^(?:Failed|Back-off|Unable|Container image|Error)/.test(message)
    ? message
    : `Failed to pull image "${imageOf(message)}": ${message}`;
}

function inJson(message: string): string {
  return JSON.stringify(message).slice(1, -1);
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'in a waiting message',
    apply: (text) => `Back-off pulling image "${imageOf(text)}": ErrImagePull: ${bare(text)}`,
  },
  { name: 'in a Failed event', apply: asFailed },
  { name: 'without wrappers', apply: bare },
  { name: 'with another gRPC wrapper', apply: (text) => `rpc error: code = Unknown desc = ${text}` },
  { name: 'with single quotes', apply: (text) => text.replaceAll('"', "'") },
  { name: 'with curly quotes', apply: (text) => text.replace(/"([^"]*)"/g, '“$1”') },
  { name: 'with backticks', apply: (text) => text.replace(/"([^"]*)"/g, '`$1`') },
  { name: 'escaped as JSON', apply: inJson },
  { name: 'escaped as JSON twice', apply: (text) => inJson(inJson(text)) },
  { name: 'with HTML entities', apply: (text) => text.replaceAll('"', '&#34;').replaceAll('<', '&lt;') },
  { name: 'folded at every third space', apply: (text) => fold(text, '\n') },
  { name: 'folded and indented', apply: (text) => fold(text, '\n          ') },
  { name: 'with carriage returns', apply: (text) => fold(text, '\r\n') },
  { name: 'in kubectl describe', apply: (text) => `  Warning  Failed  3s (x4 over 1m)  kubelet  ${asFailed(text)}` },
  { name: 'in kubectl get events', apply: (text) => `66s   Warning   Failed   pod/web-7d   ${asFailed(text)}` },
  { name: 'behind the container', apply: (text) => `spec.containers{web}: ${asFailed(text)}` },
  {
    name: 'in the kubelet log',
    apply: (text) =>
      `Nov 22 09:12:01 node-1 kubelet[812]: E1122 09:12:01.123456     812 remote_image.go:180] "PullImage from image service failed" err=${JSON.stringify(text)} image="${imageOf(text)}"`,
  },
  {
    name: "in containerd's log",
    apply: (text) =>
      `time="2026-11-22T09:12:01Z" level=error msg="PullImage \\"${imageOf(text)}\\" failed" error=${JSON.stringify(text)}`,
  },
  { name: 'behind crictl', apply: (text) => `FATA[0001] pulling image: ${bare(text)}` },
  { name: 'behind dockerd', apply: (text) => `Error response from daemon: ${bare(text)}` },
  { name: 'of another host', apply: (text) => text.replaceAll('example.com', 'images.corp.test') },
  { name: 'with its status in capitals', apply: (text) => text.replace(STATUS_WORDS, (words) => words.toUpperCase()) },
  {
    name: 'said twice by two credentials',
    apply: (text) => `[${bare(text)}, rpc error: code = Unknown desc = ${bare(text)}]`,
  },
  { name: 'with a full stop', apply: (text) => `${text}.` },
  { name: 'in a terminal with colours', apply: (text) => `\u001b[31m${text}\u001b[0m` },
  {
    name: 'said twice, cut at 1,024 characters',
    apply: (text) =>
      `[${bare(text)}, rpc error: code = Unknown desc = ${bare(text)}, ${'x'.repeat(1024)}`.slice(0, 1024),
  },
];

function fold(text: string, lineEnd: string): string {
  let spaces = 0;
  return text.replace(/ /g, () => {
    spaces += 1;
    return spaces % 3 === 0 ? lineEnd : ' ';
  });
}

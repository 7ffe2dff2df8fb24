/** Terminal colours (ECMA-48 CSI). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one.
const ANSI = /\u001b\[[0-9;]{0,20}[A-Za-z]/g;
/** What a comment, a quotation or a drawn frame puts before each line. */
const LINE_MARK = /^[ \t]{0,80}(?:#{1,6}|\/\/|>|[|\u2502])[ \t]+/gm;
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
  '&apos;': "'",
  '&amp;': '&',
  '\\u003c': '<',
  '\\u003e': '>',
  '\\u0026': '&',
  '\\u0022': '"',
};

/**
 * One line: colours gone, escaped quotes and line breaks undone (the text may have been through JSON, YAML or a log),
 * curly quotes and backticks made plain, white space folded.
 */
export function normalise(raw: string): string {
  const isWindowsPath = /\b[A-Za-z]:\\/.test(raw);
  const unescaped = raw
    .replace(ANSI, '')
    .replace(LINE_MARK, '')
    .replace(
      /&(?:lt|gt|quot|amp|apos|#34|#39);|\\u00(?:3c|3e|26|22)/gi,
      (entity) => ENTITIES[entity.toLowerCase()] ?? entity,
    )
    .replace(/\\{1,8}(["'])/g, '$1')
    .replace(/[\u201c-\u201f\u00ab\u00bb`]/g, '"')
    .replace(/[\u2018-\u201b]/g, "'");
  const broken = isWindowsPath ? unescaped : unescaped.replace(/\\{1,8}[nrt]/g, ' ');
  return broken.replace(/\s+/g, ' ').trim();
}

/**
 * What callers put before the error itself, outermost first: kubelet, CRI, Docker's API, containerd's CRI plugin, CRI-O.
 * Each is anchored, so that peeling is linear.
 */
const IMAGE = String.raw`\s*(?:"[^"]{0,1024}"|'[^']{0,1024}'|[^\s"']{1,1024}?(?=:?\s))`;

const WRAPPERS: readonly RegExp[] = [
  /^["'](?=\S+["']: )/,
  // kubelet: events and waiting messages of every version.
  /^(?:Warning|Normal)\s+(?:Failed|BackOff)\s[^"]{0,120}?(?=Failed to pull|Back-off pulling|Error: )/i,
  /^(?:BackOff|Failed|ErrImagePull|ImagePullBackOff|RegistryUnavailable|SignatureValidationFailed)\s*:\s*/i,
  // Before Kubernetes 1.6: events of the whole pod.
  /^Error syncing pod(?: \S{1,300} \("[^"]{1,300}"\))?,(?: skipping:?)?\s*/i,
  /^failed to "?StartContainer"? for \S{1,300} with \w{1,40}: "?/i,
  // Log records of the kubelet and of containerd's CRI plugin.
  /^: /,
  new RegExp(`^PullImage(?: from image service failed|${IMAGE} failed)\\s*:?\\s*`, 'i'),
  /^(?:RunPodSandbox|PullImage) for \S{1,600} failed, error:?\s*/i,
  /^[A-Z][a-z]{2} +\d{1,2} [\d:]{8} \S{1,200} [\w.@/-]{1,100}(?:\[\d{1,10}\])?: /,
  /^(?:[EWIF]\d{4} \d\d:\d\d:[\d.]{2,12}\s+\d{1,10} )?[\w.-]{1,80}\.go:\d{1,6}\] /,
  /^\w{3,40}(?: "[^"]{0,600}"| \w{1,20}){0,6} from (?:image|runtime) service failed\s*:\s*(?=\S)/i,
  /^RunPodSandbox from runtime service failed\s*:?\s*/i,
  /^spec\.(?:initC|ephemeralC|c)ontainers\{[^}]{1,80}\}:\s*/,
  new RegExp(`^Failed to ?o?pull image${IMAGE}(?: from pod "[^"]{0,300}" and container "[^"]{0,300}")?\\s*:?\\s*`, 'i'),
  new RegExp(`^Back-off pulling image${IMAGE}\\s*:?\\s*`, 'i'),
  new RegExp(`^Failed to inspect image${IMAGE}\\s*:\\s*`, 'i'),
  /^image pull failed for \S{1,1024}, this may be because there are no credentials on this request\.\s*(?:details:\s*)?/i,
  /^Failed (?:to )?create pod sandbox\s*:\s*/i,
  /^(?:Error:\s*)?(?:ErrImagePull|ImagePullBackOff)(?:\s|$)/i,
  // gRPC; `rc error` and a missing `=` are how people's copies read.
  /^r(?:p)?c error:\s*code\s*=?\s*\w+\s*desc\s*=?\s*/i,
  // dockerd and its clients.
  /^(?:Error response from daemon|API error \(\d{3}\)|Error while pulling image|Error(?=:)|FATAL?\[\d+\]):?\s+/i,
  /^\{\s*"message"\s*:\s*"/i,
  // containerd's CRI plugin and ctr.
  /^(?:ctr|crictl|pulling image(?: failed)?|pull image err|failed to pull image|ERROR: for \S{1,100}):?\s+(?!["'])/i,
  new RegExp(`^failed to (?:get sandbox image|pull image|pull and unpack image)${IMAGE}\\s*:\\s*`, 'i'),
  // CRI-O.
  /^unable to pull image(?: or OCI artifact)?:\s+/i,
];

/** All of them at once, so that a text is looked at once a round. */
const ANY_WRAPPER = new RegExp(WRAPPERS.map(({ source }) => `(?:${source})`).join('|'), 'i');

/** Takes the wrappers off the front, as many as there are. May leave nothing: then the text names no cause. */
export function unwrap(line: string): string {
  let text = line;
  // Real messages have five or six; the bound only keeps hostile ones cheap.
  for (let round = 0; round < 24; round += 1) {
    const wrapper = ANY_WRAPPER.exec(text)?.[0];
    if (wrapper === undefined) break;
    text = text.slice(wrapper.length).trimStart();
  }
  return (
    text
      // CRI-O 1.34 and later tries the name as an OCI artifact too; that it is none says nothing of the image.
      .replace(/;\s*artifact err: .{0,4096}$/i, '')
      .replace(/"\}\s*$/, '')
      .replace(/^["']+$/, '')
      .trim()
  );
}

/**
 * The kubelet's rules for which entry of a pull secret serves which image, as in Kubernetes' `pkg/credentialprovider/
 * keyring.go` (BasicDockerKeyring.Add, Lookup, URLsMatch, isDefaultRegistryMatch).
 */

/** An `auths` key as the kubelet indexes it: scheme dropped, a leading `/v1` or `/v2` of the path dropped. */
export interface RegistryKey {
  /** `host[:port][/path]`: what the kubelet sorts by. */
  readonly index: string;
  /** With its port, globs and all. */
  readonly host: string;
  /** With its leading slash, or empty. */
  readonly path: string;
}

/** Docker Hub's old key `https://index.docker.io/v1/`, indexed. */
const DEFAULT_REGISTRY_INDEX = 'index.docker.io';

/** @returns `undefined` for a key that the kubelet ignores because Go's `url.Parse` refuses it */
export function parseRegistryKey(key: string): RegistryKey | undefined {
  const schemeless = key.replace(/^https?:\/\//, '');
  const [beforeQuery = ''] = schemeless.split(/[?#]/, 1);
  const slash = beforeQuery.indexOf('/');
  const authority = slash === -1 ? beforeQuery : beforeQuery.slice(0, slash);
  const fullPath = slash === -1 ? '' : beforeQuery.slice(slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  // A port must be digits, and neither spaces nor control characters nor bad escapes may stand in a URL.
  if (/:[^\]]*[^\d\]][^\]]*$/.test(host) || /[\s<>"\\^`{|}\p{Cc}]/u.test(host) || /\p{Cc}/u.test(schemeless)) {
    return undefined;
  }
  if (/%(?![0-9a-fA-F]{2})/.test(beforeQuery)) return undefined;
  const path = /^\/v[12]\//.test(fullPath) ? fullPath.slice(3) : fullPath;
  return path === '' || path === '/' ? { index: host, host, path: '' } : { index: host + path, host, path };
}

/**
 * Indices of the entries that the kubelet would try for an image, in its order: it walks the indexed keys in reverse
 * byte order (so that a longer path comes before its prefix), and falls back to Docker Hub's old key only when no
 * other key of any secret matches.
 *
 * @param keys of all pull secrets of a pod, in the order of its `imagePullSecrets`
 * @param image registry and repository as the runtime asks for them, such as `docker.io/library/nginx`
 */
export function matchRegistryKeys(
  keys: readonly (RegistryKey | undefined)[],
  image: { readonly registry: string; readonly repository: string },
): readonly number[] {
  const path = `/${image.repository}`;
  const known = keys.flatMap((key, position) => (key === undefined ? [] : [{ key, position }]));
  const matching = known
    .filter(({ key }) => isHostMatch(key.host, image.registry) && path.startsWith(key.path))
    .sort((a, b) => compareBytes(b.key.index, a.key.index) || a.position - b.position);
  if (matching.length > 0) return matching.map(({ position }) => position);

  if (!isDockerHub(image.registry)) return [];
  return known.filter(({ key }) => key.index === DEFAULT_REGISTRY_INDEX).map(({ position }) => position);
}

/** Registry that a key is about, for people and for comparison: every name of Docker Hub is `docker.io`. */
export function registryOfKey(key: string): string {
  const host = (parseRegistryKey(key)?.host ?? key).toLowerCase();
  return isDockerHub(host) || host === 'registry-1.docker.io' || host === 'registry.hub.docker.com'
    ? 'docker.io'
    : host;
}

function isDockerHub(host: string): boolean {
  return host === 'docker.io' || host === DEFAULT_REGISTRY_INDEX;
}

/** Label by label, with globs in each; the port must be equal (globs do not reach it). */
export function isHostMatch(glob: string, host: string): boolean {
  const wanted = splitPort(glob);
  const asked = splitPort(host);
  if (wanted.port !== asked.port || wanted.labels.length !== asked.labels.length) return false;
  return wanted.labels.every((label, i) => isGlobMatch(label, asked.labels[i] ?? ''));
}

function splitPort(host: string): { readonly labels: readonly string[]; readonly port: string } {
  const [, name = host, port = ''] = /^(.*):(\d*)$/.exec(host) ?? [];
  return { labels: name.split('.'), port };
}

/** Go's `filepath.Match` for one label: `*`, `?`, `[a-z]`, `[^a]`, `\\x`. A bad pattern matches nothing. */
function isGlobMatch(glob: string, label: string): boolean {
  const pattern = parseGlob(glob);
  if (pattern === undefined) return false;
  // Only the last star can need another try: this takes at most glob × label steps, whatever a Secret's author writes.
  let at = 0;
  let star = -1;
  let starAt = 0;
  let i = 0;
  while (i < label.length) {
    const part = pattern[at];
    if (part === '*') {
      star = at++;
      starAt = i;
    } else if (part?.(label[i] ?? '')) {
      at++;
      i++;
    } else if (star !== -1) {
      at = star + 1;
      i = ++starAt;
    } else return false;
  }
  return pattern.slice(at).every((part) => part === '*');
}

type GlobPart = '*' | ((char: string) => boolean);

function parseGlob(glob: string): readonly GlobPart[] | undefined {
  const parts: GlobPart[] = [];
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i];
    if (char === '*') parts.push('*');
    else if (char === '?') parts.push(() => true);
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2);
      if (end === -1) return undefined;
      parts.push(parseClass(glob.slice(i + 1, end)));
      i = end;
    } else {
      const literal = char === '\\' ? glob[++i] : char;
      if (literal === undefined) return undefined;
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

function parseClass(body: string): (char: string) => boolean {
  const isNegated = body.startsWith('^');
  const ranges = [...(isNegated ? body.slice(1) : body).matchAll(/(.)-(.)|(.)/gsu)].map(
    ([, low, high, single]) => [low ?? single ?? '', high ?? single ?? ''] as const,
  );
  return (char) => ranges.some(([low, high]) => char >= low && char <= high) !== isNegated;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

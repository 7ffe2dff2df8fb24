/** Names that people know registries by; any other host is left out of a first line. */
const HOST_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:index\.|registry-1\.|registry\.)?docker\.(?:io|com)$/, 'Docker Hub'],
  [/^ghcr\.io$/, 'GitHub packages'],
  [/^quay\.io$/, 'Quay'],
  [/^registry\.k8s\.io$/, 'the Kubernetes registry'],
  [/^public\.ecr\.aws$/, 'ECR Public'],
  [/\.dkr[.-]ecr(?:-fips)?\./, 'ECR'],
  [/\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/, 'Google Artifact Registry'],
  [/\.azurecr\.(?:io|cn)$/, 'Azure registry'],
];

/**
 * Last labels of what counts as a host name. A list, since tags (`2.7.18.RELEASE`, `1.0-rc.beta`) and files
 * (`hosts.toml`) have dots too.
 */
const TOP_LEVEL =
  'com|org|net|io|dev|aws|cloud|local|internal|localdomain|svc|corp|lan|intra|example|test|invalid|app|ai|sh|me|co|' +
  'cn|de|eu|uk|us|fr|nl|ch|at|jp|in|ru|br|au|ca|se|no|it|es|pl|info|biz|xyz';
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`(?<![\\w.-])((?:${LABEL}\\.)+(?:${TOP_LEVEL}))(:\\d+)?(?![\\w-]|\\.[\\w])(/)?`, 'gi');
/** Looser, for names: what is not a host loses nothing but a dot's look. */
const HOST_LIKE = new RegExp(`(?:[\\w-]+\\.)+(?:${TOP_LEVEL})(?![\\w-])`, 'gi');

/**
 * Any text ─▶ what may stand in a first line: one line without control, bidirectional or zero-width characters, markup,
 * mentions, links, digests, registry hosts and emoji shortcodes. Needs no escaping for Slack afterwards.
 */
export function toPlain(text: string): string {
  return defuseShortcodes(
    stripInvisible(text)
      .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, 'a URL')
      .replace(/@?\bsha(?:256|512):[0-9a-f]*…?/gi, '')
      .replace(/\b[0-9a-f]{32,}\b/gi, '…')
      .replace(/\b(?:\d{1,3}\.){3}\d{1,3}:\d+\b|\[[0-9a-f:]{2,}\](?::\d+)?/gi, 'an address')
      .replace(/\blocalhost(?::\d+)?(\/)?/gi, (_all, slash: string | undefined) => (slash ? '' : 'the local registry'))
      .replace(
        HOST,
        (
          all: string,
          host: string,
          _port: string | undefined,
          slash: string | undefined,
          at: number,
          whole: string,
        ) => {
          if (/\btag $/i.test(whole.slice(0, at))) return all;
          return slash === undefined ? hostName(host) : '';
        },
      )
      .replace(/&/g, ' and ')
      .replace(/</g, '‹')
      .replace(/>/g, '›')
      .replace(/[`*~]/g, '')
      .replace(/(^|\s)_([^_]*)_(?=\s|$|[.,;:!?)])/g, '$1$2')
      .replace(/@(?=channel\b|here\b|everyone\b)/gi, ''),
  )
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:)])/g, '$1')
    .trim();
}

/** Cluster and workload names: as `toPlain`, but a dot that would make Slack see a host becomes a look-alike. */
export function toPlainName(name: string): string {
  return (
    stripInvisible(name)
      .replace(/[<>&`*~@]/g, '')
      // No Kubernetes name has a colon; two of them around a word would be an emoji.
      .replace(/:/g, '-')
      .replace(/(^|\s)_([^_]*)_(?=\s|$)/g, '$1$2')
      .replace(HOST_LIKE, (all) => all.replaceAll('.', '\u2024'))
      .replace(/\s+/g, ' ')
      .trim()
  );
}

/** Control, format (bidirectional, zero-width) and line-separating characters become spaces. */
export function stripInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufeff]+/gu, ' ');
}

/** Cuts at a word where one is near, ends with `…`; never longer than `max` UTF-16 units, never half a character. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max <= 1) return '…'.slice(0, Math.max(0, max));
  const cut = withoutHalfCharacter(text.slice(0, max - 1));
  const space = cut.lastIndexOf(' ');
  return `${(space > max * 0.7 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** Keeps both ends of a name: what differs between `checkout-api-a` and `checkout-api-b` stands last. */
export function clipMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  const tail = max - 1 - head;
  return `${withoutHalfCharacter(text.slice(0, head))}…${text.slice(text.length - tail).replace(/^[\udc00-\udfff]/, '')}`;
}

function withoutHalfCharacter(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '');
}

function hostName(host: string): string {
  const lower = host.toLowerCase();
  return HOST_NAMES.find(([pattern]) => pattern.test(lower))?.[1] ?? 'the registry host';
}

/** `:word:` is an emoji to Slack, also between two colons of an image reference. */
export function defuseShortcodes(text: string): string {
  return text.replace(/:(?=[\w+'-]+:)/g, ': ');
}

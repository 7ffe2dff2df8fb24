/** An image reference as containerd and the kubelet normalise it. */
export interface NormalReference {
  readonly host: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** `docker.io/library/nginx:1.27`: how containerd names it in its errors. */
  readonly full: string;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const REFERENCE = new RegExp(
  `^((?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/**
 * Docker's `ParseNormalizedNamed` with its own words for what it refuses (distribution/reference v0.6).
 * @param defaultTag added where neither tag nor digest is written
 */
export function parseReference(text: string, defaultTag = 'latest'): NormalReference | { readonly error: string } {
  if (/^[a-f0-9]{64}$/.test(text)) {
    return { error: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings` };
  }
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const domain = isDomain && first !== 'index.docker.io' ? first : 'docker.io';
  let remainder = isDomain ? text.slice(slash + 1) : text;
  if (domain === 'docker.io' && !remainder.includes('/')) remainder = `library/${remainder}`;

  const name = remainder.includes(':') ? remainder.slice(0, remainder.indexOf(':')) : remainder;
  if (name !== name.toLowerCase()) {
    return { error: `invalid reference format: repository name (${name}) must be lowercase` };
  }
  const match = REFERENCE.exec(`${domain}/${remainder}`);
  if (!match?.[1]) return { error: 'invalid reference format' };
  const repository = match[1].slice(domain.length + 1);
  if (repository.length > 255) return { error: 'repository name must not be more than 255 characters' };
  const digest = match[3];
  const tag = match[2] ?? (digest === undefined ? defaultTag : undefined);
  const full = `${match[1]}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return { host: domain, repository, tag, digest, full };
}

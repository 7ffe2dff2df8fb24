/** An image reference with Docker's defaulting rules applied: what the runtime really asks for. */
export interface ImageReference {
  /** As written in the pod. */
  readonly raw: string;
  /** Registry host as written or defaulted, with its port: `docker.io`, `ghcr.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** Path in that registry, `library/` added for Docker Hub's official images. */
  readonly repository: string;
  /** The tag, `latest` where neither tag nor digest is written; `undefined` where only a digest is written. */
  readonly tag: string | undefined;
  /** `sha256:…`; it wins over the tag. */
  readonly digest: string | undefined;
  /** Whether the tag was written, not defaulted. */
  readonly isTagExplicit: boolean;
}

const DOCKER_HUB = 'docker.io';
const LEGACY_DOCKER_HUB = 'index.docker.io';
/** distribution/reference `RepositoryNameTotalLengthMax`, in characters. */
const NAME_MAX = 255;

const HOST_NAME = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])$/;
const IPV6 = /^\[[0-9a-fA-F:]+\]$/;
/** Separators are never empty, so that this runs in linear time on any text. */
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;
/** 64 hexadecimal digits alone are an image id, which no registry is asked for. */
const IDENTIFIER = /^[a-f0-9]{64}$/;

/**
 * Parses a reference by the grammar and the defaulting rules of distribution/reference: `docker.io`, `library/` and
 * `latest`. (@swimlane/docker-reference agrees on what is valid, but takes exponential time on some invalid names, 61 s
 * for 28 letters and a `!`, and this text comes from outside: see docs/adr/0003-own-image-reference-parser.md.)
 *
 * @returns `undefined` for anything that a kubelet refuses as InvalidImageName
 */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text === '' || text.length > 1024 || IDENTIFIER.test(text)) return undefined;

  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;

  const { domain, rest } = splitDomain(at === -1 ? text : text.slice(0, at));
  if (!isDomain(domain)) return undefined;

  const colon = rest.indexOf(':');
  const written = colon === -1 ? undefined : rest.slice(colon + 1);
  if (written !== undefined && !TAG.test(written)) return undefined;

  const path = colon === -1 ? rest : rest.slice(0, colon);
  if (!path.split('/').every((component) => PATH_COMPONENT.test(component))) return undefined;
  const repository = domain === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  if (domain.length + 1 + repository.length > NAME_MAX) return undefined;

  return {
    raw: text,
    registry: domain,
    repository,
    tag: written ?? (digest === undefined ? 'latest' : undefined),
    digest,
    isTagExplicit: written !== undefined,
  };
}

/** The first component is a host if it has a dot, a port or an upper-case letter, or is `localhost`. */
function splitDomain(name: string): { readonly domain: string; readonly rest: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isHost) return { domain: DOCKER_HUB, rest: name };
  return { domain: first === LEGACY_DOCKER_HUB ? DOCKER_HUB : first, rest: name.slice(slash + 1) };
}

function isDomain(domain: string): boolean {
  const port = /:(\d+)$/.exec(domain);
  const host = port === null ? domain : domain.slice(0, port.index);
  if (IPV6.test(host)) return true;
  return host.split('.').every((label) => HOST_NAME.test(label));
}

/** The whole reference, spelt out: `docker.io/library/nginx:1.27@sha256:…`. */
export function formatImageReference(image: ImageReference): string {
  const tag = image.tag === undefined || (image.digest !== undefined && !image.isTagExplicit) ? '' : `:${image.tag}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return `${image.registry}/${image.repository}${tag}${digest}`;
}

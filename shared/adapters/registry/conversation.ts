import type { ImageReference } from '../../domain/image-reference.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import type { EcrAnswer, Platform, RateLimitFact, RegistryAttempt, TagList } from '../../domain/registry-answer.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Exchange, ExchangeReply } from './exchange.ts';
import type { RegistryTarget } from './registry-target.ts';

/** What is known so far. It is filled as answers come, so that a question which is cut off keeps what it has. */
export interface Findings {
  readonly attempts: RegistryAttempt[];
  readonly gaps: Gap[];
  digest?: string | undefined;
  platforms?: readonly Platform[] | undefined;
  tags?: TagList | undefined;
  rateLimit?: RateLimitFact | undefined;
  ecr?: EcrAnswer | undefined;
  /** With the times of their pushes; better than what the registry itself lists. */
  ecrTags?: TagList | undefined;
}

/** One question to one registry, under way. */
export interface Conversation {
  readonly image: ImageReference;
  readonly target: RegistryTarget;
  readonly exchange: Exchange;
  readonly findings: Findings;
  /** Whether it matters when lifecycle rules delete the image. */
  readonly wantsExpiry?: boolean | undefined;
}

/** Largest body that is not an index: error bodies, tokens, pages of tags, image configurations. */
export const BODY_LIMIT = 1024 * 1024;
/** Registries refuse manifests above 4 MiB (OCI distribution specification, "Pushing manifests"). */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Address of something in the image's repository, such as `manifests/1.27`. */
export function repositoryUrl({ image, target }: Pick<Conversation, 'image' | 'target'>, path: string): URL {
  return new URL(`/v2/${image.repository}/${path}`, target.origin);
}

/** Digest where one is written, as the runtime does; else the tag. */
export function referenceOf({ digest, tag }: ImageReference): string {
  return digest ?? tag ?? 'latest';
}

/** A GET of JSON in the image's repository, on the registry's own host. */
export function getJson(
  { exchange, ...rest }: Conversation,
  path: string | URL,
  authorization: Secret | undefined,
): Promise<ExchangeReply> {
  return exchange.send({
    method: 'GET',
    url: typeof path === 'string' ? repositoryUrl(rest, path) : path,
    accept: 'application/json',
    authorization,
    redirects: 'service',
    bodyLimit: BODY_LIMIT,
  });
}

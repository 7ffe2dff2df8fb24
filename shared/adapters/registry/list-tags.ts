import type { NearTag } from '../../domain/registry-answer.ts';
import type { Secret } from '../../domain/secret.ts';
import { type Conversation, getJson } from './conversation.ts';
import { nearestTags } from './near-tags.ts';
import { parseObject, readErrorCode } from './parse-body.ts';

const PAGES_MAX = 5;
const PAGE_SIZE = 1_000;

/** What the registry says of the repository when it is asked for its tags. */
export type RepositoryWord =
  | { readonly kind: 'exists' }
  /** 404 with an OCI error code: the specification has it for unknown repositories only. */
  | { readonly kind: 'unknown'; readonly code: string }
  | { readonly kind: 'silent'; readonly code: string | undefined };

/** Lists tags page by page into the findings: the repository exists if this succeeds. */
export async function listTags(conversation: Conversation, authorization: Secret | undefined): Promise<RepositoryWord> {
  const { image, findings } = conversation;
  const tags: NearTag[] = [];
  let next: string | URL | undefined = `tags/list?n=${PAGE_SIZE}`;
  for (let page = 0; next !== undefined && page < PAGES_MAX; page += 1) {
    const reply = await getJson(conversation, next, isMoved(next, conversation) ? undefined : authorization);
    const names = reply.status === 200 ? readTags(reply.body) : undefined;
    if (names === undefined) {
      if (page > 0) break;
      const code = readErrorCode(reply.body);
      return reply.status === 404 && code !== undefined ? { kind: 'unknown', code } : { kind: 'silent', code };
    }
    tags.push(...names.map((tag) => ({ tag, pushedAt: undefined })));
    next = nextPage(reply.headers['link'], reply.url);
    findings.tags = {
      nearest: nearestTags(image.tag ?? '', tags),
      count: tags.length,
      isComplete: next === undefined,
    };
  }
  return { kind: 'exists' };
}

function isMoved(page: string | URL, { target }: Conversation): boolean {
  return page instanceof URL && page.origin !== target.origin;
}

/** `null` is what Go registries send for none. */
function readTags(body: Buffer | undefined): readonly string[] | undefined {
  const parsed = parseObject(body);
  const tags = parsed?.['tags'];
  if (parsed === undefined || (tags !== null && !Array.isArray(tags))) return undefined;
  return (tags ?? []).filter((tag): tag is string => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag));
}

/** `<…>; rel="next"`: another page of the same list on the same host, and nothing else. */
function nextPage(link: string | undefined, from: URL): URL | undefined {
  const [, path] = /<([^<>]{1,2000})>\s*;\s*rel="?next"?/.exec(link?.slice(0, 4_096) ?? '') ?? [];
  if (path === undefined || !URL.canParse(path, from.href)) return undefined;
  const url = new URL(path, from);
  return url.origin === from.origin && url.pathname === from.pathname ? url : undefined;
}

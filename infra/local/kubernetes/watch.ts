import type { IncomingMessage, ServerResponse } from 'node:http';
import { expired } from './api-error.ts';
import type { ApiObject } from './objects.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import type { Change, Store } from './store.ts';

/** How often a watch that allows bookmarks gets one, as the API server's watch cache does. */
const BOOKMARK_EVERY_MS = 60_000;

export interface WatchQuery {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  matches(object: ApiObject): boolean;
  readonly from: string | undefined;
  readonly hasBookmarks: boolean;
  readonly sendsInitial: boolean;
  readonly timeoutSeconds: number | undefined;
  /** An object, or a Table of it. */
  present(object: ApiObject): unknown;
}

/** What a change means to somebody who sees only the objects that match: it may come or go for them. */
function seenAs(change: Change, matches: (object: ApiObject) => boolean): Change['type'] | undefined {
  const is = matches(change.object);
  if (change.type === 'ADDED') return is ? 'ADDED' : undefined;
  if (change.type === 'DELETED') return is || (change.previous && matches(change.previous)) ? 'DELETED' : undefined;
  const was = change.previous !== undefined && matches(change.previous);
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}

/** Streams changes until the client goes, the time is up or the server stops. Gives a function that ends it. */
export function serveWatch(
  request: IncomingMessage,
  response: ServerResponse,
  store: Store,
  query: WatchQuery,
): () => void {
  const { resource, namespace } = query;
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();

  function write(type: string, object: unknown): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
  function inScope(object: ApiObject): boolean {
    return (namespace === undefined || object.metadata.namespace === namespace) && query.matches(object);
  }
  function bookmark(annotations?: Readonly<Record<string, string>>): void {
    write('BOOKMARK', {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: {
        resourceVersion: String(store.version()),
        creationTimestamp: null,
        ...(annotations && { annotations }),
      },
    });
  }
  function deliver(change: Change): void {
    if (change.resource !== resource) return;
    const type = seenAs(change, inScope);
    if (type !== undefined) write(type, query.present(change.object));
  }

  const isFromNow = query.from === undefined || query.from === '' || query.from === '0';
  if (isFromNow || query.sendsInitial) {
    for (const object of store.list(resource, namespace)) {
      if (query.matches(object)) write('ADDED', query.present(object));
    }
    if (query.sendsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(Number(query.from));
    if (!missed) {
      write('ERROR', expired(`too old resource version: ${query.from} (${store.version()})`).toStatus());
      response.end();
      return () => {};
    }
    for (const change of missed) deliver(change);
  }

  const unsubscribe = store.subscribe(deliver);
  const bookmarks = query.hasBookmarks ? setInterval(bookmark, BOOKMARK_EVERY_MS).unref() : undefined;
  const limit =
    query.timeoutSeconds === undefined ? undefined : setTimeout(() => response.end(), query.timeoutSeconds * 1000);

  function end(): void {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(limit);
    if (!response.writableEnded) response.end();
  }
  request.once('close', end);
  response.once('close', end);
  return end;
}

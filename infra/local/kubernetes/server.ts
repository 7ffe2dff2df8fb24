import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Log } from '../../../shared/ports/log.ts';
import { listenOnLoopback } from '../registry/loopback.ts';
import type { Api } from './api.ts';
import { ApiError, badRequest } from './api-error.ts';
import { discover } from './discovery.ts';
import { type ApiFault, faultStatus, isMatching } from './fault.ts';
import type { ApiObject, Json } from './objects.ts';
import { openApi } from './openapi.ts';
import { type ApiUser, isAllowed } from './rbac.ts';
import { asObject, parseTarget, readDocument, type Target } from './request.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { presentTable } from './table.ts';
import {
  createOne,
  deleteOne,
  deleteOptions,
  listOf,
  patchOne,
  readOne,
  replaceOne,
  type WriteRequest,
} from './verbs.ts';
import { serveWatch } from './watch.ts';

export interface ApiServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  setFault(fault: ApiFault | undefined): void;
  /** Requests answered so far by verb and resource: `list pods`. */
  requestCounts(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

const OPEN_PATHS = new Set(['/healthz', '/livez', '/readyz']);

function verbOf(method: string, target: Target | undefined, query: URLSearchParams): string {
  if (query.get('watch') === 'true' || query.get('watch') === '1') return 'watch';
  const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  if (method === 'DELETE' && target?.name === undefined) return 'deletecollection';
  return verbs[method] ?? (target?.name === undefined ? 'list' : 'get');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function selectorOf(query: URLSearchParams, name: string | undefined): (object: ApiObject) => boolean {
  const tests = [
    ...(query.get('labelSelector') ? [parseLabelSelector(query.get('labelSelector') ?? '')] : []),
    ...(query.get('fieldSelector') ? [parseFieldSelector(query.get('fieldSelector') ?? '')] : []),
    ...(name === undefined ? [] : [(object: ApiObject) => object.metadata.name === name]),
  ];
  return (object) => tests.every((test) => test(object));
}

/** The Kubernetes API over plain HTTP on loopback. */
export async function createApiServer(options: {
  readonly api: Api;
  /** Bearer token that every request must carry; `undefined` = anybody may. */
  readonly token: string | undefined;
  /** Tokens beside that one: whoever holds one of these may do what RBAC grants them, and nothing else. */
  readonly users?: Readonly<Record<string, ApiUser>> | undefined;
  readonly log?: Log | undefined;
  readonly port?: number;
}): Promise<ApiServer> {
  const { api, token, users = {}, log } = options;
  const watches = new Set<() => void>();
  const counts = new Map<string, number>();
  let fault: ApiFault | undefined;
  let faultsLeft = 0;

  function userOf(request: IncomingMessage): ApiUser | undefined {
    const given = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    return Object.hasOwn(users, given) ? users[given] : undefined;
  }

  /** The token of the kubeconfig stands for an administrator. */
  function isAuthenticated(request: IncomingMessage): boolean {
    const isAdmin = token === undefined || request.headers.authorization === `Bearer ${token}`;
    return isAdmin || userOf(request) !== undefined;
  }

  /** Everybody may ask what they may do (the role system:basic-user). */
  function isAuthorized(user: ApiUser | undefined, verb: string, target: Target): boolean {
    if (user === undefined || target.resource.isReview) return true;
    const { resource, namespace, name, subresource } = target;
    // A namespace is asked about as being in itself (request info of the API server).
    const inside = resource.plural === 'namespaces' ? name : namespace;
    const asked = { verb, group: resource.group, resource: resource.plural, subresource, namespace: inside, name };
    return isAllowed(api.store, user, asked);
  }

  function isTable(request: IncomingMessage): boolean {
    return /as=Table/.test(request.headers.accept ?? '');
  }

  function list(request: IncomingMessage, target: Target, query: URLSearchParams): unknown {
    const matches = selectorOf(query, undefined);
    const all = api.store.list(target.resource, target.namespace).filter(matches);
    const limit = Number(query.get('limit') ?? 0);
    const start = Number(Buffer.from(query.get('continue') ?? '', 'base64').toString() || 0);
    const page = limit > 0 ? all.slice(start, start + limit) : all.slice(start);
    const end = start + page.length;
    const more = end < all.length;
    const next = more ? Buffer.from(String(end)).toString('base64') : undefined;
    const result = listOf(api, target, page, next, more ? all.length - end : undefined) as Json;
    return isTable(request)
      ? presentTable(target.resource, page, api.clock.now(), result['metadata'] as Json, query.get('includeObject'))
      : result;
  }

  function watch(request: IncomingMessage, response: ServerResponse, target: Target, query: URLSearchParams): void {
    const { resource, namespace, name } = target;
    const timeout = query.get('timeoutSeconds');
    const end = serveWatch(request, response, api.store, {
      resource,
      namespace,
      matches: selectorOf(query, name),
      from: query.get('resourceVersion') ?? undefined,
      hasBookmarks: query.get('allowWatchBookmarks') === 'true',
      sendsInitial: query.get('sendInitialEvents') === 'true',
      timeoutSeconds: timeout ? Number(timeout) : undefined,
      present: (object) =>
        isTable(request)
          ? presentTable(
              resource,
              [object],
              api.clock.now(),
              { resourceVersion: object.metadata.resourceVersion },
              query.get('includeObject'),
            )
          : object,
    });
    watches.add(end);
    response.once('close', () => watches.delete(end));
  }

  function removeCollection(target: Target, query: URLSearchParams, body: unknown): unknown {
    const matches = selectorOf(query, undefined);
    const items = api.store.list(target.resource, target.namespace).filter(matches);
    for (const { metadata } of items) {
      deleteOne(api, { ...target, namespace: metadata.namespace, name: metadata.name }, deleteOptions(body, query));
    }
    return listOf(api, target, items);
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    query: URLSearchParams,
    verb: string,
  ): Promise<void> {
    const write: WriteRequest = {
      target,
      query,
      userAgent: request.headers['user-agent'] ?? '',
      user: userOf(request),
      contentType: request.headers['content-type'] ?? 'application/json',
    };
    const shown = (object: unknown): unknown =>
      isTable(request) && (object as ApiObject).kind === target.resource.kind
        ? presentTable(target.resource, [object as ApiObject], api.clock.now(), {}, query.get('includeObject'))
        : object;
    switch (verb) {
      case 'watch':
        return watch(request, response, target, query);
      case 'list':
        return sendJson(response, 200, list(request, target, query));
      case 'get':
        return sendJson(response, 200, shown(readOne(api, target)));
      case 'create': {
        const body = await readDocument(request);
        const isOwnKind = target.subresource === undefined;
        const object = isOwnKind ? asObject(body, target) : (body as ApiObject);
        return sendJson(response, 201, shown(createOne(api, write, object as ApiObject & Json)));
      }
      case 'update': {
        const body = await readDocument(request);
        const object = target.subresource === 'scale' ? (body as ApiObject) : asObject(body, target);
        return sendJson(response, 200, shown(replaceOne(api, write, object)));
      }
      case 'patch': {
        const body = await readDocument(request);
        if (body === null || typeof body !== 'object') throw badRequest('the patch is not an object');
        return sendJson(response, 200, shown(patchOne(api, write, body)));
      }
      case 'delete': {
        const body = await readDocument(request);
        return sendJson(response, 200, shown(deleteOne(api, target, deleteOptions(body, query))));
      }
      case 'deletecollection':
        return sendJson(response, 200, removeCollection(target, query, await readDocument(request)));
      default:
        throw new ApiError(405, 'MethodNotAllowed', `${request.method} is not supported`);
    }
  }

  /** Says whether the request was answered by the fault. */
  async function fail(response: ServerResponse, verb: string, target: Target | undefined): Promise<boolean> {
    const current = fault;
    if (!current || faultsLeft <= 0 || !isMatching(current, verb, target)) return false;
    faultsLeft -= 1;
    if (current.hangMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, current.hangMs).unref();
        response.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    if (current.isReset) {
      response.destroy();
      return true;
    }
    if (current.status === undefined) return response.destroyed;
    sendJson(response, current.status, faultStatus(current.status, verb, target));
    return true;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const path = url.pathname;
    const target = parseTarget(path);
    const verb = verbOf(request.method ?? 'GET', target, url.searchParams);
    const label = target ? `${verb} ${target.resource.plural}` : path;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (OPEN_PATHS.has(path)) {
      response.end('ok');
      return;
    }
    if (await fail(response, verb, target)) return;
    if (!isAuthenticated(request)) return sendJson(response, 401, faultStatus(401, verb, undefined));
    const user = userOf(request);
    if (target && !isAuthorized(user, verb, target)) {
      return sendJson(response, 403, faultStatus(403, verb, target, user?.name));
    }
    if (target) return serve(request, response, target, url.searchParams, verb);
    const document = discover(path, url.host) ?? openApi(path);
    if (document === undefined) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    sendJson(response, 200, document);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (error instanceof ApiError) return sendJson(response, error.status, error.toStatus());
      log?.error('embedded API server failed', { method: request.method, url: request.url, error: String(error) });
      return sendJson(response, 500, faultStatus(500, '', undefined));
    });
  });
  // Watches live long; a client that keeps its connection decides when to close it.
  server.requestTimeout = 0;
  const { url, close } = await listenOnLoopback(server, options.port);

  return {
    url,
    setFault(next) {
      fault = next;
      faultsLeft = next?.times ?? Number.POSITIVE_INFINITY;
    },
    requestCounts: () => Object.fromEntries(counts),
    async stop() {
      for (const end of [...watches]) end();
      await close();
    },
  };
}

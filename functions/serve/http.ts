import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import { httpEvent } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';

/** A function behind HTTP, exactly as Lambda calls it. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2 | string>;

export interface HttpRoute {
  readonly method: string;
  /** As API Gateway writes it: `/alerts/{cluster}`. */
  readonly path: string;
  readonly functionName: string;
  readonly handler: HttpHandler;
  readonly timeoutMs: number;
}

/** HTTP APIs take 10 MB; a synchronous Lambda event at most 6 MB. */
const LARGEST_BODY_BYTES = 10 * 1024 * 1024;

/** Answers one request from the routes. @returns `false` when none of them takes it: nothing was read or written then */
export type RouteRequest = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Does what API Gateway does for functions behind HTTP. */
export function createRouter(routes: readonly HttpRoute[], { clock, log }: { clock: Clock; log: Log }): RouteRequest {
  return async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://local').pathname;
    const found = routes
      .map((route) => ({ route, parameters: matchPath(route.path, path) }))
      .find(({ route, parameters }) => route.method === request.method && parameters !== undefined);
    if (!found?.parameters) return false;
    const { route, parameters } = found;

    const body = await readBody(request);
    if (body === undefined) {
      answer(response, { statusCode: 413, body: JSON.stringify({ message: 'Request Too Long' }) });
      return true;
    }
    const call = {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: request.headers,
      body,
      remoteAddress: request.socket.remoteAddress ?? '',
    };
    const event = httpEvent(call, `${route.method} ${route.path}`, parameters, clock.now());
    try {
      const result = await withTimeout(
        route.handler(event, lambdaContext(route.functionName, route.timeoutMs)),
        route.timeoutMs,
      );
      if (result === 'timeout') {
        log.error('function timed out', { functionName: route.functionName, timeoutMs: route.timeoutMs });
        answer(response, { statusCode: 503, body: JSON.stringify({ message: 'Service Unavailable' }) });
      } else answer(response, typeof result === 'string' ? { statusCode: 200, body: result } : result);
    } catch (error) {
      log.error('function crashed', { functionName: route.functionName, error });
      answer(response, { statusCode: 500, body: JSON.stringify({ message: 'Internal Server Error' }) });
    }
    return true;
  };
}

/** Listens on `host:port` (0 = any free one). @throws the server's error, such as EADDRINUSE */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

function answer(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  response.writeHead(result.statusCode ?? 200, { 'content-type': 'application/json', ...headers });
  response.end(Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8'));
}

/** `/alerts/{cluster}` against `/alerts/prod-eu` ─▶ `{cluster: 'prod-eu'}`. */
function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const [want, have] = [pattern.split('/'), path.split('/')];
  if (want.length !== have.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    const given = have[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== given) return undefined;
    if (name !== undefined && given === '') return undefined;
    if (name !== undefined) parameters[name] = decoded(given);
  }
  return parameters;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end all the same, so that the caller gets the answer instead of a broken pipe.
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

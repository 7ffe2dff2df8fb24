import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../shared/ports/clock.ts';
import { type Answer, type Arguments, channelOf } from './answer.ts';
import { createFaults, type SlackFaults } from './faults.ts';
import { METHODS } from './methods.ts';
import { createRateLimit } from './rate-limit.ts';
import { createResponseUrls } from './response-urls.ts';
import { manifestScopes, neededScopes } from './scopes.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A running embedded Slack. */
export interface LocalSlack {
  /** With a trailing slash, as the official client wants it. */
  readonly apiUrl: string;
  readonly workspace: Workspace;
  /** A response_url for a click on that message. */
  responseUrl(channel: string, ts: string, user: string): string;
  readonly faults: SlackFaults;
  /** Calls answered or refused, by method: what a test counts. */
  readonly calls: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface LocalSlackOptions {
  readonly clock: Clock;
  readonly token: string;
  readonly channels: readonly string[];
  /** What the token was granted; those of `infra/slack/manifest.yaml` unless a test says otherwise. */
  readonly scopes?: readonly string[] | undefined;
  /** Where messages are kept across restarts; `undefined` = memory only. */
  readonly file?: string | undefined;
  /** 0 = any free one. */
  readonly port?: number | undefined;
  /** chat.postMessage per channel; Slack's own is about 1 a second with short bursts. */
  readonly postsPerSecond?: number | undefined;
  readonly postBurst?: number | undefined;
}

const LARGEST_BODY_BYTES = 4 * 1024 * 1024;

/** Starts a Slack Web API on loopback that answers the official client and enforces Slack's limits. */
export async function startSlack(options: LocalSlackOptions): Promise<LocalSlack> {
  const workspace = createWorkspace({ clock: options.clock, channels: options.channels, file: options.file });
  const responseUrls = createResponseUrls(workspace);
  const faults = createFaults();
  const posts = createRateLimit({ perSecond: options.postsPerSecond ?? 1, burst: options.postBurst ?? 5 });
  const calls: Record<string, number> = {};
  const scopes = options.scopes ?? manifestScopes();
  const stopping = new AbortController();

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = /^\/api\/([A-Za-z.]+)$/.exec(url.pathname)?.[1];
    const raw = await readBody(request);
    if (raw === undefined) return send(response, 413, { ok: false, error: 'request_too_large' });
    if (url.pathname.startsWith('/actions/') && request.method === 'POST') {
      const body = parseArguments('application/json', raw, url) ?? {};
      const { status, text } = responseUrls.use(url.pathname, body);
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
      return;
    }
    if (name === undefined) return send(response, 404, { ok: false, error: 'unknown_method' });
    calls[name] = (calls[name] ?? 0) + 1;
    response.setHeader('x-oauth-scopes', scopes.join(','));

    const fault = faults.take(name);
    const waitMs = (fault?.seconds ?? 1) * 1_000;
    if (fault?.kind === 'http-500') return send(response, 500, { ok: false, error: 'internal_error' });
    if (fault?.kind === 'ratelimited') return refuseForNow(response, fault.seconds ?? 1);
    if (fault?.kind === 'hang') {
      await pause(waitMs);
      response.destroy();
      return;
    }
    if (fault?.kind === 'slow') await pause(waitMs);

    const args = parseArguments(request.headers['content-type'] ?? '', raw, url);
    const result = args ? call(name, args, request.headers.authorization) : { ok: false, error: 'invalid_json' };
    if (typeof result === 'number') return refuseForNow(response, result);
    if (fault?.kind === 'lost-answer') {
      response.destroy();
      return;
    }
    send(response, 200, result);
  }

  /** @returns the answer, or seconds to wait where the rate limit refuses */
  function call(name: string, args: Arguments, authorization: string | undefined): Answer | number {
    const given = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? args['token'];
    if (typeof given !== 'string' || given === '') return { ok: false, error: 'not_authed' };
    if (!isSame(given, options.token)) return { ok: false, error: 'invalid_auth' };
    const method = METHODS[name];
    if (!method) return { ok: false, error: 'unknown_method', req_method: name };
    const about = typeof args['channel'] === 'string' ? workspace.findChannel(args['channel']) : undefined;
    const needed = neededScopes(name, args['types'], about).filter((scope) => !scopes.includes(scope));
    if (needed.length > 0) {
      return { ok: false, error: 'missing_scope', needed: needed.join(','), provided: scopes.join(',') };
    }
    if (name === 'chat.postMessage') {
      const seconds = posts.take(channelOf(args, workspace)?.id ?? 'unknown');
      if (seconds > 0) return seconds;
    }
    return method(args, workspace);
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    workspace,
    responseUrl: (channel, ts, user) => `http://127.0.0.1:${port}${responseUrls.issue(channel, ts, user)}`,
    faults,
    calls,
    async stop() {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      workspace.close();
    },
  };
}

function refuseForNow(response: ServerResponse, seconds: number): void {
  response.setHeader('retry-after', String(seconds));
  send(response, 429, { ok: false, error: 'ratelimited' });
}

function send(response: ServerResponse, status: number, body: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** JSON as it is; a form's (or query's) values as text, those that hold JSON parsed. `undefined`: JSON that is none. */
function parseArguments(contentType: string, raw: string, url: URL): Arguments | undefined {
  if (contentType.startsWith('application/json')) {
    try {
      const parsed: unknown = JSON.parse(raw === '' ? '{}' : raw);
      return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
        ? (parsed as Arguments)
        : undefined;
    } catch {
      return undefined;
    }
  }
  const pairs = [...url.searchParams, ...new URLSearchParams(raw)];
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, ['blocks', 'metadata', 'view'].includes(key) ? parsedOr(value) : value]),
  );
}

function parsedOr(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

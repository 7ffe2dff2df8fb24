import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen, type RouteRequest } from '../../../functions/serve/http.ts';
import { createSystemClock } from '../../../shared/adapters/clock.ts';
import type { Pod } from '../../../shared/domain/kubernetes.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { createInteractions } from '../slack/interactions.ts';
import { createSender } from '../slack/send-signed.ts';
import type { LocalSlack } from '../slack/server.ts';
import { isFromHere } from './guard.ts';
import { interact } from './interact.ts';
import { createLive } from './live.ts';
import { servePageFile } from './page-files.ts';
import { viewPod } from './pod-view.ts';
import { NO_WORKSPACE, viewWorkspace } from './workspace-view.ts';

/** Something that the page offers to do to the embedded stack. */
export interface Try {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  /** @returns what was done, as a sentence for the page */
  run(): Promise<string>;
}

export interface ConsoleOptions {
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The handlers behind HTTP: `/alerts`, `/alerts/{cluster}`, `/slack`. */
  readonly route: RouteRequest;
  /** `undefined` with a real Slack: the page then says where the messages are. */
  readonly slack: Pick<LocalSlack, 'workspace' | 'responseUrl'> | undefined;
  readonly slackSigningSecret: string;
  readonly listPods: () => Promise<readonly Pod[]>;
  readonly tries: readonly Try[];
  /** Moves the embedded clock. @returns how far it is ahead of the machine's, in seconds */
  readonly advanceClock: (seconds: number) => number;
}

/** A running console. */
export interface Console {
  /** `http://127.0.0.1:8787/` */
  readonly url: string;
  stop(): Promise<void>;
}

const POLL_PODS_MS = 400;
const LARGEST_BODY_BYTES = 1024 * 1024;
const LONGEST_ADVANCE_SECONDS = 366 * 24 * 3_600;

/** Serves the page, its live state, and the addresses that people and checks talk to. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { clock, log, slack: localSlack } = options;
  const workspace = localSlack?.workspace;
  const live = createLive();
  let aheadSeconds = options.advanceClock(0);

  const server = await listen(handle, { host: '127.0.0.1', port: options.port });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const interactions =
    localSlack &&
    createInteractions({
      workspace: localSlack.workspace,
      // Slack's clock is the one on the wall, wherever the embedded one was moved.
      send: createSender({ url: `${url}slack`, secret: options.slackSigningSecret, clock: createSystemClock() }),
      responseUrl: localSlack.responseUrl,
    });

  live.publish(
    'tries',
    options.tries.map(({ id, label, hint }) => ({ id, label, hint })),
  );
  publishClock();
  publishWorkspace();
  const offChange = workspace?.onChange(() => publishWorkspace());
  const timer = setInterval(() => void publishLive(), POLL_PODS_MS);

  function publishWorkspace(): void {
    live.publish('slack', workspace ? viewWorkspace(workspace) : NO_WORKSPACE);
  }

  function publishClock(): void {
    // Whole minutes: that is what the page shows.
    live.publish('clock', { now: Math.floor(clock.now() / 60_000) * 60_000, aheadSeconds });
  }

  async function publishLive(): Promise<void> {
    if (live.readers() === 0) return;
    publishClock();
    try {
      live.publish('pods', (await options.listPods()).map(viewPod));
    } catch (error) {
      log.warn('pods not listed for the page', { error });
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', url).pathname;
    if (await options.route(request, response)) return;
    if (request.method === 'GET' || request.method === 'HEAD') get(path, request, response);
    else send(response, request.method === 'POST' ? await post(path, request) : reply(405, 'only GET and POST'));
  }

  function get(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (!isFromHere(request)) send(response, reply(403, 'only from this machine'));
    else if (path === '/events') {
      live.connect(request, response);
      void publishLive();
    } else if (!servePageFile(path, response)) send(response, reply(404, `nothing at ${path}`));
  }

  async function post(path: string, request: IncomingMessage): Promise<Reply> {
    const body = await readBody(request);
    if (body === undefined) return reply(413, 'larger than 1 MB');
    // The rest changes the stack without a credential: for this machine's own page and plain clients only.
    if (!isFromHere(request)) return reply(403, 'only from this machine');
    if (path === '/clock') return moveClock(body);
    if (path === '/interact') return doInSlack(body);
    const attempt = options.tries.find(({ id }) => path === `/try/${id}`);
    return attempt ? run(attempt) : reply(404, `nothing at ${path}`);
  }

  function moveClock(body: Buffer): Reply {
    const { advanceSeconds: seconds } = parseJson(body) as { advanceSeconds?: unknown };
    if (typeof seconds !== 'number' || !(seconds >= 0) || seconds > LONGEST_ADVANCE_SECONDS) {
      return reply(400, 'advanceSeconds must be a number from 0 to a year');
    }
    aheadSeconds = options.advanceClock(seconds);
    publishClock();
    return { status: 200, body: { now: new Date(clock.now()).toISOString(), aheadSeconds } };
  }

  async function run(attempt: Try): Promise<Reply> {
    try {
      const done = await attempt.run();
      aheadSeconds = options.advanceClock(0);
      publishClock();
      return { status: 200, body: { done } };
    } catch (error) {
      log.warn('try failed', { id: attempt.id, error });
      return reply(500, error instanceof Error ? error.message : String(error));
    }
  }

  /** Somebody presses, chooses or submits on the page: sent to `/slack` as Slack would. */
  async function doInSlack(body: Buffer): Promise<Reply> {
    if (interactions === undefined) return reply(409, 'the messages are in the real Slack');
    try {
      return { status: 200, body: await interact(parseJson(body) as Readonly<Record<string, unknown>>, interactions) };
    } catch (error) {
      if (error instanceof TypeError) return reply(400, error.message);
      throw error;
    }
  }

  return {
    url,
    async stop() {
      clearInterval(timer);
      offChange?.();
      live.stop();
      await close(server);
    },
  };
}

interface Reply {
  readonly status: number;
  /** `undefined` = an empty body. */
  readonly body: unknown;
}

function reply(status: number, error: string): Reply {
  return { status, body: { error } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function parseJson(body: Buffer): object {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

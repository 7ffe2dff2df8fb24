import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS, type Injector } from './injector.ts';

/** A reverse proxy on loopback whose calls go wrong, on the wire, where the injector says so. */
export interface FaultyProxy {
  /** Without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Hop by hop, or changed by passing through here. */
const NOT_PASSED_ON = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'content-encoding']);

/** @param target where calls go, without a trailing slash */
export async function startFaultyProxy(target: string, injector: Injector): Promise<FaultyProxy> {
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '/';
    const words = decodeURIComponent(
      `${path} ${body.toString()}`.replaceAll('+', ' ').replace(/%(?![0-9a-f]{2})/gi, ''),
    );
    const name = path.replace(/\?.*/, '').replace(/\bfault-\d+\b/g, 'NS');
    const kind = injector.enter(`${request.method} ${name}`, words);

    if (kind === 'fails') {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end('{"ok":false,"error":"internal_error"}');
      return;
    }
    if (kind === 'hangs' || kind === 'never') await sleep(HANG_MS, undefined, { signal: stopping.signal, ref: false });
    if (kind === 'never') {
      response.destroy();
      return;
    }
    const answer = await fetch(`${target}${path}`, {
      method: request.method ?? 'GET',
      headers: Object.entries(request.headers).flatMap(([key, value]): [string, string][] =>
        NOT_PASSED_ON.has(key) ? [] : [[key, String(value)]],
      ),
      ...(body.length === 0 ? {} : { body }),
      signal: stopping.signal,
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    injector.learn(`${words} ${bytes.toString()}`);
    if (kind === 'answer-lost') {
      response.destroy();
      return;
    }
    const headers = [...answer.headers].filter(([key]) => !NOT_PASSED_ON.has(key));
    response.writeHead(answer.status, Object.fromEntries(headers));
    response.end(bytes);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

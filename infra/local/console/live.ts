import type { IncomingMessage, ServerResponse } from 'node:http';

/** Server-sent events: each topic's newest state goes to whoever is connected, and to whoever connects later. */
export interface Live {
  /** Sends the topic's state if it differs from the last. */
  publish(topic: string, state: unknown): void;
  connect(request: IncomingMessage, response: ServerResponse): void;
  readonly readers: () => number;
  stop(): void;
}

const KEEP_ALIVE_MS = 15_000;

export function createLive(): Live {
  const readers = new Set<ServerResponse>();
  const newest = new Map<string, string>();
  const keepAlive = setInterval(() => {
    for (const reader of readers) reader.write(': still here\n\n');
  }, KEEP_ALIVE_MS);
  keepAlive.unref();

  return {
    publish(topic, state) {
      const data = JSON.stringify(state);
      if (newest.get(topic) === data) return;
      newest.set(topic, data);
      for (const reader of readers) reader.write(`event: ${topic}\ndata: ${data}\n\n`);
    },
    connect(request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      for (const [topic, data] of newest) response.write(`event: ${topic}\ndata: ${data}\n\n`);
      readers.add(response);
      request.once('close', () => readers.delete(response));
    },
    readers: () => readers.size,
    stop() {
      clearInterval(keepAlive);
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
}

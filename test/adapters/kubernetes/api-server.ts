import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
}

/** A small API server for the adapter's own tests: it answers as told and counts connections. */
export async function startApiServer(
  answer: (request: RecordedRequest, response: ServerResponse, raw: IncomingMessage) => void,
) {
  const requests: RecordedRequest[] = [];
  let connections = 0;
  const server = createServer((raw, response) => {
    const url = new URL(raw.url ?? '/', 'http://127.0.0.1');
    const { authorization, 'user-agent': userAgent } = raw.headers;
    const request = { path: url.pathname, query: url.searchParams, authorization, userAgent };
    requests.push(request);
    answer(request, response, raw);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

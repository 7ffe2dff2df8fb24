import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { basic } from './ask.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
}

export interface TestServer {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly requests: ReceivedRequest[];
  close(): Promise<void>;
}

export type Respond = (request: ReceivedRequest, response: ServerResponse, raw: IncomingMessage) => void;

const MANIFEST_TYPE = 'application/vnd.oci.image.index.v1+json';

/** A server that answers as the test says and remembers everything that it was sent. */
export async function startServer(
  respond: Respond,
  certificate?: { readonly cert: string; readonly key: string },
): Promise<TestServer> {
  const requests: ReceivedRequest[] = [];
  const listener: RequestListener = (raw, response) => {
    const { method = '', url = '', headers } = raw;
    const request: ReceivedRequest = {
      method,
      host: headers.host ?? '',
      path: url,
      authorization: headers.authorization,
      userAgent: headers['user-agent'],
    };
    requests.push(request);
    response.on('error', () => {});
    respond(request, response, raw);
  };
  const server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener);
  // A client that refuses the certificate ends the handshake: that is what the test wants to see.
  server.on('tlsClientError', () => {});
  const port = await listen(server);
  return {
    port,
    address: `127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A proxy that takes every CONNECT, whatever its host, to one port, and remembers the hosts.
 * @param refusal status line of the answer to all of them instead
 */
export async function startProxy(toPort: number, refusal?: string) {
  const connects: string[] = [];
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client) => {
    connects.push(request.url ?? '');
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(toPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    connects,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function answerManifest(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': MANIFEST_TYPE, ...headers }).end();
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function answerError(response: ServerResponse, status: number, code: string, headers: object = {}): void {
  answerJson(response, status, { errors: [{ code, message: code.toLowerCase() }] }, headers);
}

/** As a registry that asks for user and password itself, and is `found` with the right ones. */
export function basicRegistry(user: string, password: string, found: Respond): Respond {
  return (request, response, raw) => {
    if (request.authorization === basic(user, password)) found(request, response, raw);
    else answerError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="Registry"' });
  };
}

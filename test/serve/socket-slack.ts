import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** The half of Slack that Socket Mode needs: two Web API methods, and the WebSocket (RFC 6455, short text frames). */
export interface SocketSlack {
  readonly apiUrl: string;
  /** Envelope ids that were acknowledged, in order. */
  readonly acknowledged: readonly string[];
  /** What came with each of them. */
  readonly answers: readonly unknown[];
  /** How often a WebSocket was opened. */
  readonly connections: () => number;
  /** How often one was asked for. */
  readonly opens: () => number;
  /** While set, apps.connections.open answers this HTTP status. */
  refuseWith: number | undefined;
  send(message: object): void;
  /** Cuts the connection as a network does: without a word. */
  cut(): void;
  stop(): Promise<void>;
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export async function startSocketSlack(appToken: string): Promise<SocketSlack> {
  const acknowledged: string[] = [];
  const answers: unknown[] = [];
  const sockets = new Set<Duplex>();
  let socket: Duplex | undefined;
  let connections = 0;
  let opens = 0;

  const server = createServer(async (request, response) => {
    for await (const _chunk of request as AsyncIterable<Buffer>);
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/api/apps.connections.open') {
      opens += 1;
      if (slack.refuseWith !== undefined) return answer(slack.refuseWith, {});
      if (request.headers.authorization !== `Bearer ${appToken}`)
        return answer(200, { ok: false, error: 'invalid_auth' });
      return answer(200, { ok: true, url: `ws://127.0.0.1:${port}/link` });
    }
    answer(200, { ok: false, error: 'unknown_method' });
  });
  server.on('upgrade', (request: IncomingMessage, opened: Duplex) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${MAGIC}`).digest('base64');
    opened.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    connections += 1;
    socket = opened;
    sockets.add(opened);
    opened.on('error', () => opened.destroy());
    opened.on('close', () => sockets.delete(opened));
    opened.on('data', (bytes: Buffer) => {
      for (const { opcode, payload } of readFrames(bytes)) {
        // Close and ping are answered in kind.
        if (opcode === 8) opened.end(frame(8, payload));
        if (opcode === 9) opened.write(frame(10, payload));
        if (opcode !== 1) continue;
        const message = JSON.parse(payload.toString()) as { envelope_id: string; payload?: unknown };
        acknowledged.push(message.envelope_id);
        answers.push(message.payload);
      }
    });
    opened.write(frame(1, Buffer.from(JSON.stringify({ type: 'hello' }))));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const slack: SocketSlack = {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    acknowledged,
    answers,
    connections: () => connections,
    opens: () => opens,
    refuseWith: undefined,
    send: (message) => void socket?.write(frame(1, Buffer.from(JSON.stringify(message)))),
    cut: () => void socket?.destroy(),
    stop: () =>
      new Promise((resolve) => {
        for (const one of sockets) one.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return slack;
}

function frame(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? [0x80 | opcode, payload.length]
      : [0x80 | opcode, 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Frames of a client: masked, and here always whole. */
function* readFrames(bytes: Buffer): Generator<{ readonly opcode: number; readonly payload: Buffer }> {
  for (let at = 0; at < bytes.length; ) {
    const opcode = bytes.readUInt8(at) & 15;
    let length = bytes.readUInt8(at + 1) & 127;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    }
    const mask = bytes.subarray(at, at + 4);
    at += 4;
    yield { opcode, payload: Buffer.from(bytes.subarray(at, at + length).map((byte, n) => byte ^ (mask[n % 4] ?? 0))) };
    at += length;
  }
}

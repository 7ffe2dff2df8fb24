/**
 * A longer wire to a server on this machine, as a process of its own: whatever a client sends arrives so much later, and
 * in its order; answers come at once. TLS passes through. It is told where to by its first message, and answers with its
 * port.
 */
import { type AddressInfo, connect, createServer } from 'node:net';

export interface Wire {
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
}

export interface WireReady {
  readonly port: number;
}

process.once('message', ({ host, port, delayMs }: Wire) => {
  const server = createServer((client) => {
    const upstream = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    // Timers of one length fire in their order.
    client.on('data', (part) => setTimeout(() => upstream.write(part), delayMs));
    upstream.on('data', (part) => client.write(part));
    for (const side of [client, upstream]) side.on('error', end).on('close', end);
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port } satisfies WireReady);
  });
});
// Whoever started it is gone: so is the reason to be.
process.on('disconnect', () => process.exit());

import { connect, createServer, type Server, type Socket } from 'node:net';

const OPEN_REGISTRY = { host: '127.0.0.1', port: 5_000 };

/** Passes connections on to the open registry; while it is closed, the kernel refuses them. */
export async function openDoor(port: number): Promise<{ close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((incoming) => {
    const outgoing = connect(OPEN_REGISTRY);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

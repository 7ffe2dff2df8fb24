import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from './find-program.ts';

/** AWS on loopback (https://docs.getmoto.org, `moto_server`). */
export interface Moto {
  readonly endpoint: string;
  /** What every client of a test is built with: no real credential, no real address. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestHandler: { readonly httpAgent: { readonly maxSockets: number }; readonly requestTimeout: number };
    readonly maxAttempts: number;
  };
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;

/** PULLMEDIC_MOTO, else `.venv/bin` of the checkout, else the PATH. */
export function findMoto(): string | undefined {
  return findProgram('moto_server', 'PULLMEDIC_MOTO');
}

/** Starts a server of its own on a free port. */
export async function startMoto(): Promise<Moto> {
  const program = findMoto();
  if (program === undefined) throw new Error('moto_server was not found');
  const server = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  // Whatever ends the test process ends the server too.
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const endpoint = await readEndpoint(server);

  return {
    endpoint,
    clientConfig: {
      endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      // moto's transactions are not safe against its own other threads: one call at a time.
      requestHandler: { httpAgent: { maxSockets: 1 }, requestTimeout: 10_000 },
      maxAttempts: 3,
    },
    async stop() {
      process.off('exit', kill);
      if (server.exitCode !== null) return;
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
    },
  };
}

function readEndpoint(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`moto_server did not start: ${output}`)), START_TIMEOUT_MS);
    // Reading on to the end: a full pipe would stop the server.
    server.stderr?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-2000);
      const address = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`moto_server ended with ${code}: ${output}`)));
  });
}

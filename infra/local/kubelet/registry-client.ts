import { Agent, request as httpRequest, STATUS_CODES } from 'node:http';
import type { Registry } from '../registry/registry.ts';
import { routeTo } from './dial.ts';
import type { ScaledTime } from './scaled-time.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** `429 Too Many Requests`. */
  readonly statusText: string;
  /** As containerd would have asked: `https://registry-1.docker.io/v2/…`. */
  readonly url: string;
  /** Whether the body ended before its Content-Length. */
  readonly isCutShort: boolean;
}

/** The request never got an answer; `text` is what Go says, without the `Head "url": ` before it. */
export class NoReply extends Error {
  readonly isDeadline: boolean;

  constructor(text: string, isDeadline = false) {
    super(text);
    this.name = 'NoReply';
    this.isDeadline = isDeadline;
  }
}

export interface RegistryClient {
  /**
   * Asks a host of the embedded network.
   * @throws {NoReply} when there is no answer, Error `aborted` when the signal fires
   */
  ask(
    method: 'HEAD' | 'GET',
    host: string,
    path: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ): Promise<Reply>;
  /** The URL as containerd would write it. */
  urlOf(host: string, path: string): string;
  stop(): void;
}

/** containerd's ResponseHeaderTimeout. */
const RESPONSE_HEADER_MS = 30_000;

export function createRegistryClient(registry: Registry, time: ScaledTime, clockNow: () => number): RegistryClient {
  // A kept connection that the server ends just then would look like a registry that breaks off (Go would try again).
  const agent = new Agent({ keepAlive: false, maxSockets: 32 });
  const { hostname, port } = new URL(registry.url);

  function urlOf(host: string, path: string): string {
    const route = routeTo(host, registry, clockNow());
    return `${route.scheme}://${route.host}${path}`;
  }

  async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const cancel = time.after(delayMs, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        reject(new Error('aborted'));
      });
    });
  }

  return {
    urlOf,
    async ask(method, host, path, { headers = {}, signal }) {
      const route = routeTo(host, registry, clockNow());
      if ('error' in route) {
        if (route.waitMs > 0) await wait(route.waitMs, signal);
        throw new NoReply(route.error, /i\/o timeout/.test(route.error));
      }
      const url = `${route.scheme}://${route.host}${path}`;
      return new Promise<Reply>((resolve, reject) => {
        const outgoing = httpRequest({
          hostname,
          port,
          path,
          method,
          agent,
          signal,
          headers: { host: route.host, 'user-agent': 'containerd/v2.4.2', ...headers },
        });
        const cancel = time.after(RESPONSE_HEADER_MS, () => {
          outgoing.destroy(new NoReply('net/http: timeout awaiting response headers', true));
        });
        outgoing.once('error', (error: NodeJS.ErrnoException) => {
          cancel();
          if (signal.aborted) reject(new Error('aborted'));
          else if (error instanceof NoReply) reject(error);
          else if (error.code === 'ECONNREFUSED')
            reject(new NoReply(`dial tcp ${registry.address}: connect: connection refused`));
          else reject(new NoReply('EOF'));
        });
        outgoing.once('response', (incoming) => {
          cancel();
          const chunks: Buffer[] = [];
          function finish(isCutShort: boolean): void {
            if (signal.aborted) {
              reject(new Error('aborted'));
              return;
            }
            const status = incoming.statusCode ?? 0;
            resolve({
              status,
              headers: incoming.headers as Record<string, string | undefined>,
              body: Buffer.concat(chunks),
              statusText: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
              url,
              isCutShort,
            });
          }
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('end', () => finish(false));
          incoming.once('error', () => finish(true));
        });
        outgoing.end();
      });
    },
    stop: () => agent.destroy(),
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One notification as it came from Alertmanager. */
export interface Notification {
  /** Milliseconds since the epoch, when its last byte was here. */
  readonly at: number;
  readonly status: 'firing' | 'resolved';
  /** Of its firing alerts. */
  readonly firing: readonly { readonly name: string; readonly cluster: string; readonly namespace: string }[];
  /** Whether it carried a bearer token. */
  readonly isAuthenticated: boolean;
  /** What the product answered; 502 = it was not there. */
  code: number;
}

/** Stands between Alertmanager and the product and notes when each notification came; changes nothing. */
export interface Relay {
  readonly url: string;
  readonly notifications: readonly Notification[];
  /** The first one that fires for this namespace, after that time, and met a living pullmedic (Alertmanager tries again). */
  firstFiring(namespace: string, after: number): Notification | undefined;
  stop(): Promise<void>;
}

const NOT_THERE = 502;

interface Body {
  readonly status?: string;
  readonly alerts?: readonly {
    readonly status?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** @param target where the product takes alerts */
export async function startRelay(target: string): Promise<Relay> {
  const notifications: Notification[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const noted = note(raw, request.headers.authorization);
      notifications.push(noted);
      forward(target, raw, request.headers.authorization).then(
        ({ code, text }) => {
          noted.code = code;
          response.writeHead(code, { 'content-type': 'application/json' }).end(text);
        },
        // As a load balancer says it; Alertmanager tries again.
        () => response.writeHead(NOT_THERE).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    notifications,
    firstFiring: (namespace, after) =>
      notifications.find(
        ({ at, code, firing }) =>
          at >= after && code !== NOT_THERE && firing.some((alert) => alert.namespace === namespace),
      ),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function note(raw: Buffer, authorization: string | undefined): Notification {
  const body = JSON.parse(raw.toString('utf8')) as Body;
  const firing = (body.alerts ?? [])
    .filter(({ status }) => status === 'firing')
    .map(({ labels }) => ({
      name: labels?.['alertname'] ?? '',
      cluster: labels?.['cluster'] ?? '',
      namespace: labels?.['namespace'] ?? '',
    }));
  return {
    at: Date.now(),
    status: body.status === 'resolved' ? 'resolved' : 'firing',
    firing,
    isAuthenticated: /^Bearer \S+$/.test(authorization ?? ''),
    code: NOT_THERE,
  };
}

async function forward(target: string, body: Buffer, authorization: string | undefined) {
  const response = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
    body: new Uint8Array(body),
  });
  return { code: response.status, text: await response.text() };
}

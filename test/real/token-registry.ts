import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { passOn } from './pass-on.ts';

/** The node takes loopback registries without TLS, and nothing else of the testbed uses this port. */
const PORT = 5_011;
const TOKEN = 'e2e-anonymous';

export const TOKEN_REGISTRY_HOST = `127.0.0.1:${PORT}`;

export interface TokenRegistry {
  stop(): Promise<void>;
}

/**
 * The testbed's open registry behind a token service, as Docker Hub has one: everybody gets a token, unless a wrong
 * password comes along. So a stale credential breaks the pull of a public image.
 */
export async function startTokenRegistry(): Promise<TokenRegistry> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, '127.0.0.1', resolve);
  });
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization } = request.headers;
  const url = new URL(request.url ?? '/', `http://${TOKEN_REGISTRY_HOST}`);
  if (url.pathname === '/token') {
    // containerd tries OAuth's POST with the password in the body first, then GET with Basic.
    if (authorization !== undefined || request.method === 'POST')
      return refuse(response, 'incorrect username or password');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token: TOKEN, access_token: TOKEN, expires_in: 300 }));
    return;
  }
  if (authorization !== `Bearer ${TOKEN}`) {
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1];
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
    const challenge = `Bearer realm="http://${TOKEN_REGISTRY_HOST}/token",service="e2e"${scope}`;
    return refuse(response, 'authentication required', { 'www-authenticate': challenge });
  }
  await passOn(request, response);
}

function refuse(response: ServerResponse, message: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(401, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message, detail: null }] }));
}

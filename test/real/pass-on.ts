import type { IncomingMessage, ServerResponse } from 'node:http';

const OPEN_REGISTRY = 'http://127.0.0.1:5000';
const KEPT_HEADERS = ['content-type', 'content-length', 'docker-content-digest', 'docker-distribution-api-version'];

/** Answers as the testbed's open registry would; the caller has asked whatever it asks first. */
export async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { accept } = request.headers;
  const upstream = await fetch(`${OPEN_REGISTRY}${request.url ?? '/'}`, {
    method: request.method ?? 'GET',
    headers: accept === undefined ? {} : { accept },
  });
  for (const name of KEPT_HEADERS) {
    const value = upstream.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  response.writeHead(upstream.status);
  response.end(new Uint8Array(await upstream.arrayBuffer()));
}

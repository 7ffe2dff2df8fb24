import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createRouter, type HttpHandler, listen } from '../../../functions/serve/http.ts';

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const servers: Server[] = [];

async function serve(handler: HttpHandler, timeoutMs = 5_000): Promise<string> {
  const routes = ['/alerts', '/alerts/{cluster}'].map((path) => ({
    method: 'POST',
    path,
    functionName: 'alert-webhook',
    handler,
    timeoutMs,
  }));
  const route = createRouter(routes, { clock: { now: () => 1_700_000_000_000 }, log: LOG });
  const server = await listen(
    async (request, response) => {
      if (!(await route(request, response))) response.writeHead(404).end();
    },
    { host: '127.0.0.1', port: 0 },
  );
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('the HTTP edge of one process', () => {
  it('hands a request over as API Gateway would', async () => {
    const seen: APIGatewayProxyEventV2[] = [];
    const url = await serve(async (event) => {
      seen.push(event);
      return { statusCode: 202, headers: { 'x-test': 'yes' }, body: '{"accepted":1}' };
    });
    const response = await fetch(`${url}/alerts/prod%2Deu?a=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: '{"ü":1}',
    });
    expect([response.status, response.headers.get('x-test'), await response.text()]).toEqual([
      202,
      'yes',
      '{"accepted":1}',
    ]);
    expect(seen[0]).toMatchObject({
      version: '2.0',
      routeKey: 'POST /alerts/{cluster}',
      rawPath: '/alerts/prod%2Deu',
      rawQueryString: 'a=1',
      pathParameters: { cluster: 'prod-eu' },
      headers: { authorization: 'Bearer x' },
      body: '{"ü":1}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', sourceIp: '127.0.0.1' } },
    });
  });

  it.each([
    { what: 'bytes that are no text', body: Buffer.from([0xff, 0xfe, 0x00]), type: 'application/json' },
    { what: 'a body without a text type', body: Buffer.from('x'), type: 'application/octet-stream' },
  ])('hands $what over in base64', async ({ body, type }) => {
    const seen: APIGatewayProxyEventV2[] = [];
    const url = await serve(async (event) => {
      seen.push(event);
      return { statusCode: 204 };
    });
    await fetch(`${url}/alerts`, { method: 'POST', headers: { 'content-type': type }, body });
    expect(seen[0]).toMatchObject({ isBase64Encoded: true, body: body.toString('base64') });
  });

  it.each([
    { what: 'another path', path: '/alert', method: 'POST' },
    { what: 'another method', path: '/alerts', method: 'PUT' },
    { what: 'a deeper path', path: '/alerts/a/b', method: 'POST' },
    { what: 'an empty cluster', path: '/alerts/', method: 'POST' },
  ])('leaves $what to others', async ({ path, method }) => {
    const url = await serve(async () => ({ statusCode: 202 }));
    expect((await fetch(`${url}${path}`, { method })).status).toBe(404);
  });

  it('answers 413 above what the gateway takes, without calling the function', async () => {
    let calls = 0;
    const url = await serve(async () => {
      calls += 1;
      return { statusCode: 202 };
    });
    const response = await fetch(`${url}/alerts`, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect([response.status, calls]).toEqual([413, 0]);
  });

  it.each([
    { what: 'crashes', handler: async () => Promise.reject(new Error('bug')), status: 500 },
    { what: 'never ends', handler: () => new Promise<never>(() => undefined), status: 503 },
  ])('answers $status when the function $what: Alertmanager tries again', async ({ handler, status }) => {
    const url = await serve(handler, 50);
    expect((await fetch(`${url}/alerts`, { method: 'POST', body: '{}' })).status).toBe(status);
  });
});

import { spawn } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../real/free-ports.ts';
import { findProgram } from '../real/processes.ts';
import { until } from '../support/until.ts';

const MODULE = join(import.meta.dirname, '../../infra/prometheus/blackbox.yml');
const program = await findProgram('blackbox_exporter', 'prometheus-blackbox-exporter');
if (program === undefined) {
  console.warn('SKIPPED: no blackbox exporter on this machine, so its module is not held against it');
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/open/v2/': (response) => response.writeHead(200, JSON_TYPE).end('{}'),
  '/password/v2/': (response) =>
    response
      .writeHead(401, { ...JSON_TYPE, 'www-authenticate': 'Bearer realm="https://auth.example.com/token"' })
      .end('{"errors":[{"code":"UNAUTHORIZED"}]}'),
  '/forbidden/v2/': (response) => response.writeHead(403, JSON_TYPE).end('{"errors":[{"code":"DENIED"}]}'),
  '/limited/v2/': (response) => response.writeHead(429, JSON_TYPE).end('{"errors":[{"code":"TOOMANYREQUESTS"}]}'),
  '/unavailable/v2/': (response) => response.writeHead(503).end('service unavailable'),
  '/moved/v2/': (response) => response.writeHead(302, { location: '/open/v2/' }).end(),
  '/portal/v2/': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><HTML>'),
};

(program === undefined ? describe.skip : describe)('the module for the blackbox exporter', () => {
  let registries: Server;
  let exporter: ReturnType<typeof spawn> | undefined;
  let [base, probes] = ['', ''];

  beforeAll(async () => {
    registries = createServer((request, response) => {
      const answer = ANSWERS[request.url ?? ''];
      if (answer === undefined) response.writeHead(404).end();
      else answer(response);
    });
    await new Promise<void>((resolve) => registries.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(registries.address() as AddressInfo).port}`;
    const port = await freePort();
    probes = `http://127.0.0.1:${port}/probe`;
    exporter = spawn(program ?? '', [`--config.file=${MODULE}`, `--web.listen-address=127.0.0.1:${port}`], {
      stdio: 'ignore',
    });
    await until('the blackbox exporter answers', 10, () =>
      fetch(`http://127.0.0.1:${port}/-/healthy`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => exporter?.once('exit', resolve));
    exporter?.kill();
    await ended;
    registries.closeAllConnections();
    await new Promise((resolve) => registries.close(resolve));
  });

  it.each([
    { registry: 'open', is: 1 },
    { registry: 'password', is: 1 },
    { registry: 'forbidden', is: 0 },
    { registry: 'limited', is: 0 },
    { registry: 'unavailable', is: 0 },
    { registry: 'moved', is: 0 },
    { registry: 'portal', is: 0 },
    { registry: 'unknown', is: 0 },
  ])('says $is of a registry that is $registry', async ({ registry, is }) => {
    const target = encodeURIComponent(`${base}/${registry}/v2/`);
    const text = await (await fetch(`${probes}?module=registry&target=${target}`)).text();
    expect(text).toContain(`\nprobe_success ${is}\n`);
  });

  it('says 0 of a registry that nothing listens for', async () => {
    const target = encodeURIComponent(`http://127.0.0.1:${await freePort()}/v2/`);
    expect(await (await fetch(`${probes}?module=registry&target=${target}`)).text()).toContain('\nprobe_success 0\n');
  });
});

import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetch } from 'undici';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import { registryDispatcher } from '../../infra/local/registry/dispatcher.ts';
import { createRegistry, type Registry } from '../../infra/local/registry/registry.ts';

const ECR_HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

let now = Date.parse('2026-11-22T12:00:00Z');
let ecr: Ecr;
let registry: Registry;

beforeEach(async () => {
  now = Date.parse('2026-11-22T12:00:00Z');
  ecr = await createEcr({ clock: { now: () => now } });
  registry = await createRegistry({ tokens: ecr.tokens });
});

afterEach(async () => {
  await registry.stop();
  await ecr.stop();
});

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Asks as a client does that resolved the host to the embedded registry. */
async function ask(
  host: string,
  path: string,
  options: { method?: string; authorization?: string } = {},
): Promise<Got> {
  const { method = 'GET', authorization } = options;
  const { hostname, port } = new URL(registry.url);
  return new Promise((resolve, reject) => {
    const headers = { host, ...(authorization && { authorization }) };
    const outgoing = request({ hostname, port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function bearer(host: string, scope: string, authorization?: string): Promise<string> {
  const path = `/token?scope=${encodeURIComponent(`repository:${scope}:pull`)}&service=x`;
  const { text } = await ask(host, path, authorization === undefined ? {} : { authorization });
  return `Bearer ${(JSON.parse(text) as { token: string }).token}`;
}

describe('an open registry', () => {
  it('answers GET /v2/ at its own address to any client', async () => {
    const answer = await globalThis.fetch(`${registry.url}/v2/`);
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
  });

  it('serves manifest, config and layer with the digests that it names', async () => {
    const digest = registry.addImage('registry.example.com/team/app:v1', { platforms: ['linux/amd64'] });
    const path = '/v2/team/app/manifests/v1';
    const head = await ask('registry.example.com', path, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'docker-content-digest': digest } });
    const manifest = await ask('registry.example.com', path);
    expect(manifest.headers['content-length']).toBe(head.headers['content-length']);
    const { config, layers } = JSON.parse(manifest.text) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const one of [config, ...layers]) {
      expect((await ask('registry.example.com', `/v2/team/app/blobs/${one.digest}`)).status).toBe(200);
    }
  });

  it('gives an index for several platforms and the same digest for the same content', () => {
    const first = registry.addImage('registry.example.com/team/app:v1');
    expect(registry.addImage('registry.example.com/team/app:v1')).toBe(first);
    expect(registry.addImage('registry.example.com/team/app:v1', { seed: 'rebuilt' })).not.toBe(first);
  });

  it.each([
    { path: '/v2/team/app/manifests/v9', status: 404, code: 'MANIFEST_UNKNOWN' },
    { path: '/v2/team/nope/manifests/v1', status: 404, code: 'NAME_UNKNOWN' },
    { path: '/v2/team/nope/tags/list', status: 404, code: 'NAME_UNKNOWN' },
    { path: `/v2/team/app/blobs/sha256:${'0'.repeat(64)}`, status: 404, code: 'BLOB_UNKNOWN' },
  ])('answers $path with $status $code', async ({ path, status, code }) => {
    registry.addImage('registry.example.com/team/app:v1');
    const answer = await ask('registry.example.com', path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code }] });
  });

  it('lists tags, and not the one that was removed', async () => {
    registry.addImage('registry.example.com/team/app:v1');
    registry.addImage('registry.example.com/team/app:v2');
    expect(registry.removeTag('registry.example.com/team/app:v1')).toBe(true);
    expect(registry.removeTag('registry.example.com/team/app:v1')).toBe(false);
    const { text } = await ask('registry.example.com', '/v2/team/app/tags/list');
    expect(JSON.parse(text)).toEqual({ name: 'team/app', tags: ['v2'] });
  });

  it('takes no writes and knows no other host', async () => {
    registry.addImage('registry.example.com/team/app:v1');
    const put = await ask('registry.example.com', '/v2/team/app/manifests/v1', { method: 'PUT' });
    expect(put.status).toBe(405);
    expect((await ask('nowhere.example.net', '/v2/')).status).toBe(421);
    expect(registry.lookup('nowhere.example.net')).toBeUndefined();
    expect((await ask(registry.address, '/host/registry.example.com/v2/')).status).toBe(200);
  });
});

describe('registries that ask for credentials', () => {
  it('a password: 401 with a Basic challenge without it and with a wrong one', async () => {
    registry.addImage('private.example.com/team/app:v1');
    const path = '/v2/team/app/manifests/v1';
    expect(await ask('private.example.com', path)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="Registry Realm"' },
    });
    expect((await ask('private.example.com', path, { authorization: basic('puller', 'x') })).status).toBe(401);
    expect((await ask('private.example.com', path, { authorization: basic('puller', 's3cret') })).status).toBe(200);
  });

  it('Docker Hub: a token for anybody, insufficient_scope alike for private and missing', async () => {
    registry.addImage('nginx:1.27');
    registry.addImage('acme/private:v1', { isPrivate: true });
    registry.setCredentials('docker.io', 'acme', 'pw');
    const path = '/v2/library/nginx/manifests/1.27';
    expect((await ask('registry-1.docker.io', path)).headers['www-authenticate']).toBe(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
    );
    const open = await bearer('auth.docker.io', 'library/nginx');
    const nginx = await ask('registry-1.docker.io', path, { authorization: open });
    expect(nginx).toMatchObject({ status: 200, headers: { 'ratelimit-limit': '100;w=21600' } });
    for (const name of ['acme/private', 'acme/missing']) {
      const authorization = await bearer('auth.docker.io', name);
      const answer = await ask('registry-1.docker.io', `/v2/${name}/manifests/v1`, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
    const own = await bearer('auth.docker.io', 'acme/private', basic('acme', 'pw'));
    const answer = await ask('registry-1.docker.io', '/v2/acme/private/manifests/v1', { authorization: own });
    expect(answer.status).toBe(200);
    const wrong = await ask('auth.docker.io', '/token?scope=repository:acme/private:pull', {
      authorization: basic('acme', 'x'),
    });
    expect(wrong.status).toBe(401);
    // A token for one repository opens no other.
    const stolen = await ask('registry-1.docker.io', '/v2/acme/private/manifests/v1', { authorization: open });
    expect(stolen.status).toBe(401);
  });

  it('Docker Hub limits GET and not HEAD', async () => {
    registry.addImage('redis:7.2');
    registry.setRateLimited('docker.io', true, ['library/redis']);
    const authorization = await bearer('auth.docker.io', 'library/redis');
    const path = '/v2/library/redis/manifests/7.2';
    const head = await ask('registry-1.docker.io', path, { method: 'HEAD', authorization });
    expect(head).toMatchObject({ status: 200, headers: { 'ratelimit-remaining': '0;w=21600' } });
    const get = await ask('registry-1.docker.io', path, { authorization });
    expect(get.status).toBe(429);
    expect(get.text).toContain('toomanyrequests'.toUpperCase());
    registry.setRateLimited('docker.io', false);
    expect((await ask('registry-1.docker.io', path, { authorization })).status).toBe(200);
  });

  it('GHCR refuses at its token endpoint', async () => {
    registry.addImage('ghcr.io/acme/open:v1');
    const denied = await ask('ghcr.io', '/token?scope=repository:acme/private:pull');
    expect(denied.status).toBe(403);
    const authorization = await bearer('ghcr.io', 'acme/open');
    expect((await ask('ghcr.io', '/v2/acme/open/manifests/v1', { authorization })).status).toBe(200);
  });

  it('ECR: 401 without, 403 expired, 401 of another region, 404 with words of its own', async () => {
    registry.addImage(`${ECR_HOST}/shop:v1`);
    const path = '/v2/shop/manifests/v1';
    const none = await ask(ECR_HOST, path);
    expect(none).toMatchObject({ status: 401, text: 'Not Authorized\n' });
    const { password } = ecr.tokens.issue('eu-west-1');
    const authorization = basic('AWS', password);
    expect((await ask(ECR_HOST, path, { authorization })).status).toBe(200);
    expect((await ask(ECR_HOST, '/v2/shop/manifests/v2', { authorization })).text).toContain(
      'Requested image not found',
    );
    const elsewhere = basic('AWS', ecr.tokens.issue('us-east-1').password);
    expect((await ask(ECR_HOST, path, { authorization: elsewhere })).status).toBe(401);
    now += 12 * 3600_000;
    const expired = await ask(ECR_HOST, path, { authorization });
    expect(expired.status).toBe(403);
    expect(expired.text).toContain('Your authorization token has expired. Reauthenticate and try again.');
    expect(registry.lookup(`${ECR_HOST}.evil.example`)).toBeUndefined();
  });
});

describe('registries that fail', () => {
  it.each([
    { host: 'ratelimited.example.com', status: 429 },
    { host: 'forbidden.example.com', status: 403 },
    { host: 'broken.example.com', status: 500 },
    { host: 'unavailable.example.com', status: 503 },
  ])('$host answers $status', async ({ host, status }) => {
    expect((await ask(host, '/v2/team/app/manifests/v1')).status).toBe(status);
  });

  it('hangs while frozen, drops what hung when thawed, and answers again', async () => {
    registry.addImage('registry.example.com/team/app:v1');
    registry.freeze('registry.example.com');
    let isSettled = false;
    const hanging = ask('registry.example.com', '/v2/').catch((error: Error) => error.message);
    void hanging.then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(isSettled).toBe(false);
    registry.freeze('registry.example.com', false);
    expect(await hanging).toMatch(/socket hang up|ECONNRESET/);
    expect((await ask('registry.example.com', '/v2/')).status).toBe(200);
  });

  it('stops within a second although a client hangs', async () => {
    const other = await createRegistry({});
    other.freeze('registry.example.com');
    const { hostname, port } = new URL(other.url);
    const hanging = new Promise((resolve) => {
      request({ hostname, port, path: '/v2/', headers: { host: 'registry.example.com' } })
        .once('error', resolve)
        .end();
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await other.stop();
    await hanging;
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it('the dispatcher takes https of every host of the table to loopback, and fails for any other as DNS does', async () => {
  registry.addImage('nginx:1.27');
  const dispatcher = registryDispatcher(registry);
  const token = await fetch('https://auth.docker.io/token?scope=repository:library/nginx:pull', { dispatcher });
  const { token: value } = (await token.json()) as { token: string };
  const answer = await fetch('https://registry-1.docker.io/v2/library/nginx/manifests/1.27', {
    dispatcher,
    headers: { authorization: `Bearer ${value}` },
  });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  const failure = await fetch('https://nowhere.example.net/v2/', { dispatcher }).catch((error: Error) => error.cause);
  expect(failure).toMatchObject({ code: 'ENOTFOUND' });
  await dispatcher.close();
});

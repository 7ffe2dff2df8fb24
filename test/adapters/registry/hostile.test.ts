import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { basic, credential, openRegistry, type TestRegistryOptions } from './ask.ts';
import { createTestAuthority } from './certificates.ts';
import { answerJson, answerManifest, type Respond, startServer } from './test-registry.ts';

const SECRETS = [credential('ann', 'hunter2-hunter2-hunter2')];
const authority = createTestAuthority();
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(respond: Respond, names?: readonly string[]) {
  const server = await startServer(respond, names && authority.issue(names));
  open.push(server.close);
  return server;
}

async function start(respond: Respond, options: Partial<TestRegistryOptions> = {}) {
  const server = await serve(respond);
  const registry = openRegistry({ entries: [{ host: server.address, allowPrivate: true }], ...options });
  return { server, image: `${server.address}/team/app:1.27`, registry };
}

const challenge = (value: string) => ({ 'www-authenticate': value });

describe('credentials stay with their registry', () => {
  it.each([
    { name: 'another https host', realm: (port: number) => `https://127.0.0.1:${port}/token`, isAllowable: true },
    { name: 'another http host', realm: (port: number) => `http://127.0.0.1:${port}/token` },
    { name: 'a user in the address', realm: (_: number, own: string) => `http://${own}@127.0.0.1:1/token` },
    { name: 'its own host with a user', realm: (_: number, own: string) => `http://x:y@${own}/token` },
    {
      name: 'a look-alike',
      realm: (port: number) => `https://127.0.0.1.evil.example:${port}/token`,
      isAllowable: true,
    },
    { name: 'a file', realm: () => 'file:///etc/passwd' },
    { name: 'nonsense', realm: () => '//[' },
  ])('whose token service is $name: it is not asked', async ({ realm, isAllowable = false }) => {
    const evil = await serve((_, response) => answerJson(response, 200, { token: 'evil' }), ['127.0.0.1', 'localhost']);
    const { server, registry, image } = await start(({ host }, response) => {
      response.writeHead(401, challenge(`Bearer realm="${realm(evil.port, host)}",service="x"`)).end();
    });
    const { answer, gaps } = await registry.ask(image, { credentials: SECRETS });
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain('which is not known to belong to it');
    expect(gaps[0]?.why.includes('realmHosts:')).toBe(isAllowable);
    expect(evil.requests).toEqual([]);
    expect(server.requests).toMatchObject([{ authorization: undefined }]);
  });

  it('asks the token service that its entry names, over TLS, and no other', async () => {
    const realm = await serve((_, response) => answerJson(response, 200, { access_token: 'good' }), ['auth.test']);
    const server = await serve(
      ({ authorization }, response) => {
        if (authorization === 'Bearer good') answerManifest(response);
        else response.writeHead(401, challenge(`Bearer realm="https://auth.test:${realm.port}/t?a=b"`)).end();
      },
      ['registry.test'],
    );
    const host = `registry.test:${server.port}`;
    const registry = openRegistry({
      entries: [{ host, allowPrivate: true, caBundle: 'env:CA', realmHosts: [`auth.test:${realm.port}`] }],
      dns: { 'registry.test': [['127.0.0.1']], 'auth.test': [['127.0.0.1']] },
      caBundle: authority.certificate,
    });
    const { answer, gaps } = await registry.ask(`${host}/team/app:1`, { credentials: SECRETS });
    expect(gaps).toEqual([]);
    expect(answer?.attempts).toMatchObject([{ credential: { secret: 'ann' }, result: 'found' }]);
    expect(realm.requests).toMatchObject([
      {
        path: '/t?a=b&scope=repository%3Ateam%2Fapp%3Apull',
        authorization: basic('ann', 'hunter2-hunter2-hunter2'),
      },
    ]);
  });

  it('follows no redirect to another host', async () => {
    const evil = await serve((_, response) => answerManifest(response));
    const { server, registry, image } = await start(({ authorization }, response) => {
      if (authorization === undefined) response.writeHead(401, challenge('Basic realm="x"')).end();
      else response.writeHead(307, { location: `http://${evil.address}/v2/team/app/manifests/1.27` }).end();
    });
    const { answer, gaps } = await registry.ask(image, { credentials: SECRETS });
    expect(answer?.attempts).toMatchObject([
      { credential: { secret: 'ann' }, result: 'unavailable', httpStatus: 307 },
      { credential: undefined, result: 'unauthorized' },
    ]);
    expect(gaps).toMatchObject([{ why: `it leads to ${evil.address}` }]);
    expect(evil.requests).toEqual([]);
    expect(server.requests).toHaveLength(2);
  });

  it('follows one on the same host without the credential, and blames the credential for nothing', async () => {
    const { server, registry, image } = await start(({ authorization, path }, response) => {
      if (path.startsWith('/moved')) response.writeHead(403).end();
      else if (authorization === undefined) response.writeHead(401, challenge('Basic realm="x"')).end();
      else response.writeHead(307, { location: '/moved' }).end();
    });
    const { answer } = await registry.ask(image, { credentials: SECRETS });
    expect(answer?.attempts).toMatchObject([{ result: 'unavailable', httpStatus: 403 }, { result: 'unauthorized' }]);
    expect(server.requests.filter(({ path }) => path === '/moved')).toMatchObject([{ authorization: undefined }]);
  });

  it('gives up a redirect that never ends', async () => {
    const { server, registry, image } = await start((_, response) =>
      response.writeHead(302, { location: '/again' }).end(),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'unavailable', httpStatus: 302 }]);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    'docker.io.evil.example',
    'evil-ghcr.io',
    'ghcr.io:8443',
    'registry.internal',
    '169.254.169.254',
    '2130706433:443',
  ])('asks nobody of the name %s', async (host) => {
    const registry = openRegistry({ accounts: [{ id: '123456789012', roleArn: undefined }] });
    const { answer, gaps } = await registry.ask(`${host}/team/app:1`, { credentials: SECRETS }).catch(() => ({
      answer: undefined,
      gaps: [{ what: 'no image', why: '`registries:`' }],
    }));
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain('`registries:`');
    expect(registry.resolved).toEqual([]);
  });

  it('sends no credential whose key is for something else', async () => {
    const { server, registry, image } = await start((_, response) => response.writeHead(401, challenge('Basic')).end());
    const keys = [
      'registry.example.com',
      '127.0.0.1:1',
      `${server.address}/other`,
      `https://${server.address}.evil.example`,
    ];
    const credentials = keys.map((key) => credential('ann', 'pw', key));
    const { answer, gaps } = await registry.ask(image, { credentials });
    expect(answer?.attempts).toMatchObject([{ credential: undefined, result: 'unauthorized' }]);
    expect(gaps.map(({ what }) => what)).toEqual(keys.map(() => 'a credential of secret shop/ann was not tried'));
    expect(server.requests).toMatchObject([{ authorization: undefined }]);
  });

  it('asks ECR of configured accounts only', async () => {
    const registry = openRegistry({ accounts: [{ id: '111111111111', roleArn: undefined }] });
    const { answer, gaps } = await registry.ask('123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1');
    expect(answer).toBeUndefined();
    expect(gaps).toEqual([
      {
        what: 'registry 123456789012.dkr.ecr.eu-west-1.amazonaws.com was not asked',
        why: 'only ECR accounts under `ecr.accounts:` are asked; to allow it, configure `ecr: { accounts: [{ id: "123456789012" }] }`',
      },
    ]);
    expect(registry.resolved).toEqual([]);
  });

  it('says none of what it was given or sent, whatever fails', async () => {
    const secret = 'hunter2-hunter2-hunter2';
    const leaks: Respond[] = [
      ({ authorization }, response) =>
        response.writeHead(307, { location: `https://${authorization}@evil.example/` }).end(),
      ({ authorization = '' }, response) => {
        if (authorization === '') response.writeHead(401, challenge('Basic realm="x"')).end();
        else response.writeHead(302, { location: `https://evil.example/?${secret}#${authorization}` }).end();
      },
      ({ authorization = '' }, response) => {
        if (authorization === '') response.writeHead(401, challenge('Basic realm="x"')).end();
        else answerJson(response, 403, { errors: [{ code: secret, message: authorization }] });
      },
    ];
    for (const leak of leaks) {
      const { registry, image } = await start(leak);
      const reply = await registry.ask(image, { credentials: SECRETS });
      const text = JSON.stringify(reply);
      expect(text).not.toContain(secret);
      expect(text).not.toContain(basic('ann', secret).slice(6));
    }
  });
});

describe('addresses', () => {
  it.each([
    '10.0.0.5',
    '127.0.0.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fd00:ec2::254',
    '::ffff:10.0.0.5',
    '64:ff9b::a00:5',
    '2002:a00:5::1',
  ])('does not connect to a name that leads to %s', async (address) => {
    const registry = openRegistry({
      entries: [{ host: 'registry.test' }],
      // One public address beside it does not help.
      dns: { 'registry.test': [['93.184.216.34', address]] },
    });
    const { answer, gaps } = await registry.ask('registry.test/app:1', { credentials: SECRETS });
    expect(answer).toBeUndefined();
    expect(gaps[0]).toMatchObject({ what: 'registry registry.test could not be asked' });
    expect(gaps[0]?.why).toMatch(/^it is at .*, a (?:private|link-local|metadata|reserved) address/);
    expect(registry.resolved).toEqual(['registry.test']);
  });

  it.each([
    '169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '::ffff:169.254.169.254',
  ])('does not connect to %s even where private addresses are allowed', async (address) => {
    const registry = openRegistry({
      entries: [{ host: 'registry.test', allowPrivate: true }],
      dns: { 'registry.test': [[address]] },
    });
    const { answer, gaps } = await registry.ask('registry.test/app:1');
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/a (?:link-local|metadata) address$/);
  });

  it.each(['169.254.169.254', '0x7f000001', '017700000001'])('does not ask a configured %s', async (host) => {
    const registry = openRegistry({
      entries: [{ host: `${host}:80`, allowPrivate: true, proxy: 'http://127.0.0.1:1' }],
    });
    const { answer, gaps } = await registry.ask(`${host}:80/app:1`);
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/a link-local address|in a notation that hides it/);
  });

  it('connects to what was resolved and checked, whatever the name leads to a moment later', async () => {
    const server = await serve((_, response) => answerManifest(response), ['registry.test']);
    const registry = openRegistry({
      entries: [{ host: `registry.test:${server.port}`, allowPrivate: true, caBundle: 'env:CA' }],
      dns: { 'registry.test': [['127.0.0.1'], ['169.254.169.254']] },
      caBundle: authority.certificate,
    });
    const image = `registry.test:${server.port}/app:1`;
    expect((await registry.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    expect(registry.resolved).toEqual(['registry.test']);
    // While the connection lives the next question takes it, and no resolver is asked what it says now.
    registry.advance(300_000);
    expect((await registry.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    expect(registry.resolved).toEqual(['registry.test']);
    expect(server.requests).toHaveLength(2);
  });

  it('refuses a name that leads to an internal address by now', async () => {
    const server = await serve((_, response) => answerManifest(response), ['registry.test']);
    const entries = [{ host: `registry.test:${server.port}`, allowPrivate: true, caBundle: 'env:CA' as const }];
    const caBundle = authority.certificate;
    const image = `registry.test:${server.port}/app:1`;
    const before = openRegistry({ entries, dns: { 'registry.test': [['127.0.0.1']] }, caBundle });
    expect((await before.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    const after = openRegistry({ entries, dns: { 'registry.test': [['169.254.169.254']] }, caBundle });
    expect((await after.ask(image)).gaps[0]?.why).toContain('a link-local address');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    { name: 'does not resolve', dns: {}, why: 'its name does not resolve (ENOTFOUND)' },
    { name: 'refuses the connection', dns: { 'registry.test': [['127.0.0.1']] }, why: 'the connection was refused' },
  ])('says of a host that $name', async ({ dns, why }) => {
    const registry = openRegistry({ entries: [{ host: 'registry.test:1', allowPrivate: true }], dns });
    const { answer, gaps } = await registry.ask('registry.test:1/app:1');
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain(why);
  });

  it.each([
    { name: 'an unknown authority', names: ['registry.test'], caBundle: createTestAuthority().certificate },
    { name: 'another name', names: ['other.test'], caBundle: authority.certificate },
  ])('trusts no certificate of $name', async ({ names, caBundle }) => {
    const server = await serve((_, response) => answerManifest(response), names);
    const host = `registry.test:${server.port}`;
    const registry = openRegistry({
      entries: [{ host, allowPrivate: true, caBundle: 'env:CA' }],
      dns: { 'registry.test': [['127.0.0.1']] },
      caBundle,
    });
    const { answer, gaps } = await registry.ask(`${host}/app:1`, { credentials: SECRETS });
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/^TLS failed: /);
    expect(server.requests).toEqual([]);
  });

  it('speaks TLS to a private host that is not loopback by its name', async () => {
    const server = await serve((_, response) => answerManifest(response));
    const host = `registry.test:${server.port}`;
    const registry = openRegistry({
      entries: [{ host, allowPrivate: true }],
      dns: { 'registry.test': [['127.0.0.1']] },
    });
    expect((await registry.ask(`${host}/app:1`)).answer).toBeUndefined();
    expect(server.requests).toEqual([]);
  });

  it('does not ask where the caBundle cannot be read', async () => {
    const { server, registry, image } = await start((_, response) => answerManifest(response), {});
    expect((await registry.ask(image)).answer).toBeDefined();
    const without = openRegistry({ entries: [{ host: server.address, allowPrivate: true, caBundle: 'env:NONE' }] });
    const { answer, gaps } = await without.ask(image);
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain('env:NONE: does not exist');
    expect(server.requests).toHaveLength(1);
  });
});

describe('bodies', () => {
  const afterHead =
    (body: Respond): Respond =>
    (request, response, raw) => {
      if (request.method === 'HEAD')
        response.writeHead(404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
      else body(request, response, raw);
    };

  it('cuts one of a gigabyte', async () => {
    const CHUNK = Buffer.alloc(64 * 1024, 'a');
    let sent = 0;
    const { registry, image } = await start(
      afterHead((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = () => {
          while (!response.destroyed && sent < 1e9) {
            sent += CHUNK.length;
            if (!response.write(CHUNK)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      }),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'manifest-unknown', httpStatus: 404 }]);
    expect(answer?.tags).toBeUndefined();
    // Two bodies of 1 MiB and what was in flight.
    expect(sent).toBeLessThan(50e6);
  });

  it('does not wait for one byte at a time beyond its end', async () => {
    const timers: NodeJS.Timeout[] = [];
    const { registry, image } = await start(
      afterHead((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        timers.push(setInterval(() => response.write('['), 20));
      }),
      { deps: { timeoutMs: 300 } },
    );
    const startedAt = performance.now();
    const { answer, gaps } = await registry.ask(image);
    for (const timer of timers) clearInterval(timer);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(answer?.attempts).toMatchObject([{ result: 'manifest-unknown' }]);
    expect(gaps).toMatchObject([{ why: 'there was no answer in time' }]);
  });

  it('unpacks nothing', async () => {
    const bomb = gzipSync(JSON.stringify({ tags: ['1.28'], filler: 'a'.repeat(5e6) }));
    const { registry, image } = await start(
      afterHead((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.tags).toBeUndefined();
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { basic, credential, openRegistry } from './ask.ts';
import { startedRegistries } from './started.ts';
import { answerJson, answerManifest, type Respond } from './test-registry.ts';

const SECRETS = [credential('ann', 'hunter2-hunter2-hunter2')];
const { authority, serve, start } = startedRegistries();

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

import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { basic, credential, openRegistry } from './ask.ts';
import { createTestAuthority } from './certificates.ts';
import { answerJson, type Respond, startProxy, startServer } from './test-registry.ts';

const authority = createTestAuthority();
const HUB = ['registry-1.docker.io', 'auth.docker.io', 'production.cloudflare.docker.com', 'storage.example.com'];
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const config = JSON.stringify({ os: 'linux', architecture: 'amd64' });
const configDigest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: configDigest } });

/** Docker Hub with one image of one platform, whose blobs are elsewhere. */
function dockerHub(storage: string): Respond {
  return ({ host, path, authorization, method }, response) => {
    if (host === 'auth.docker.io') answerJson(response, 200, { token: 'T', expires_in: 300 });
    else if (host !== 'registry-1.docker.io') response.writeHead(200).end(config);
    else if (authorization !== 'Bearer T') {
      const realm = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
      response.writeHead(401, { 'www-authenticate': realm }).end();
    } else if (path.includes('/blobs/')) response.writeHead(307, { location: `https://${storage}/blob?sig=x` }).end();
    else {
      response.writeHead(200, { 'content-type': 'application/vnd.docker.distribution.manifest.v2+json' });
      response.end(method === 'HEAD' ? undefined : manifest);
    }
  };
}

async function start(storage: string, certificateNames = HUB) {
  const server = await startServer(dockerHub(storage), authority.issue(certificateNames));
  const proxy = await startProxy(server.port);
  open.push(proxy.close, server.close);
  const registry = openRegistry({
    entries: [{ host: 'docker.io', proxy: proxy.url, caBundle: 'env:CA' }],
    caBundle: authority.certificate,
  });
  const ask = () =>
    registry.ask('nginx:1.27', { credentials: [credential('ann', 'pw', 'docker.io')], wantsPlatforms: true });
  return { server, proxy, registry, ask };
}

describe('through a proxy that breaks TLS with an authority of its own', () => {
  it('asks Docker Hub, its token service and its storage, and resolves nothing itself', async () => {
    const { server, proxy, registry, ask } = await start('production.cloudflare.docker.com');
    const { answer, gaps } = await ask();
    expect(gaps).toEqual([]);
    expect(answer).toMatchObject({
      host: 'registry-1.docker.io',
      vantage: 'asked by pullmedic through 127.0.0.1',
      attempts: [{ credential: { secret: 'ann' }, result: 'found' }],
      platforms: [{ os: 'linux', architecture: 'amd64' }],
    });
    expect(registry.resolved).toEqual([]);
    expect(new Set(proxy.connects)).toEqual(
      new Set(['registry-1.docker.io:443', 'auth.docker.io:443', 'production.cloudflare.docker.com:443']),
    );
    // The password is for the token service, the token for the registry, and storage gets neither.
    expect(server.requests.map(({ host, authorization }) => [host, authorization])).toEqual([
      ['registry-1.docker.io', undefined],
      ['auth.docker.io', basic('ann', 'pw')],
      ['registry-1.docker.io', 'Bearer T'],
      ['registry-1.docker.io', 'Bearer T'],
      ['registry-1.docker.io', 'Bearer T'],
      ['production.cloudflare.docker.com', undefined],
    ]);
    expect(server.requests[1]?.path).toBe(
      '/token?service=registry.docker.io&scope=repository%3Alibrary%2Fnginx%3Apull',
    );
  });

  it('lets no registry choose where the proxy connects to', async () => {
    const { proxy, ask } = await start('storage.example.com');
    const { answer, gaps } = await ask();
    expect(answer?.attempts).toMatchObject([{ result: 'found' }]);
    expect(gaps).toMatchObject([{ why: 'its configuration is at storage.example.com, which is not asked' }]);
    expect(proxy.connects.filter((host) => host.startsWith('storage'))).toEqual([]);
  });

  it('does not trust a certificate for another name', async () => {
    const { server, ask } = await start('storage.example.com', ['evil.example']);
    const { answer, gaps } = await ask();
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toBe('TLS failed: ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.requests).toEqual([]);
  });

  it('says what a proxy answers that does not let it through', async () => {
    const proxy = await startProxy(1, '407 Proxy Authentication Required');
    open.push(proxy.close);
    const registry = openRegistry({ entries: [{ host: 'docker.io', proxy: proxy.url }] });
    expect(await registry.ask('nginx:1.27')).toEqual({
      answer: undefined,
      gaps: [{ what: 'registry registry-1.docker.io could not be asked', why: 'its proxy answered 407' }],
    });
  });
});

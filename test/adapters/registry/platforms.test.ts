import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { basic, credential, openRegistry } from './ask.ts';
import { startServer } from './test-registry.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry with one image that wants a password, and blobs where the test says. */
async function start(
  manifest: string | Buffer,
  type: string,
  blobs: Readonly<Record<string, string>> = {},
  moved?: string,
) {
  const server = await startServer(({ method, path, authorization }, response) => {
    const digest = digestOf(manifest.toString());
    const blob = blobs[path.replace(/^.*blobs\//, '')];
    if (path.startsWith('/storage')) response.writeHead(200).end(Object.values(blobs)[0]);
    else if (authorization !== basic('ann', 'pw')) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    else if (path.includes('/blobs/') && moved !== undefined) response.writeHead(307, { location: moved }).end();
    else if (path.includes('/blobs/')) response.writeHead(blob === undefined ? 404 : 200).end(blob);
    else {
      response.writeHead(200, { 'content-type': type, 'docker-content-digest': digest });
      response.end(method === 'HEAD' ? undefined : manifest);
    }
  });
  open.push(server.close);
  const registry = openRegistry({ entries: [{ host: server.address, allowPrivate: true }] });
  const ask = (wantsPlatforms = true) =>
    registry.ask(`${server.address}/app:1`, { credentials: [credential('ann', 'pw')], wantsPlatforms });
  return { server, ask };
}

const config = JSON.stringify({ os: 'linux', architecture: 'arm64', variant: 'v8', history: [] });
const single = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf(config) }, layers: [] });

describe('platforms', () => {
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [
      { digest: 'sha256:1', platform: { os: 'linux', architecture: 'amd64' } },
      { digest: 'sha256:2', platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
      { digest: 'sha256:3', platform: { os: 'unknown', architecture: 'unknown' } },
      { digest: 'sha256:4', platform: { os: 'linux', architecture: 'amd64' } },
      { digest: 'sha256:5', platform: { os: '<!channel>', architecture: 'amd64' } },
      { digest: 'sha256:6' },
      null,
    ],
  });

  it('are those of the index, without attestations and doubles', async () => {
    const { server, ask } = await start(index, INDEX);
    const { answer, gaps } = await ask();
    expect(gaps).toEqual([]);
    expect(answer?.platforms).toEqual([
      { os: 'linux', architecture: 'amd64', variant: undefined },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ]);
    // The one GET is of what the HEAD found, not of a tag that may have moved.
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: `/v2/app/manifests/${digestOf(index)}` });
  });

  it('cost a GET, which is not made where they do not matter', async () => {
    const { server, ask } = await start(index, INDEX);
    expect((await ask(false)).answer?.platforms).toBeUndefined();
    expect(server.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('are in the configuration of a single manifest', async () => {
    const { ask } = await start(single, MANIFEST, { [digestOf(config)]: config });
    expect((await ask()).answer?.platforms).toEqual([{ os: 'linux', architecture: 'arm64', variant: 'v8' }]);
  });

  it('are read from storage without the credential', async () => {
    const { server, ask } = await start(single, MANIFEST, { [digestOf(config)]: config }, '/storage/blob');
    expect((await ask()).answer?.platforms).toHaveLength(1);
    expect(server.requests.filter(({ path }) => path.startsWith('/storage'))).toMatchObject([
      { authorization: undefined },
    ]);
  });

  it.each([
    { name: 'an internal host', location: 'https://10.0.0.5/blob', why: 'it is at 10.0.0.5, a private address' },
    { name: 'metadata', location: 'https://169.254.169.254/latest', why: 'a link-local address' },
    { name: 'loopback', location: 'https://127.0.0.1/blob', why: 'it is at 127.0.0.1, a private address' },
    { name: 'loopback in disguise', location: 'https://0x7f.1/blob', why: 'it is at 127.0.0.1, a private address' },
    { name: 'another port', location: 'https://storage.example.com:8443/', why: 'storage.example.com:8443' },
    {
      name: 'plain HTTP',
      location: 'http://storage.example.com/',
      why: 'is at storage.example.com, which is not asked',
    },
  ])('are not fetched from $name', async ({ location, why }) => {
    const { ask } = await start(single, MANIFEST, {}, location);
    const { answer, gaps } = await ask();
    expect(answer?.attempts.at(-1)).toMatchObject({ result: 'found' });
    expect(answer?.platforms).toBeUndefined();
    expect(gaps[0]?.why).toContain(why);
  });

  it.each([
    { name: 'a configuration that is another one', manifest: single, blobs: { [digestOf(config)]: '{"os":"plan9"}' } },
    { name: 'no configuration', manifest: single, blobs: {} },
    { name: 'a manifest without one', manifest: '{}', blobs: {} },
    { name: 'a manifest that is no JSON', manifest: '<html>', blobs: {} },
    { name: 'an index beyond 4 MiB', manifest: `{"manifests":[],"x":"${'a'.repeat(4.2e6)}"}`, blobs: {} },
  ])('are a gap with $name', async ({ manifest, blobs }) => {
    const { ask } = await start(manifest, MANIFEST, blobs);
    const { answer, gaps } = await ask();
    expect(answer?.platforms).toBeUndefined();
    expect(gaps).toMatchObject([{ what: 'the platforms of the image are not known' }]);
  });
});

import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { basic, credential, NOW } from './ask.ts';
import { startedRegistries } from './started.ts';
import {
  answerError,
  answerJson,
  answerManifest,
  basicRegistry,
  type ReceivedRequest,
  type Respond,
} from './test-registry.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const { serve, start } = startedRegistries();

/** As a registry with its own token service: tokens are `for <user>`; `granted` says who may pull. */
function tokenRegistry(
  granted: readonly string[],
  found: (response: ServerResponse) => void = answerManifest,
): Respond {
  return ({ path, authorization, host }, response) => {
    if (path.startsWith('/token')) {
      const user =
        Buffer.from(authorization?.slice(6) ?? '', 'base64')
          .toString()
          .split(':')[0] || 'nobody';
      if (user === 'stale') answerError(response, 401, 'UNAUTHORIZED');
      else if (user === 'banned') answerError(response, 403, 'DENIED');
      else answerJson(response, 200, { token: `for-${user}` });
    } else if (authorization === undefined) {
      const challenge = `Bearer realm="http://${host}/token",service="test",scope="repository:team/app:pull,push"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else if (granted.includes(authorization.slice('Bearer for-'.length))) found(response);
    else answerError(response, 403, 'DENIED');
  };
}

const sent = (requests: readonly ReceivedRequest[]) => requests.map(({ method, path }) => `${method} ${path}`);

describe('asking for a manifest', () => {
  it('asks a registry that wants no credential once, anonymously, and shows it none', async () => {
    const { server, registry, image } = await start((_, response) =>
      answerManifest(response, { 'docker-content-digest': DIGEST }),
    );
    const { answer, gaps } = await registry.ask(image, { credentials: [credential('ann', 's3cret')] });
    expect(gaps).toEqual([]);
    expect(answer).toEqual({
      host: server.address,
      vantage: 'asked by pullmedic',
      observedAt: NOW,
      attempts: [{ credential: undefined, result: 'found', answeredBy: 'registry', httpStatus: 200, code: undefined }],
      digest: DIGEST,
      platforms: undefined,
      tags: undefined,
      rateLimit: undefined,
      ecr: undefined,
    });
    expect(server.requests).toMatchObject([
      {
        method: 'HEAD',
        path: '/v2/team/app/manifests/1.27',
        authorization: undefined,
        userAgent: 'pullmedic/0.0.0-test',
      },
    ]);
  });

  it("tries the kubelet's credentials in order and stops at the good one", async () => {
    const { server, registry, image } = await start(
      basicRegistry('bob', 'right', (_, response) => answerManifest(response)),
    );
    const credentials = [credential('ann', 'old'), credential('bob', 'right'), credential('cid', 'unused')];
    const { answer } = await registry.ask(image, { credentials });
    expect(answer?.attempts).toMatchObject([
      { credential: { secret: 'ann' }, result: 'unauthorized', httpStatus: 401, code: 'UNAUTHORIZED' },
      { credential: { secret: 'bob' }, result: 'found', httpStatus: 200 },
    ]);
    expect(answer?.attempts.map(({ isLoginGood }) => isLoginGood)).toEqual([undefined, undefined]);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
      basic('ann', 'old'),
      basic('ann', 'old'),
      basic('bob', 'right'),
    ]);
  });

  it('finds a public image anonymously after the stale credentials were refused', async () => {
    const { server, registry, image } = await start(tokenRegistry(['nobody']));
    const credentials = [credential('stale', 'x'), credential('banned', 'x'), credential('weak', 'x')];
    const { answer, gaps } = await registry.ask(image, { credentials });
    expect(gaps).toEqual([]);
    expect(answer?.attempts).toMatchObject([
      { credential: { secret: 'stale' }, result: 'unauthorized', answeredBy: 'token-service', code: 'UNAUTHORIZED' },
      { credential: { secret: 'banned' }, result: 'forbidden', answeredBy: 'token-service', httpStatus: 403 },
      { credential: { secret: 'weak' }, result: 'forbidden', answeredBy: 'registry', code: 'DENIED' },
      { credential: undefined, result: 'found', answeredBy: 'registry', httpStatus: 200 },
    ]);
    // A token for the credential is a good login: the registry then refuses the pull, not the password.
    expect(answer?.attempts.map(({ isLoginGood }) => isLoginGood)).toEqual([undefined, undefined, true, undefined]);
    const scopes = server.requests.filter(({ path }) => path.startsWith('/token')).map(({ path }) => path);
    // The challenge asked for a push, too.
    expect(new Set(scopes)).toEqual(new Set(['/token?service=test&scope=repository%3Ateam%2Fapp%3Apull']));
  });

  it('asks a private registry without credentials for what the kubelet would get', async () => {
    const { registry, image } = await start(basicRegistry('bob', 'right', (_, response) => answerManifest(response)));
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ credential: undefined, result: 'unauthorized', httpStatus: 401 }]);
  });

  it.each([
    { name: 'busy', status: 429, headers: {}, result: 'rate-limited' },
    { name: 'down', status: 503, headers: {}, result: 'unavailable' },
    {
      name: 'a page that says yes to everything',
      status: 200,
      headers: { 'content-type': 'text/html' },
      result: 'unavailable',
    },
    { name: 'forbidding', status: 403, headers: {}, result: 'forbidden' },
    { name: 'a web server without that page', status: 404, headers: {}, result: 'unavailable' },
    { name: 'a teapot', status: 418, headers: {}, result: 'unavailable' },
  ])('$name ($status) is $result', async ({ status, headers, result }) => {
    const { registry, image } = await start((_, response) => response.writeHead(status, headers).end());
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ credential: undefined, result, httpStatus: status }]);
  });

  it('takes what is not HTTP for unavailable', async () => {
    const { registry, image } = await start((_, _response, raw) => raw.socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'unavailable', httpStatus: undefined }]);
  });

  it("reads Docker Hub's rate limit", async () => {
    const { registry, image } = await start((_, response) =>
      answerManifest(response, {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '76;w=21600',
        'docker-ratelimit-source': '192.0.2.2',
      }),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.rateLimit).toEqual({ limit: 100, windowSeconds: 21_600, remaining: 76, source: '192.0.2.2' });
  });

  it('wants a digest rather than the tag, as the runtime does', async () => {
    const { server, registry, image } = await start((_, response) => answerManifest(response));
    await registry.ask(`${image}@${DIGEST}`);
    expect(sent(server.requests)).toEqual([`HEAD /v2/team/app/manifests/${DIGEST}`]);
  });
});

describe('a manifest that is not there', () => {
  const missing =
    (tags: Respond): Respond =>
    (request, response, raw) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.path.includes('/tags/list')) tags(request, response, raw);
      else answerError(response, 404, 'MANIFEST_UNKNOWN');
    };

  it('names the tags that resemble it, read from every page of the same list', async () => {
    const { server, registry, image } = await start(
      missing(({ path }, response) => {
        if (path.includes('last=')) answerJson(response, 200, { name: 'team/app', tags: ['1.28', 'v1.27', 'main', 7] });
        else {
          const link = '</v2/team/app/tags/list?n=1000&last=1.3>; rel="next"';
          answerJson(response, 200, { name: 'team/app', tags: ['1.2', '1.18', '9.0'] }, { link });
        }
      }),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'manifest-unknown', httpStatus: 404 }]);
    expect(answer?.tags).toMatchObject({ count: 6, isComplete: true });
    expect(answer?.tags?.nearest.map(({ tag }) => tag).slice(0, 3)).toEqual(['v1.27', '1.28', '1.18']);
    expect(sent(server.requests)).toEqual([
      'HEAD /v2/team/app/manifests/1.27',
      'GET /v2/team/app/tags/list?n=1000',
      'GET /v2/team/app/tags/list?n=1000&last=1.3',
    ]);
  });

  it('follows no link to another list and says that there are more', async () => {
    const evil = await serve((_, response) => answerJson(response, 200, { tags: ['1.28'] }));
    const { server, registry, image } = await start(
      missing((_, response) =>
        answerJson(
          response,
          200,
          { tags: ['1.26'] },
          { link: `<http://${evil.address}/v2/team/app/tags/list>; rel="next"` },
        ),
      ),
    );
    const { answer, gaps } = await registry.ask(image);
    expect(gaps).toEqual([]);
    expect(answer?.tags?.nearest).toEqual([{ tag: '1.26', pushedAt: undefined }]);
    expect(server.requests).toHaveLength(2);
    expect(evil.requests).toEqual([]);
  });

  it('stops after five pages of a list without end', async () => {
    let page = 0;
    const { server, registry, image } = await start(
      missing((_, response) => {
        page += 1;
        const link = `</v2/team/app/tags/list?last=${page}>; rel="next"`;
        answerJson(response, 200, { tags: [`0.${page}`] }, { link });
      }),
    );
    const { answer } = await registry.ask(image);
    expect(answer?.tags).toMatchObject({ count: 5, isComplete: false });
    expect(server.requests).toHaveLength(6);
  });

  it('tells a repository that does not exist', async () => {
    const { registry, image } = await start(missing((_, response) => answerError(response, 404, 'NAME_UNKNOWN')));
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'repository-unknown', code: 'NAME_UNKNOWN', httpStatus: 404 }]);
    expect(answer?.tags).toBeUndefined();
  });

  it('takes the word of the manifest where tags are not listed', async () => {
    const { registry, image } = await start(missing((_, response) => answerError(response, 403, 'DENIED')));
    const { answer } = await registry.ask(image);
    expect(answer?.attempts).toMatchObject([{ result: 'manifest-unknown', code: 'MANIFEST_UNKNOWN', httpStatus: 404 }]);
  });

  it('asks no other credential once the repository was seen without it', async () => {
    const { server, registry, image } = await start(
      basicRegistry(
        'bob',
        'right',
        missing((_, response) => answerJson(response, 200, { tags: null })),
      ),
    );
    const { answer } = await registry.ask(image, { credentials: [credential('bob', 'right'), credential('cid', 'x')] });
    expect(answer?.attempts).toMatchObject([{ credential: { secret: 'bob' }, result: 'manifest-unknown' }]);
    expect(answer?.tags).toEqual({ nearest: [], count: 0, isComplete: true });
    expect(server.requests).toHaveLength(3);
  });
});

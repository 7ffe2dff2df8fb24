import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePullError } from '../../shared/domain/pull-error.ts';

describe('parsePullError', () => {
  it('reads stage, host, URL, status and image of a containerd error', () => {
    const error = parsePullError(
      'Failed to pull image "quay.io/acme/web:v1": rpc error: code = Unknown desc = failed to pull and unpack image "quay.io/acme/web:v1": failed to resolve reference "quay.io/acme/web:v1": unexpected status from HEAD request to https://quay.io/v2/acme/web/manifests/v1: 503 Service Unavailable',
    );
    expect(error).toMatchObject({
      stage: 'resolve',
      image: 'quay.io/acme/web:v1',
      host: 'quay.io',
      url: 'https://quay.io/v2/acme/web/manifests/v1',
      httpStatus: 503,
      rpcCode: 'Unknown',
      peer: 'registry',
    });
    expect(error.text).toMatch(/^failed to resolve reference/);
  });

  it.each([
    { said: 'dial tcp: lookup r.example.com on 10.0.0.2:53: i/o timeout', peer: 'resolver', host: 'r.example.com' },
    { said: 'proxyconnect tcp: dial tcp: lookup proxy.corp: no such host', peer: 'proxy', host: 'proxy.corp' },
    {
      said: 'proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
      peer: 'proxy',
      host: '10.0.0.9:3128',
    },
    { said: 'dial tcp 192.0.2.1:443: i/o timeout', peer: 'registry', host: 'r.example.com' },
  ])('tells who failed: $peer', ({ said, peer, host }) => {
    expect(parsePullError(`Get "https://r.example.com/v2/": ${said}`)).toMatchObject({ peer, host });
  });

  it('tells a token service and a mirror from the registry', () => {
    expect(parsePullError('failed to fetch oauth token: Post "https://auth.docker.io/token": EOF').peer).toBe(
      'token-service',
    );
    expect(parsePullError('Head "http://10.0.0.1:5000/v2/a/manifests/1?ns=ghcr.io": EOF')).toMatchObject({
      peer: 'mirror',
      host: '10.0.0.1:5000',
    });
    expect(
      parsePullError('transport: Error while dialing: dial unix /run/crio/crio.sock: connect: no such file').peer,
    ).toBe('runtime');
  });

  it.each([
    { text: 'pulling from host r.example.com failed with status code [manifests v1]: 401 UNAUTHORIZED', status: 401 },
    { text: 'received unexpected HTTP status: 504 Gateway Timeout', status: 504 },
    { text: 'error parsing HTTP 403 response body: invalid character', status: 403 },
    { text: 'fetching blob: invalid status code from registry 404 (Not Found)', status: 404 },
    {
      text: 'unexpected status from GET request to https://r.example.com/v2/a: 42\n9 Too Ma\nny Requests',
      status: 429,
    },
    { text: 'API error (500): no basic auth credentials', status: undefined },
    { text: 'dial tcp 192.0.2.1:443: connect: connection refused', status: undefined },
  ])('reads status $status', ({ text, status }) => {
    expect(parsePullError(text).httpStatus).toBe(status);
  });

  it.each([
    { text: 'manifest unknown: manifest unknown', code: 'MANIFEST_UNKNOWN' },
    { text: 'name unknown: repository x not known', code: 'NAME_UNKNOWN' },
    { text: 'denied: requested access to the resource is denied', code: 'DENIED' },
    { text: 'unknown blob', code: 'BLOB_UNKNOWN' },
    { text: 'toomanyrequests: slow down', code: 'TOOMANYREQUESTS' },
    { text: 'unexpected EOF', code: undefined },
  ])('reads code $code', ({ text, code }) => {
    expect(parsePullError(text).code).toBe(code);
  });

  it('reads the numbers that old kubelets print for gRPC codes', () => {
    expect(parsePullError('rpc error: code = 4 desc = context deadline exceeded').rpcCode).toBe('DeadlineExceeded');
  });

  it('lets the joined error that got furthest speak', () => {
    const error = parsePullError(
      '[failed to pull and unpack image "r.example.com/a:1": failed to resolve reference "r.example.com/a:1": failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized, rpc error: code = NotFound desc = failed to pull and unpack image "r.example.com/a:1": failed to copy: httpReadSeeker: failed open: content at https://r.example.com/v2/a/blobs/sha256:ab not found: not found]',
    );
    expect(error.parts).toHaveLength(2);
    expect(error).toMatchObject({ stage: 'fetch', httpStatus: undefined });
  });

  it('splits what containers-image says of mirrors', () => {
    const error = parsePullError(
      '(Mirrors also failed: [mirror.example.com/a:1: reading manifest 1 in mirror.example.com/a: manifest unknown]): r.example.com/a:1: pinging container registry r.example.com: Get "https://r.example.com/v2/": dial tcp: lookup r.example.com: no such host',
    );
    expect(error.parts).toHaveLength(2);
    expect(error.code).toBe('MANIFEST_UNKNOWN');
  });

  it('joins a reference that a line end broke', () => {
    expect(parsePullError('Back-off pulling image "quay.io/acme/w\n   eb:v1"').image).toBe('quay.io/acme/web:v1');
  });

  it.each(['Back-off pulling image "quay.io/acme/web:v1"', 'Error: ErrImagePull', ''])(
    'finds nothing in %j',
    (text) => {
      expect(parsePullError(text).text).toBe('');
    },
  );

  it('finds the failing line of a pasted event listing', () => {
    const error = parsePullError(
      [
        '  Normal   Pulling  9s (x2 over 30s)  kubelet  Pulling image "quay.io/acme/web:v1"',
        '  Warning  Failed   8s (x2 over 29s)  kubelet  Failed to pull image "quay.io/acme/web:v1": manifest',
        '           unknown: manifest unknown',
        '  Warning  Failed   8s (x2 over 29s)  kubelet  Error: ErrImagePull',
      ].join('\n'),
    );
    expect(error).toMatchObject({ code: 'MANIFEST_UNKNOWN', text: 'manifest unknown: manifest unknown' });
  });

  it('finds the error of a kubelet log record', () => {
    const record =
      'E1122 09:12:01.1 1 remote_image.go:180] "PullImage from image service failed" err="rpc error: code = NotFound desc = failed to resolve reference \\"quay.io/a/b:1\\": quay.io/a/b:1: not found" image="quay.io/a/b:1"';
    expect(parsePullError(record).text).toMatch(/not found$/);
  });

  it('keeps 16 KiB, without credentials', () => {
    const error = parsePullError(`Get "https://u:secret@r.example.com/v2/": EOF ${'x '.repeat(20_000)}`);
    expect(error.raw.length).toBeLessThanOrEqual(16 * 1024);
    expect(error.raw).not.toContain('secret');
    expect(error.url).not.toContain('secret');
  });

  it('ends on any text', () => {
    const piece = fc.constantFrom(
      'Failed to pull image "',
      '": ',
      'rpc error: code = ',
      ' desc = ',
      '[',
      ']',
      ', ',
      'Get "https://',
      'lookup ',
      ':53',
      '404 ',
      'not found',
      '\\n',
      '\n',
      '(Mirrors also failed: [',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
        ),
        (text) => {
          expect(parsePullError(text).raw.length).toBeLessThanOrEqual(Math.max(text.length * 12, 16));
        },
      ),
    );
  });

  it.each([
    '[',
    '"',
    'rpc error: code = X desc = ',
    'lookup ',
    'https://',
    'a',
    ' ',
    ':',
    '/v2/',
    'Failed to pull image ',
    '\\',
    'err="',
    'repository',
  ])('is quick on a long run of %j', (unit) => {
    const startedAt = performance.now();
    parsePullError(unit.repeat(Math.ceil(20_000 / unit.length)));
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });
});

import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';

const D = `sha256:${'0f'.repeat(32)}`;
const resolve = (rest: string, image = 'r.example.com/team/app:v1') =>
  `Failed to pull image "${image}": failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${rest}`;
const docker = (rest: string) => `rpc error: code = Unknown desc = Error response from daemon: ${rest}`;

function bestOf(text: string, reason?: string): string | undefined {
  return diagnose(failureFromText({ text, reason }, 0))[0]?.causeId;
}

describe('words of runtimes and registries, our own sentences', () => {
  it.each([
    // What is absent.
    ['tag-not-found', docker('manifest for acme/web:v9 not found: manifest unknown: manifest unknown')],
    [
      'tag-not-found',
      docker('manifest for r.example.com/team/app:v1 not found: manifest unknown: Requested image not found'),
    ],
    [
      'tag-not-found',
      'reading manifest v9 in r.example.com/team/app: manifest unknown: manifest tagged by "v9" is not found',
    ],
    ['tag-not-found', 'manifest unknown: Failed to fetch "v9" from request "/v2/p/r/i/manifests/v9".'],
    ['tag-not-found', 'Error response from daemon: unknown: artifact team/app:v9 not found'],
    ['tag-not-found', resolve('pulling from host r.example.com failed with status code [manifests v1]: 404 Not Found')],
    ['tag-not-found', resolve('r.example.com/team/app:1.0-SNAPSHOT: not found', 'r.example.com/team/app:1.0-SNAPSHOT')],
    ['repository-not-found', docker('name unknown: Repository "web" not found')],
    ['repository-not-found', 'NAME_UNKNOWN: repository name not known to registry'],
    ['repository-not-found', docker('unauthorized: project shop not found: project shop not found')],
    [
      'digest-not-found',
      `reading manifest ${D} in quay.io/acme/web: manifest unknown`.replace(
        /^/,
        `initializing source docker://quay.io/acme/web@${D}: `,
      ),
    ],
    [
      'manifest-missing-in-index',
      `failed to copy: httpReadSeeker: failed open: could not fetch content descriptor ${D} (application/vnd.oci.image.manifest.v1+json) from remote: not found`,
    ],
    [
      'layer-missing',
      `failed to copy: httpReadSeeker: failed open: content at https://r.example.com/v2/team/app/blobs/${D} not found: not found`,
    ],
    ['layer-missing', `parsing image configuration: fetching blob: invalid status code from registry 404 (Not Found)`],
    ['platform-mismatch', docker('no matching manifest for linux/arm64/v8 in the manifest list entries')],
    [
      'platform-mismatch',
      'choosing an image from manifest list docker://acme/web:1: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
    ],
    ['platform-mismatch', 'image operating system "linux" cannot be used on this platform'],
    ['platform-mismatch', 'a Windows version 10.0.20348-based image is incompatible with a 10.0.17763 host'],
    // Who asks.
    [
      'auth-missing',
      resolve('failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized'),
    ],
    ['auth-missing', docker('Head "https://r.example.com/v2/team/app/manifests/v1": no basic auth credentials')],
    [
      'auth-invalid',
      resolve(
        'failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://auth.example.com/token: 401 Unauthorized',
      ),
    ],
    ['auth-invalid', docker('Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password')],
    [
      'auth-invalid',
      'unable to retrieve auth token: invalid username/password: unauthorized: HTTP Basic: Access denied',
    ],
    ['auth-expired', 'denied: The security token included in the request is expired'],
    [
      'auth-expired',
      resolve(
        'unexpected status from HEAD request to https://public.ecr.aws/v2/a/b/manifests/1: 400 Bad Request',
        'public.ecr.aws/a/b:1',
      ),
    ],
    [
      'auth-forbidden',
      resolve('unexpected status from HEAD request to https://r.example.com/v2/team/app/manifests/v1: 403 Forbidden'),
    ],
    ['auth-forbidden', docker('denied: permission_denied: The token provided does not match expected scopes.')],
    ['access-denied-or-not-found', docker('unauthorized: access to the requested resource is not authorized')],
    [
      'access-denied-or-not-found',
      docker(
        'denied: Unauthenticated request. Unauthenticated requests do not have permission "x" on resource "y" (or it may not exist)',
      ).replace('do not have permission', 'lack'),
    ],
    [
      'secret-not-found',
      'Unable to retrieve pull secret shop/regcred for shop/web-1 due to secret "regcred" not found.  The image pull may not succeed.',
    ],
    [
      'node-iam-no-ecr-permission',
      'AccessDeniedException: User: arn:aws:sts::1:assumed-role/n/i is not authorized to perform: ecr:GetAuthorizationToken on resource: *',
    ],
    [
      'kubelet-credential-provider-failed',
      'credential provider plugin gcp-credential-provider failed: context deadline exceeded',
    ],
    // The way there.
    [
      'dns-failure',
      resolve(
        'failed to do request: Head "https://r.example.com/v2/team/app/manifests/v1": dial tcp: lookup r.example.com: Temporary failure in name resolution',
      ),
    ],
    [
      'dns-failure',
      docker(
        'Get "https://r.example.com/v2/": dial tcp: lookup r.example.com on 10.0.0.2:53: read udp 10.0.0.7:1->10.0.0.2:53: read: connection refused',
      ),
    ],
    [
      'connection-timeout',
      docker(
        'Get "https://r.example.com/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      ),
    ],
    [
      'connection-timeout',
      resolve('failed to do request: Head "https://r.example.com/v2/team/app/manifests/v1": context deadline exceeded'),
    ],
    [
      'connection-timeout',
      docker(
        'Get "https://r.example.com/v2/": dial tcp 192.0.2.1:443: connectex: A connection attempt failed because the connected party did not properly respond after a period of time',
      ),
    ],
    [
      'connection-refused',
      docker(
        'Get "https://r.example.com/v2/": dial tcp 192.0.2.1:443: connectex: No connection could be made because the target machine actively refused it.',
      ),
    ],
    [
      'connection-reset-or-eof',
      'copying system image from manifest list: writing blob: storing blob to file "/var/tmp/x": happened during read: stream error: stream ID 9; INTERNAL_ERROR; received from peer',
    ],
    [
      'connection-reset-or-eof',
      'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://cdn.example.com/x": http2: server sent GOAWAY and closed the connection',
    ],
    [
      'network-unreachable',
      docker('Get "https://r.example.com/v2/": dial tcp 192.0.2.1:443: connect: no route to host'),
    ],
    [
      'proxy-error',
      resolve(
        'failed to do request: Head "https://r.example.com/v2/team/app/manifests/v1": proxyconnect tcp: dial tcp: lookup proxy.corp on 10.0.0.2:53: no such host',
      ),
    ],
    ['proxy-error', docker('Get "https://r.example.com/v2/": Proxy Authentication Required')],
    ['proxy-error', docker('Get "https://r.example.com/v2/": Service Unavailable')],
    [
      'proxy-error',
      docker('Get "https://r.example.com/v2/": proxyconnect tcp: x509: certificate signed by unknown authority'),
    ],
    [
      'tls-unknown-ca',
      docker(
        'Get "https://r.example.com/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ),
    ],
    [
      'tls-expired-or-not-yet-valid',
      docker(
        'Get "https://r.example.com/v2/": x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is before 2026-02-01T00:00:00Z',
      ),
    ],
    [
      'tls-hostname-mismatch',
      docker('Get "https://r.example.com/v2/": x509: certificate relies on legacy Common Name field, use SANs instead'),
    ],
    ['tls-other', docker('Get "https://r.example.com/v2/": tls: server selected unsupported protocol version 301')],
    [
      'http-https-mismatch',
      docker('Get "https://r.example.com:5000/v2/": http: server gave HTTP response to HTTPS client'),
    ],
    [
      'http-https-mismatch',
      docker('Get "https://r.example.com:5000/v2/": tls: first record does not look like a TLS handshake'),
    ],
    [
      'token-service-failure',
      resolve(
        'failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://auth.example.com/token: 503 Service Unavailable',
      ),
    ],
    [
      'token-service-failure',
      'initializing source docker://docker.io/library/redis:7: Get "https://auth.docker.io/token?scope=repository%3Alibrary%2Fredis%3Apull&service=registry.docker.io": EOF',
    ],
    [
      'mirror-or-cache-failure',
      resolve(
        'failed to do request: Head "http://10.0.0.9:30020/v2/team/app/manifests/v1?ns=r.example.com": dial tcp 10.0.0.9:30020: connect: connection refused',
      ),
    ],
    [
      'mirror-or-cache-failure',
      resolve(
        'failed to do request: Head "http://127.0.0.1:65001/v2/team/app/manifests/v1": dial tcp 127.0.0.1:65001: connect: connection refused',
      ),
    ],
    // What the registry answers.
    ['rate-limited', docker('toomanyrequests: Rate exceeded')],
    [
      'rate-limited',
      resolve('unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: 429 Too Many Requests'),
    ],
    ['registry-5xx', 'reading manifest v1 in r.example.com/team/app: received unexpected HTTP status: 502 Bad Gateway'],
    [
      'registry-5xx',
      docker('error parsing HTTP 503 response body: invalid character \'<\' looking for beginning of value: "<html>"'),
    ],
    [
      'registry-quota-or-blocked',
      resolve(
        'unexpected status from HEAD request to https://registry.k8s.io/v2/pause/manifests/3.9: 403 Forbidden',
        'registry.k8s.io/pause:3.9',
      ),
    ],
    [
      'registry-quota-or-blocked',
      docker(
        'unknown: current image with 5 vulnerabilities cannot be pulled due to configured policy in \'Prevent images with vulnerability severity of "High" or higher from running.\'',
      ),
    ],
    [
      'manifest-invalid-or-unsupported',
      docker('Docker Image Format v1, and Docker Image manifest version 2, schema 1 support is disabled by default'),
    ],
    [
      'manifest-unknown-media-type',
      'failed to unpack image on snapshotter overlayfs: unexpected media type text/html for sha256:ab: not found',
    ],
    ['digest-mismatch-or-corrupt', docker(`filesystem layer verification failed for digest ${D}`)],
    // The node.
    ['disk-full', docker('write /var/lib/docker/tmp/GetImageBlob1: no space left on device')],
    ['disk-full', 'failed to extract layer: mount callback failed: write /x: no space left on device: unknown'],
    [
      'disk-io-or-filesystem',
      'failed to prepare extraction snapshot "extract-1 sha256:ab": parent snapshot sha256:cd does not exist: not found',
    ],
    [
      'disk-io-or-filesystem',
      docker('error creating overlay mount to /var/lib/docker/overlay2/ab/merged: device or resource busy'),
    ],
    [
      'unpack-failure',
      'adding layer with blob "sha256:ab": processing tar file(potentially insufficient UIDs or GIDs available in user namespace): lchown /etc/x: invalid argument: exit status 1',
    ],
    [
      'unpack-failure',
      docker('failed to register layer: Error processing tar file(exit status 1): operation not permitted'),
    ],
    [
      'runtime-unavailable',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    ],
    ['runtime-unavailable', 'rpc error: code = Unavailable desc = error reading from server: EOF'],
    [
      'runtime-config',
      'failed to pull and unpack image "a.example.com/b:1": snapshotter "stargz" was not found: not found',
    ],
    ['runtime-config', 'loading trust policy: open /etc/containers/policy.json: no such file or directory'],
    [
      'signature-policy-rejected',
      'copying system image from manifest list: Source image rejected: None of the signatures were accepted',
    ],
    ['encrypted-image', 'decrypting layer: missing private key needed for decryption'],
    ['pull-qps-exceeded', 'Back-off pulling image "a/b:1": ErrImagePull: pull QPS exceeded'],
    [
      'pull-deadline-exceeded',
      'Cancel pulling image "a/b:1" because of no progress for 1m0s, latest progress: "ab: Downloading"',
    ],
    [
      'pull-cancelled',
      'rpc error: code = Canceled desc = failed to pull and unpack image "a.example.com/b:1": context canceled',
    ],
    ['short-name-ambiguous', 'short-name resolution enforced but cannot prompt without a TTY'],
    ['image-never-pull', 'Container image "a/b:1" is not present with pull policy of Never'],
    ['invalid-image-name', `couldn't parse image name "a/b@sha256:12": invalid checksum digest length`],
    ['unknown', 'Back-off pulling image "a/b:1"'],
    ['unknown', 'the moon is full'],
  ])('%s: %s', (cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it.each([
    [
      'a repository called billing',
      'tag-not-found',
      resolve('r.example.com/acme/billing:v1: not found', 'r.example.com/acme/billing:v1'),
    ],
    [
      'a repository called notary',
      'connection-timeout',
      resolve(
        'failed to do request: Head "https://r.example.com/v2/notary/quota/manifests/v1": dial tcp 192.0.2.1:443: i/o timeout',
        'r.example.com/notary/quota:v1',
      ),
    ],
    [
      'a repository of Dragonfly itself',
      'tag-not-found',
      resolve('ghcr.io/dragonflyoss/scheduler:v1: not found', 'ghcr.io/dragonflyoss/scheduler:v1'),
    ],
    ['a tag 429', 'tag-not-found', resolve('r.example.com/a/b:429: not found', 'r.example.com/a/b:429')],
    [
      'a tag 503',
      'connection-refused',
      resolve(
        'failed to do request: Head "https://r.example.com/v2/a/manifests/503": dial tcp 192.0.2.1:443: connect: connection refused',
        'r.example.com/a:503',
      ),
    ],
    [
      'a repository called unknown',
      'registry-5xx',
      resolve(
        'unexpected status from HEAD request to https://r.example.com/v2/unknown/manifests/1: 500 Internal Server Error',
        'r.example.com/unknown:1',
      ),
    ],
  ])('is not misled by %s', (_, cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it.each([
    ['a line break in a word', 'r.example.com/team/app:v1: not fo\n   und'],
    ['escaped breaks', 'r.example.com/team/app:v1:\\n not found'],
    ['a full stop', 'r.example.com/team/app:v1: not found.'],
    ['dots where it was cut', 'r.example.com/team/app:v1: not fou...'],
  ])('reads through %s', (_, rest) => {
    expect(bestOf(`rpc error: code = NotFound desc = ${resolve(rest)}`)).toBe('tag-not-found');
  });

  it.each([
    ['curly quotes', (text: string) => text.replace(/"([^"]*)"/g, '\u201c$1\u201d')],
    ['backticks', (text: string) => text.replaceAll('"', '`')],
    ['escaped quotes', (text: string) => JSON.stringify(text)],
    ['no quotes', (text: string) => text.replaceAll('"', '')],
    ['HTML entities', (text: string) => text.replaceAll('"', '&quot;')],
    ['folded lines', (text: string) => text.replace(/(.{70})/g, '$1\n        ')],
  ])('reads through %s', (_, change) => {
    const text = resolve(
      'failed to do request: Head "https://r.example.com/v2/team/app/manifests/v1": x509: certificate signed by unknown authority',
    );
    expect(bestOf(change(text))).toBe('tls-unknown-ca');
  });

  it('takes the reason where the text is silent', () => {
    expect(bestOf('', 'InvalidImageName')).toBe('invalid-image-name');
    expect(bestOf('', 'ErrImageNeverPull')).toBe('image-never-pull');
    expect(bestOf('', 'SignatureValidationFailed')).toBe('signature-policy-rejected');
    expect(bestOf('', 'ImagePullBackOff')).toBe('unknown');
  });
});

describe('confidence from a text alone', () => {
  it.each([
    [docker('Get "https://r.example.com/v2/": x509: certificate has expired or is not yet valid')],
    [docker('Get "https://r.example.com/v2/": dial tcp: lookup r.example.com: no such host')],
    [docker('toomanyrequests: Rate exceeded')],
    [docker("pull access denied for a/b, repository does not exist or may require 'docker login'")],
    [resolve('unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: 401 Unauthorized')],
    [resolve('r.example.com/team/app:v1: not found')],
  ])('is never certain for %s', (text) => {
    expect(diagnose(failureFromText({ text }, 0)).map(({ confidence }) => confidence)).not.toContain('certain');
  });
});

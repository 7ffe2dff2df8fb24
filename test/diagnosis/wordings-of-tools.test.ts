import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';

const D = `sha256:${'0f'.repeat(32)}`;

function bestOf(text: string): string | undefined {
  return diagnose(failureFromText({ text }, 0))[0]?.causeId;
}

describe('words around the words: logs, listings and tools, our own sentences', () => {
  it.each([
    [
      'a kubelet log record whose message says what its error does not',
      'secret-not-found',
      'E1122 09:12:01.000000  812 kubelet_pods.go:1] "Unable to retrieve pull secret, the image pull may not succeed." err="secret \\"regcred\\" not found" pod="shop/web-1"',
    ],
    [
      'an answer that the client could not parse, and that names its code all the same',
      'digest-not-found',
      `Failed to pull image "r.example:5000/acme/web@${D}": error parsing HTTP 404 response body: json: cannot unmarshal number into Go struct field: "{\\"errors\\":[{\\"code\\":\\"MANIFEST_UNKNOWN\\",\\"message\\":\\"manifest unknown\\"}]}"`,
    ],
    [
      "containerd's record of a bad hosts.toml",
      'runtime-config',
      'time="2026-11-22T09:12:01Z" level=error msg="failed to decode hosts.toml" error="(3, 1): unexpected token"',
    ],
    [
      'a record inside the error of a layer',
      'unpack-failure',
      'Failed to pull image "acme/web:1": failed to register layer: re-exec error: exit status 1: output: time="2026-11-22T09:12:01Z" level=error msg="hcsshim::ImportLayer failed"',
    ],
    [
      'kubeadm before a record',
      'connection-refused',
      '[ERROR ImagePull]: failed to pull image r.example.com/pause:3: output: E1122 09:12:01.000000 812 remote_image.go:1] "PullImage from image service failed" err="rpc error: code = Unknown desc = failed to do request: Head \\"https://r.example.com/v2/\\": dial tcp 192.0.2.1:443: connect: connection refused" image="r.example.com/pause:3"',
    ],
    [
      'an old kubelet that syncs pods',
      'unknown',
      'Error syncing pod 0a1b ("web-1_shop(0a1b)"), skipping: failed to "StartContainer" for "web" with ImagePullBackOff: "Back-off pulling image \\"acme/web:1\\""',
    ],
    [
      'an aggregate behind words',
      'tag-not-found',
      'start failed in pod web-1: ErrImagePull: [rpc error: code = NotFound desc = failed to resolve reference "r.example.com/a:1": r.example.com/a:1: not found, failed to resolve reference "r.example.com/a:1": unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: 403 Forbidden]',
    ],
    [
      'a listing in which other things went well',
      'unpack-failure',
      '  Normal   Pulled   9m  kubelet  Container image "acme/side:1" already present on machine\n  Warning  Failed   8m  kubelet  Failed to pull image "acme/web:1": failed to register layer: lsetxattr security.x /etc: operation not supported',
    ],
    [
      'a console without reasons',
      'disk-full',
      '2026-11-22T09:12:01Z [Normal] Pulling image "acme/web:1"\n2026-11-22T09:13:01Z [Warning] The node was low on resource: ephemeral-storage.',
    ],
    [
      'a commented copy',
      'tag-not-found',
      '// Failed to pull image "acme/web:9":\n// manifest for acme/web:9 not found',
    ],
    [
      'a text cut in its wrapper',
      'digest-not-found',
      `rpc error: code = NotFound desc = failed to pull and unpack image "acme/web@${D}": failed to res…`,
    ],
  ])('reads %s', (_, cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it.each([
    ['platform-mismatch', 'image manifest does not contain descriptor matching platform linux/arm64'],
    [
      'platform-mismatch',
      "the requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64)",
    ],
    ['signature-policy-rejected', 'image policy: the signatures do not satisfy the rules of this cluster'],
    ['signature-policy-rejected', 'reading signatures: unrecognized signature format'],
    ['manifest-invalid-or-unsupported', 'ctr: no signatures'],
    [
      'tls-unknown-ca',
      'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature" while trying "corp")',
    ],
    ['tls-other', 'Get "https://r.example.com/v2/": tls: no supported versions satisfy MinVersion and MaxVersion'],
    ['tls-other', 'local error: tls: bad record MAC'],
    ['proxy-error', 'Get "https://r.example.com/v2/": error connecting to proxy http://proxy.corp:3128: i/o timeout'],
    [
      'layer-missing',
      'failed to copy: httpReadSeeker: failed open: unexpected status code https://layers.s3.example.com/ab12?x=1: 404 Not Found',
    ],
    [
      'manifest-missing-in-index',
      `failed to copy: httpReadSeeker: failed open: unexpected status code https://r.example.com/v2/a/manifests/${D}: 404 Not Found`,
    ],
    ['secret-malformed', 'data[.dockerconfigjson]: Invalid value: invalid character at the beginning of value'],
    ['auth-expired', 'unauthorized: the client secret keys for this application are expired'],
    ['auth-missing', 'Failed to pull image "acme/web:1": unauthorized'],
    ['auth-forbidden', 'Failed to pull image "acme/web:1": forbidden'],
    ['registry-quota-or-blocked', 'Failed to pull image "acme/web:1": registries "docker.io" not allowed'],
    ['manifest-unknown-media-type', 'encountered unknown type application/vnd.acme.thing; children may not be fetched'],
    ['digest-mismatch-or-corrupt', `wrong diff id calculated on extraction "${D}"`],
    ['mirror-or-cache-failure', 'mirror with image component docker.io/acme/web:1 could not be found'],
    ['disk-io-or-filesystem', 'mkdir /run/engine: permission denied'],
    ['connection-timeout', 'Failed to pull image "acme/web:1": network timeout'],
    ['encrypted-image', 'failed to extract layer: read payload: read configFd: bad file descriptor'],
    ['repository-not-found', 'error parsing HTTP 404 response body: unexpected end of JSON input: ""'],
  ])('says %s of %j', (cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it.each([
    // Go on Windows and on macOS.
    ['connection-timeout', 'dial tcp 192.0.2.1:443: connectex: The semaphore timeout period has expired.'],
    ['network-unreachable', 'dial tcp 192.0.2.1:443: connectex: The network location cannot be reached.'],
    ['network-unreachable', 'dial tcp 192.0.2.1:443: connect: network is down'],
    ['network-unreachable', 'dial tcp [2001:db8::1]:443: connect: address family not supported by protocol'],
    ['dns-failure', 'dial tcp: lookup r.example.com: getaddrinfow: This is usually a temporary error'],
    ['dns-failure', 'the DNS lookup of the registry ended in NXDOMAIN'],
    ['tls-expired-or-not-yet-valid', 'x509: “r.example.com” certificate is expired'],
    ['tls-unknown-ca', 'x509: “r.example.com” certificate is not trusted'],
    ['tls-hostname-mismatch', 'x509: “r.example.com” certificate name does not match input'],
    ['tls-other', 'x509: “r.example.com” certificate is not standards compliant'],
    ['tls-other', 'schannel: failed to receive handshake'],
    [
      'unpack-failure',
      'hcsshim::ProcessBaseLayer \\\\?\\C:\\root\\snapshots\\2: The system cannot find the path specified.',
    ],
    ['disk-io-or-filesystem', 'rename C:\\store\\a C:\\store\\b: Access is denied.'],
    ['runtime-unavailable', 'this may mean that the docker daemon is not running'],
    // net/http and HTTP/2.
    [
      'connection-reset-or-eof',
      'Get "https://r.example.com/v2/": http2: client connection force closed via ClientConn.Close',
    ],
    ['connection-reset-or-eof', 'OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to r.example.com:443'],
    ['http-https-mismatch', 'http2: frame too large, note that the frame header looked like an HTTP/1.1 header'],
    ['proxy-error', 'CONNECT tunnel failed, response 403'],
    ['registry-5xx', 'unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: 522 <none>'],
    ['runtime-config', 'Get "https://r:5:5/v2/": dial tcp: address r:5:5: too many colons in address'],
    // Runtimes.
    ['digest-mismatch-or-corrupt', 'failed commit on ref "layer": unexpected commit size 10, expected 20'],
    ['digest-mismatch-or-corrupt', 'image config verification failed for digest sha256:ab'],
    ['platform-mismatch', 'no supported platform found in manifest list'],
    ['runtime-config', 'unable to initialize unpacker: snapshotter must be provided to unpack'],
    ['runtime-config', 'invalid cri image config: two ways to name mirrors'],
    ['invalid-image-name', 'failed to resolve reference "r.example.com/a": object required'],
    ['manifest-unknown-media-type', 'media type "application/vnd.acme.thing" is not allowed'],
    ['manifest-invalid-or-unsupported', 'unsupported format: manifest type not supported'],
    ['short-name-ambiguous', 'no registries configured while trying to pull an unqualified image'],
    ['disk-io-or-filesystem', 'Driver overlay2 failed to create image rootfs ab'],
    ['kubelet-credential-provider-failed', "while reading 'google-dockercfg' metadata: http status code: 404"],
    // The node's disk in the kubelet's words.
    ['disk-full', 'The node had condition: [DiskPressure].'],
    ['disk-full', 'The node was low on resource: imagefs.'],
    ['disk-full', 'thin pool is out of data space'],
    // Registries and what stands before them.
    ['rate-limited', 'unauthorized: too many failed login attempts for username or IP address'],
    ['rate-limited', 'reading manifest 1 in docker.io/library/a: too many requests to registry'],
    [
      'registry-quota-or-blocked',
      'unexpected status from HEAD request to https://h.example.com/v2/p/a/manifests/1: 412 Precondition Failed',
    ],
    ['registry-quota-or-blocked', 'Artifact download request rejected by the download blocking policy'],
    ['registry-quota-or-blocked', 'the requested item is in quarantine'],
    ['registry-quota-or-blocked', "denied: Request is prohibited by organization's policy."],
    ['mirror-or-cache-failure', 'UnableToGetUpstreamImageException: the rule found no image'],
    ['auth-invalid', 'unauthorized: The login credentials are not valid, or the account is not active.'],
    ['auth-invalid', 'AADSTS7000215: Invalid client secret provided.'],
    ['auth-forbidden', 'denied: access token has insufficient scopes'],
    ['auth-forbidden', 'denied: Resource protected by organization SAML enforcement.'],
    ['auth-missing', 'no user/password was provided for basic authentication'],
    ['access-denied-or-not-found', 'error from registry: denied\ndenied'],
    ['node-iam-no-ecr-permission', 'no resource-based policy allows the ecr:BatchGetImage action'],
    ['tag-not-found', 'unsupported: there is no "latest", it must be pulled with an explicit version'],
  ])('knows %s in %j', (cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it.each([
    [
      'a copy that escaped no quote',
      'rate-limited',
      'time="2026-11-22T09:12:01Z" level=error msg="PullImage "redis:7" failed" error="failed to resolve image "docker.io/library/redis:7": unexpected status: 429 Too Many Requests"',
    ],
    [
      'a record that was cut',
      'encrypted-image',
      'Nov 22 09:12:01 n1 containerd[1]: time="2026-11-22T09:12:01Z" level=error msg="PullImage \\"a/b:1\\" failed" error="failed to extract layer sha256:ab: missing private key needed for dec',
    ],
    [
      'a kubelet of old, whose records have no fields',
      'auth-missing',
      'Nov 22 09:12:01 n1 kubelet[12]: E1122 09:12:01.000000      12 remote_image.go:113] PullImage "r.example.com/a:1" from image service failed: rpc error: code = Unknown desc = Error response from daemon: Get http://r.example.com/v2/a/manifests/1: no basic auth credentials',
    ],
    [
      'a framed listing',
      'tag-not-found',
      'Normal   Pulling  4m  kubelet  Pulling image "r.example.com/ \u2502\n\u2502 a:9"    \u2502\n\u2502  Warning  Failed  4m  kubelet  Failed to pull image "r.example.com/a:9": rpc error: code = NotFound desc = r.example.com/a:9: not found  \u2502',
    ],
    [
      'a host called mirror',
      'network-unreachable',
      'pinging docker registry mirror.example.com:5000: Get "http://mirror.example.com:5000/v2/": dial tcp 192.0.2.1:5000: connect: no route to host',
    ],
    [
      'a status line',
      'registry-quota-or-blocked',
      'HTTP/2.0 403 Forbidden\nContent-Type: text/html\n\n<!DOCTYPE html>',
    ],
  ])('reads %s', (_, cause, text) => {
    expect(bestOf(text)).toBe(cause);
  });

  it('judges a message that nobody has met by its nouns, and says that it does not know it', () => {
    const findings = diagnose(failureFromText({ text: 'the flux compensator refused our password' }, 0));
    expect(findings.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual([
      'auth-missing possible',
      'unknown possible',
    ]);
    expect(findings[0]?.evidence.map(({ text }) => text)).toContainEqual(expect.stringContaining('no such message'));
  });

  it('guesses nothing from names and paths', () => {
    expect(bestOf('Image pull failed: acme/dns-proxy-login:v1 on /var/lib/overlay')).toBe('unknown');
  });

  it('takes an event note of full length for one that was cut', () => {
    const start = 'Get "https://r.example.com/v2/": x509: certificate signed by unknown autho';
    expect(bestOf(`${'Failed to pull image "r.example.com/a:1": '.padEnd(1024 - start.length)}${start}`)).toBe(
      'tls-unknown-ca',
    );
  });
});

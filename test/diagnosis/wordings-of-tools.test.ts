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

  it('takes an event note of full length for one that was cut', () => {
    const start = 'Get "https://r.example.com/v2/": x509: certificate signed by unknown autho';
    expect(bestOf(`${'Failed to pull image "r.example.com/a:1": '.padEnd(1024 - start.length)}${start}`)).toBe(
      'tls-unknown-ca',
    );
  });
});

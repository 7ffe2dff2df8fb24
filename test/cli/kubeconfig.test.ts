import { describe, expect, it } from '@jest/globals';
import { type KubeconfigOptions, printKubeconfig } from '../../functions/cli/identity-kubeconfig.ts';
import { EXIT } from '../../functions/cli/io.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/parse-kubeconfig.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import type { Read } from '../../shared/ports/cluster.ts';
import { recordIo } from '../support/record-io.ts';

const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const MINE = `
apiVersion: v1
kind: Config
current-context: admin
contexts: [{ name: admin, context: { cluster: prod, user: me } }]
clusters:
  - name: prod
    cluster:
      server: https://prod.example.com:6443
      certificate-authority-data: ${Buffer.from(CA).toString('base64')}
      tls-server-name: kubernetes
      proxy-url: http://proxy.example.com:3128
users: [{ name: me, user: { token: my-own-token } }]
`;
const OPTIONS: KubeconfigOptions = { identity: 'refresh', namespace: 'pullmedic', context: undefined };

async function print(secret: Read<KubeSecret | 'missing'>) {
  const { io, output } = recordIo();
  const asked: string[] = [];
  const getSecret = async (namespace: string, name: string) => {
    asked.push(`${namespace}/${name}`);
    return secret;
  };
  const status = await printKubeconfig(OPTIONS, { kubeconfig: MINE, writer: { getSecret } }, io);
  return { status, asked, ...output() };
}

function tokenSecret(token: string): Read<KubeSecret> {
  return { ok: true, value: { data: { token: Buffer.from(token).toString('base64') } } };
}

describe('pullmedic kubeconfig', () => {
  it('is data only: the server of the context, the token of the identity, nothing of the user', async () => {
    const { status, asked, stdout, stderr } = await print(tokenSecret('identity-token'));
    expect({ status, stderr, asked }).toEqual({
      status: EXIT.done,
      stderr: '',
      asked: ['pullmedic/pullmedic-refresh-token'],
    });
    const { identity, ...rest } = parseKubeconfig(stdout, { name: 'printed' });
    expect(rest).toEqual({
      server: 'https://prod.example.com:6443',
      certificateAuthority: CA,
      isTlsVerified: true,
      tlsServerName: 'kubernetes',
      proxyUrl: 'http://proxy.example.com:3128',
    });
    expect(identity.kind === 'token' && identity.token.reveal()).toBe('identity-token');
    expect(stdout).not.toContain('my-own-token');
  });

  it.each([
    ['no Secret', { ok: true, value: 'missing' } as const, /overlays\/external/],
    ['no token in it yet', tokenSecret(''), /no token yet/],
    [
      'a user who may not read it',
      { ok: false, gap: { what: 'secrets pullmedic/pullmedic-refresh-token', why: 'forbidden' } } as const,
      /forbidden; it takes a user/,
    ],
  ])('%s: says what to do and prints nothing', async (_, secret, words) => {
    const { status, stdout, stderr } = await print(secret);
    expect({ status, stdout }).toEqual({ status: EXIT.failed, stdout: '' });
    expect(stderr).toMatch(words);
  });
});

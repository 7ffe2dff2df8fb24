import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { parseKubeconfig } from '../../../shared/adapters/kubernetes/parse-kubeconfig.ts';

function kubeconfig(user: object, cluster: object = {}): string {
  return stringify({
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://api.test:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
  });
}

const read = (text: string, context?: string) => parseKubeconfig(text, { name: 'file:kc', context });

describe('parseKubeconfig', () => {
  it('reads server, CA and token, and hides the token', () => {
    const target = read(
      kubeconfig({ token: 't0ken' }, { 'certificate-authority-data': Buffer.from('PEM').toString('base64') }),
    );
    expect(target).toMatchObject({ server: 'https://api.test:6443', certificateAuthority: 'PEM', isTlsVerified: true });
    expect(JSON.stringify(target)).not.toContain('t0ken');
    expect(target.identity.kind === 'token' && target.identity.token.reveal()).toBe('t0ken');
  });

  it('reads a client certificate', () => {
    const data = (text: string) => Buffer.from(text).toString('base64');
    const { identity } = read(kubeconfig({ 'client-certificate-data': data('CRT'), 'client-key-data': data('KEY') }));
    expect(identity.kind === 'certificate' && [identity.certificate, identity.key.reveal()]).toEqual(['CRT', 'KEY']);
  });

  it('replaces aws eks get-token by its own signer', () => {
    const exec = {
      command: 'aws',
      args: [
        '--region',
        'eu-west-1',
        'eks',
        'get-token',
        '--cluster-name',
        'prod',
        '--role-arn',
        'arn:aws:iam::1:role/r',
      ],
    };
    expect(read(kubeconfig({ exec })).identity).toEqual({
      kind: 'eks-token',
      clusterName: 'prod',
      region: 'eu-west-1',
      roleArn: 'arn:aws:iam::1:role/r',
      profile: undefined,
    });
  });

  it.each([
    {
      what: 'another program',
      user: { exec: { command: 'gke-gcloud-auth-plugin' } },
      says: '"gke-gcloud-auth-plugin" is not run',
    },
    {
      what: 'a look-alike of aws',
      user: { exec: { command: 'aws-evil', args: ['eks', 'get-token'] } },
      says: '"aws-evil" is not run',
    },
    {
      what: 'another aws command',
      user: { exec: { command: 'aws', args: ['s3', 'get-token'] } },
      says: '"aws" is not run',
    },
    { what: 'an auth provider', user: { 'auth-provider': { name: 'oidc' } }, says: 'auth-provider oidc' },
    { what: 'a token file', user: { tokenFile: '/etc/passwd' }, says: 'tokenFile is a file path' },
    { what: 'a certificate file', user: { 'client-certificate': '/x.crt' }, says: 'client-certificate is a file path' },
    { what: 'impersonation', user: { token: 't', as: 'root' }, says: 'impersonation (as)' },
  ])('refuses $what by name', ({ user, says }) => {
    expect(() => read(kubeconfig(user))).toThrow(says);
  });

  it.each([
    { what: 'plain http over a network', cluster: { server: 'http://api.test' }, says: 'plain http' },
    { what: 'a CA file', cluster: { 'certificate-authority': '/ca.crt' }, says: '--flatten' },
    { what: 'something that is no URL', cluster: { server: 'api' }, says: 'not a URL' },
  ])('refuses $what', ({ cluster, says }) => {
    expect(() => read(kubeconfig({ token: 't' }, cluster))).toThrow(says);
  });

  it('takes plain http on this machine', () => {
    expect(read(kubeconfig({}, { server: 'http://127.0.0.1:8001' }))).toMatchObject({ identity: { kind: 'none' } });
  });

  it('names the context that is not there, and never quotes the file', () => {
    expect(() => read(kubeconfig({ token: 't' }), 'other')).toThrow('there is no context other');
    expect(() => read('token: "s3cret\n  - x')).toThrow(/^kubeconfig file:kc: it is not YAML$/);
  });
});

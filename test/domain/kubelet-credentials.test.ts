import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseImageReference } from '../../shared/domain/image-reference.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { describePullSecret, matchPullSecrets } from '../../shared/domain/pull-secret/describe-pull-secret.ts';
import { kubeletCredentials } from '../../shared/domain/pull-secret/kubelet-credentials.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

type Auths = Readonly<Record<string, { readonly username?: string; readonly password?: string }>>;

function secretOf(name: string, auths: Auths | string, namespace = 'shop'): KubeSecret {
  const text = typeof auths === 'string' ? auths : JSON.stringify({ auths });
  return {
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name, namespace },
    data: { '.dockerconfigjson': base64(text) },
  };
}

function imageOf(text: string) {
  const image = parseImageReference(text);
  if (image === undefined) throw new Error(`${text} is no reference`);
  return image;
}

function sent(secrets: readonly KubeSecret[], names: readonly string[], image: string): readonly string[] {
  return kubeletCredentials(secrets, 'shop', names, imageOf(image)).map(
    ({ name, username, password }) => `${name.secret} ${name.key} ${username}:${password.reveal()}`,
  );
}

const bot = (password: string) => ({ username: 'bot', password });

describe('kubeletCredentials', () => {
  it('takes the best matching key of all secrets first, and equal keys in the order of the pod', () => {
    const secrets = [
      secretOf('b', { 'ghcr.io': bot('2') }),
      secretOf('a', { 'ghcr.io': bot('1'), 'ghcr.io/acme': bot('3') }),
      secretOf('c', { 'quay.io': bot('4') }),
    ];
    expect(sent(secrets, ['b', 'a', 'c'], 'ghcr.io/acme/web:1')).toEqual([
      'a ghcr.io/acme bot:3',
      'b ghcr.io bot:2',
      'a ghcr.io bot:1',
    ]);
  });

  it("sends Docker Hub's old key only where no other key matches", () => {
    const old = secretOf('old', { 'https://index.docker.io/v1/': bot('old') });
    const exact = secretOf('new', { 'docker.io': bot('new') });
    expect(sent([old], ['old'], 'nginx')).toEqual(['old https://index.docker.io/v1/ bot:old']);
    expect(sent([old, exact], ['old', 'new'], 'nginx')).toEqual(['new docker.io bot:new']);
    expect(sent([old], ['old'], 'ghcr.io/acme/web')).toEqual([]);
  });

  it('sends nothing of secrets that the pod does not name, or of another namespace', () => {
    const secrets = [secretOf('a', { 'ghcr.io': bot('1') }, 'other'), secretOf('b', { 'ghcr.io': bot('2') })];
    expect(sent(secrets, ['a'], 'ghcr.io/acme/web')).toEqual([]);
  });

  it('skips malformed secrets and entries without a password, and keeps the others', () => {
    const secrets = [
      secretOf('broken', '{"auths":'),
      secretOf('half', { 'ghcr.io': { username: 'bot' } }),
      secretOf('good', { 'ghcr.io': bot('3') }),
    ];
    expect(sent(secrets, ['broken', 'missing', 'half', 'good'], 'ghcr.io/acme/web')).toEqual(['good ghcr.io bot:3']);
  });

  it('prints no password', () => {
    const credentials = kubeletCredentials(
      [secretOf('a', { 'ghcr.io': bot('hunter2') })],
      'shop',
      ['a'],
      imageOf('ghcr.io/a/b'),
    );
    expect(credentials).toHaveLength(1);
    expect(JSON.stringify(credentials)).not.toContain('hunter2');
  });

  it('sends exactly the usable entries that the facts call matching', () => {
    const key = fc.constantFrom(
      'ghcr.io',
      'https://ghcr.io',
      'ghcr.io/acme',
      '*.io',
      'docker.io',
      'https://index.docker.io/v1/',
      'index.docker.io',
      'quay.io/acme/web',
      'bad host',
      'reg.example.com:5000',
    );
    const auths = fc.dictionary(
      key,
      fc.record({ username: fc.constantFrom('', 'bot'), password: fc.constantFrom('', 'x') }),
      { maxKeys: 5 },
    );
    const image = fc.constantFrom('nginx', 'ghcr.io/acme/web:1', 'quay.io/acme/web', 'reg.example.com:5000/a');
    fc.assert(
      fc.property(fc.array(fc.oneof(auths, fc.constant('{')), { maxLength: 4 }), image, (documents, text) => {
        const secrets = documents.map((document, i) => secretOf(`s${i}`, document));
        const names = secrets.map(({ metadata }) => metadata?.name ?? '');
        const facts = matchPullSecrets(secrets.map(describePullSecret), imageOf(text));
        const expected = facts.flatMap(({ name, matching }) =>
          matching.filter(({ isUsable }) => isUsable).map((entry) => `${name} ${entry.key}`),
        );
        const found = kubeletCredentials(secrets, 'shop', names, imageOf(text));
        expect(found.map(({ name }) => `${name.secret} ${name.key}`).sort()).toEqual(expected.sort());
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAnonymiser } from '../../shared/domain/anonymise.ts';

function anonymise(text: string): string {
  return createAnonymiser().anonymise(text);
}

/** Names that no vocabulary holds: a `q` and a `z` in each. */
const label = fc
  .array(fc.constantFrom(...'abcdefghijklmnop0123456789'), { minLength: 2, maxLength: 8 })
  .map((letters) => `qz${letters.join('')}`);
const host = fc
  .tuple(label, label, fc.constantFrom('com', 'io', 'internal', 'example'))
  .map((parts) => parts.join('.'));
const repository = fc.array(label, { minLength: 1, maxLength: 3 });
const token = fc
  .array(fc.constantFrom(...'ABCDEFGHabcdefgh0123456789'), { minLength: 24, maxLength: 60 })
  .map((all) => `Zq7${all.join('')}`);
const account = fc.integer({ min: 100_000_000_000, max: 999_999_999_999 }).map(String);

/** The forms in which runtimes and kubelets name an image, a host and a repository. */
const SENTENCES: readonly ((host: string, repository: string) => string)[] = [
  (h, r) =>
    `Failed to pull image "${h}/${r}:v1": failed to pull and unpack image "${h}/${r}:v1": failed to resolve reference "${h}/${r}:v1": ${h}/${r}:v1: not found`,
  (h, r) =>
    `failed to do request: Head "https://${h}/v2/${r}/manifests/v1": dial tcp: lookup ${h} on 10.0.0.2:53: no such host`,
  (h, r) => `Error response from daemon: manifest for ${h}:5000/${r}:v1 not found: manifest unknown`,
  (h, r) => `initializing source docker://${h}/${r}:v1: reading manifest v1 in ${h}/${r}: name unknown`,
  (h, r) => `Get "https://auth.${h}/token?scope=repository%3A${encodeURIComponent(r)}%3Apull&service=${h}": EOF`,
  (h, r) => `x509: certificate is valid for *.${h}, not ${h}; repository ${r} is private; ${r.split('/')[0]} said no`,
  (h, r) =>
    `{"err":"pull access denied for ${h}/${r}, repository does not exist","image":"${h}/${r}@sha256:${'0f'.repeat(32)}"}`,
];

describe('what strangers may see', () => {
  it('names no host, repository or part of them, in whatever form a runtime writes them', () => {
    fc.assert(
      fc.property(host, repository, fc.constantFrom(...SENTENCES), (someHost, parts, sentence) => {
        const shown = anonymise(sentence(someHost, parts.join('/'))).toLowerCase();
        for (const planted of [...someHost.split('.').slice(0, 2), ...parts]) expect(shown).not.toContain(planted);
      }),
      { numRuns: 500 },
    );
  });

  it.each<{ what: string; plant: (secret: string) => string }>([
    { what: 'user info', plant: (secret) => `Get "https://ci:${secret}@r.example.com/v2/": EOF` },
    {
      what: 'a presigned URL',
      plant: (secret) =>
        `Get "https://b.s3.eu-west-1.amazonaws.com/x?X-Amz-Credential=${secret}%2F20261122&X-Amz-Security-Token=${secret}&X-Amz-Signature=${secret}": 403`,
    },
    { what: 'a JWT', plant: (secret) => `token eyJhbGciOiJub25lIn0.eyJ${secret}.${secret} is expired` },
    { what: 'an Authorization header', plant: (secret) => `Authorization: Bearer ${secret} was refused` },
    {
      what: 'a dockerconfigjson',
      plant: (secret) => `{"auths":{"r.example.com":{"auth":"${secret}","password":"${secret}"}}}`,
    },
    { what: 'a personal token', plant: (secret) => `login with ghp_${secret} failed` },
    { what: 'an unknown kind of token', plant: (secret) => `the helper printed ${secret} and ended` },
  ])('shows nothing of a credential: $what', ({ plant }) => {
    fc.assert(
      fc.property(token, (secret) => {
        expect(anonymise(plant(secret))).not.toContain(secret);
      }),
    );
  });

  it.each<{ what: string; plant: (id: string) => string }>([
    {
      what: 'an ARN',
      plant: (id) => `User: arn:aws:sts::${id}:assumed-role/qznode/i-0 is not authorized to perform: ecr:BatchGetImage`,
    },
    { what: 'an ECR host', plant: (id) => `${id}.dkr.ecr.eu-west-1.amazonaws.com/qzteam/qzapp:1: not found` },
    { what: 'bare', plant: (id) => `the registry with id '${id}' and ${id}` },
  ])('shows no AWS account: $what', ({ plant }) => {
    fc.assert(
      fc.property(account, (id) => {
        const shown = anonymise(plant(id));
        expect(shown).not.toContain(id);
        expect(shown).not.toContain('qz');
      }),
    );
  });

  it('shows no e-mail address and no address of a machine', () => {
    fc.assert(
      fc.property(label, host, fc.ipV4(), fc.ipV6(), (user, domain, v4, v6) => {
        fc.pre(!v4.startsWith('127.') && v6 !== '::1' && v6 !== '::' && !v6.endsWith(v4));
        const shown = anonymise(`ask ${user}@${domain}: dial tcp ${v4}:443: read udp ${v4}:1->[${v6}]:53`);
        for (const planted of [`${user}@`, domain, v4, v6]) expect(shown).not.toContain(planted);
      }),
    );
  });

  it('never fails and never grows without bound, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        expect(anonymise(text).length).toBeLessThanOrEqual(100 + text.length * 16);
      }),
    );
  });
});

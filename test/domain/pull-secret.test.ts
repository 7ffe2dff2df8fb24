import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseEcrHost } from '../../shared/domain/ecr-host.ts';
import { parseImageReference } from '../../shared/domain/image-reference.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { describePullSecret, matchPullSecrets } from '../../shared/domain/pull-secret/describe-pull-secret.ts';
import { matchRegistryKeys, parseRegistryKey, registryOfKey } from '../../shared/domain/pull-secret/registry-key.ts';
import { readTokenExpiry } from '../../shared/domain/pull-secret/token-expiry.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PASSWORD = 'correct-horse-battery';

function secretOf(document: unknown, more: Partial<KubeSecret> = {}): KubeSecret {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return {
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name: 'regcred', namespace: 'shop', creationTimestamp: '2026-11-20T10:00:00Z' },
    data: { '.dockerconfigjson': base64(text) },
    ...more,
  };
}

function entry(more: object = {}): object {
  return { auth: base64(`bot:${PASSWORD}`), ...more };
}

/** The keys that the kubelet would try for an image, in its order, over all secrets together. */
function tried(keys: readonly string[], image: string): readonly string[] {
  const reference = parseImageReference(image);
  if (reference === undefined) throw new Error(`${image} is no reference`);
  return matchRegistryKeys(keys.map(parseRegistryKey), reference).map((position) => keys[position] ?? '');
}

describe('which key serves which image', () => {
  it.each([
    { key: 'ghcr.io', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'https://ghcr.io', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'http://ghcr.io/', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'https://ghcr.io/v2/', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'https://ghcr.io/v2', image: 'ghcr.io/acme/app:1', isTried: false },
    { key: 'ghcr.io/acme', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'ghcr.io/ac', image: 'ghcr.io/acme/app:1', isTried: true },
    { key: 'ghcr.io/other', image: 'ghcr.io/acme/app:1', isTried: false },
    { key: 'ghcr.io:443', image: 'ghcr.io/acme/app:1', isTried: false },
    { key: 'reg.example.com:5000', image: 'reg.example.com:5000/app', isTried: true },
    { key: 'reg.example.com', image: 'reg.example.com:5000/app', isTried: false },
    { key: '*.example.com', image: 'reg.example.com/app', isTried: true },
    { key: '*.example.com:5000', image: 'reg.example.com:5000/app', isTried: true },
    { key: '*.example.com', image: 'a.b.example.com/app', isTried: false },
    { key: '*.com', image: 'example.com/app', isTried: true },
    { key: '*', image: 'example.com/app', isTried: false },
    { key: 'r*g.example.com', image: 'reg.example.com/app', isTried: true },
    // A question mark begins the query of a URL.
    { key: 'reg?.example.com', image: 'reg1.example.com/app', isTried: false },
    { key: 'reg[0-3].example.com', image: 'reg2.example.com/app', isTried: true },
    { key: 'reg[^0-3].example.com', image: 'reg2.example.com/app', isTried: false },
    { key: 'reg[0-3.example.com', image: 'reg2.example.com/app', isTried: false },
    { key: '*.dkr.ecr.*.amazonaws.com', image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a', isTried: true },
    { key: 'https://index.docker.io/v1/', image: 'nginx', isTried: true },
    { key: 'https://index.docker.io/v1/', image: 'acme/app:2', isTried: true },
    { key: 'index.docker.io', image: 'docker.io/acme/app', isTried: true },
    { key: 'docker.io', image: 'nginx', isTried: true },
    { key: 'docker.io/acme', image: 'nginx', isTried: false },
    // Go's path prefix /v1 without its slash is a path like any other.
    { key: 'https://index.docker.io/v1', image: 'nginx', isTried: false },
    { key: 'registry-1.docker.io', image: 'nginx', isTried: false },
    { key: 'https://index.docker.io/v1/', image: 'ghcr.io/acme/app', isTried: false },
    { key: '', image: 'nginx', isTried: false },
    { key: 'ghcr.io/%zz', image: 'ghcr.io/acme/app', isTried: false },
    { key: 'ghcr.io:port', image: 'ghcr.io/acme/app', isTried: false },
  ])('key "$key" is tried for $image: $isTried', ({ key, image, isTried }) => {
    expect(tried([key], image)).toEqual(isTried ? [key] : []);
  });

  it('tries a longer path before its prefix, and an exact host before a glob', () => {
    const keys = ['*.example.com', 'reg.example.com', 'reg.example.com/team', 'reg.example.com/team/app'];
    expect(tried(keys, 'reg.example.com/team/app:1')).toEqual([
      'reg.example.com/team/app',
      'reg.example.com/team',
      'reg.example.com',
      '*.example.com',
    ]);
  });

  it('falls back to the old Docker Hub key only when nothing else matches, in whatever secret', () => {
    const hub = 'https://index.docker.io/v1/';
    expect(tried([hub, 'docker.io'], 'nginx')).toEqual(['docker.io']);
    const facts = [secretOf({ auths: { [hub]: entry() } }), secretOf({ auths: { 'docker.io': entry() } })];
    const matched = matchPullSecrets(facts.map(describePullSecret), parseImageReference('nginx'));
    expect(matched.map(({ matching }) => matching.map(({ key }) => key))).toEqual([[], ['docker.io']]);
  });

  it('tries both of two secrets with the same key, in the order of the pod', () => {
    expect(tried(['ghcr.io', 'https://ghcr.io'], 'ghcr.io/a/b')).toEqual(['ghcr.io', 'https://ghcr.io']);
  });

  it('ends soon for any key, a hostile glob included', () => {
    const glob = `${'*a'.repeat(120)}.example.com`;
    expect(tried([glob], `${'a'.repeat(63)}.example.com/app`)).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (key) => {
        expect(tried([key], 'reg.example.com/team/app:1').length).toBeLessThan(2);
      }),
    );
  });

  it.each([
    { key: 'https://index.docker.io/v1/', registry: 'docker.io' },
    { key: 'registry-1.docker.io', registry: 'docker.io' },
    { key: 'https://GHCR.io/acme', registry: 'ghcr.io' },
    { key: 'reg.example.com:5000/team', registry: 'reg.example.com:5000' },
  ])('$key is about $registry', ({ key, registry }) => {
    expect(registryOfKey(key)).toBe(registry);
  });
});

describe('reading a pull secret', () => {
  it('reads auth, and user name with password', () => {
    const fact = describePullSecret(
      secretOf({ auths: { 'a.example': entry(), 'b.example': { username: 'eve', password: PASSWORD } } }),
    );
    expect(fact).toMatchObject({ namespace: 'shop', name: 'regcred', state: 'ok', problem: undefined });
    expect(fact.entries.map(({ key, username, isUsable }) => ({ key, username, isUsable }))).toEqual([
      { key: 'a.example', username: 'bot', isUsable: true },
      { key: 'b.example', username: 'eve', isUsable: true },
    ]);
  });

  it('lets auth win over user name and password, as the kubelet does', () => {
    const fact = describePullSecret(secretOf({ auths: { 'a.example': entry({ username: 'eve', password: 'x' }) } }));
    expect(fact.entries[0]?.username).toBe('bot');
  });

  it.each([
    { why: 'an empty entry, as a credential store leaves it', value: {} },
    { why: 'an identity token only', value: { identitytoken: 'abc' } },
    { why: 'an empty password', value: { auth: base64('bot:') } },
    { why: 'null', value: null },
  ])('an entry with $why is there but not usable', ({ value }) => {
    const fact = describePullSecret(secretOf({ auths: { 'a.example': value }, credsStore: 'desktop' }));
    expect(fact).toMatchObject({ state: 'ok', entries: [{ key: 'a.example', isUsable: false }] });
  });

  it('reads the legacy type, whose document has no auths around it', () => {
    const fact = describePullSecret(
      secretOf('', {
        type: 'kubernetes.io/dockercfg',
        data: { '.dockercfg': base64(JSON.stringify({ 'https://ghcr.io': entry() })) },
      }),
    );
    expect(fact).toMatchObject({ state: 'ok', entries: [{ key: 'https://ghcr.io', registry: 'ghcr.io' }] });
  });

  it('takes a registry called __proto__ like any other', () => {
    const fact = describePullSecret(secretOf(`{"auths":{"__proto__":{"auth":"${base64('a:b')}"}}}`));
    expect(fact.entries.map(({ key }) => key)).toEqual(['__proto__']);
  });

  it.each([
    { problem: /type is Opaque/, secret: secretOf({ auths: {} }, { type: 'Opaque' }) },
    { problem: /no key \.dockerconfigjson/, secret: secretOf({}, { data: { 'data-1': base64('{}') } }) },
    { problem: /no key \.dockerconfigjson/, secret: secretOf({}, { data: { '.dockerconfigjson': '' } }) },
    { problem: /not base64/, secret: secretOf({}, { data: { '.dockerconfigjson': '{"auths":{}}' } }) },
    { problem: /not a JSON object/, secret: secretOf('{"auths":') },
    { problem: /not a JSON object/, secret: secretOf([]) },
    // Base64 applied twice: the most common mistake with hand-written manifests.
    { problem: /not a JSON object/, secret: secretOf(base64('{"auths":{}}')) },
    { problem: /auths is not an object/, secret: secretOf({ auths: ['ghcr.io'] }) },
    {
      problem: /ghcr\.io: auth is not base64/,
      secret: secretOf({ auths: { 'ghcr.io': { auth: `bot:${PASSWORD}` } } }),
    },
    {
      problem: /ghcr\.io: auth is not base64/,
      secret: secretOf({ auths: { 'ghcr.io': { auth: base64('nocolon') } } }),
    },
    { problem: /password is not a text/, secret: secretOf({ auths: { 'ghcr.io': { password: 1 } } }) },
  ])('is malformed: $problem', ({ problem, secret }) => {
    const fact = describePullSecret(secret);
    expect(fact.state).toBe('malformed');
    expect(fact.problem).toMatch(problem);
    expect(fact.entries).toEqual([]);
  });

  it('spoils the whole secret with one bad entry, as in the kubelet', () => {
    expect(describePullSecret(secretOf({ auths: { a: entry(), b: { auth: '%' } } }))).toMatchObject({
      state: 'malformed',
      entries: [],
    });
  });

  it('says unreadable, not malformed, when the data was taken out of the input', () => {
    const { data: _, ...stripped } = secretOf({});
    expect(describePullSecret(stripped)).toMatchObject({ state: 'unreadable', problem: expect.stringMatching(/data/) });
  });

  it('never holds a credential, whatever the document looks like', () => {
    const word = fc.constantFrom('auth', 'username', 'password', 'identitytoken', 'auths', 'ghcr.io', 'email');
    fc.assert(
      fc.property(fc.dictionary(word, fc.oneof(fc.jsonValue(), fc.constant({ password: PASSWORD }))), (auths) => {
        const facts = [
          secretOf({ auths: { ...auths, 'z.example': entry({ password: PASSWORD, identitytoken: PASSWORD }) } }),
          secretOf({ auths: { 'z.example': { password: PASSWORD, auth: 'broken' } } }),
        ].map(describePullSecret);
        const text = JSON.stringify(facts);
        expect(text).not.toContain(PASSWORD);
        expect(text).not.toContain(base64(`bot:${PASSWORD}`));
      }),
    );
  });

  it('tells the last writer and the owner', () => {
    const fact = describePullSecret(
      secretOf(
        { auths: {} },
        {
          metadata: {
            name: 'ecr',
            namespace: 'shop',
            ownerReferences: [{ kind: 'ExternalSecret', name: 'ecr', controller: true }],
            managedFields: [
              { manager: 'kubectl', time: '2026-11-20T10:00:00Z' },
              { manager: 'ecr-renew', time: '2026-11-21T10:00:00Z' },
            ],
          },
        },
      ),
    );
    expect(fact).toMatchObject({ lastWrittenBy: 'ecr-renew', ownedBy: 'ExternalSecret ecr' });
  });
});

describe('expiry', () => {
  const expiration = Date.parse('2026-11-22T06:02:00Z') / 1000;
  const ecrPassword = base64(JSON.stringify({ payload: 'x', version: '2', type: 'DATA_KEY', expiration }));
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

  it('is read from the ECR token itself', () => {
    const fact = describePullSecret(secretOf({ auths: { [host]: { username: 'AWS', password: ecrPassword } } }));
    expect(fact.entries).toEqual([
      {
        key: host,
        registry: host,
        username: 'AWS',
        isUsable: true,
        expiresAt: expiration * 1000,
        expirySource: 'token',
        ecrRegion: 'eu-west-1',
      },
    ]);
    expect(JSON.stringify(fact)).not.toContain(ecrPassword);
  });

  it('is read from a JWT', () => {
    const jwt = `${base64('{"alg":"RS256"}')}.${base64(JSON.stringify({ exp: expiration }))}.c2ln`;
    expect(readTokenExpiry(jwt)).toBe(expiration * 1000);
  });

  it.each([
    PASSWORD,
    '',
    'eyJub3QganNvbg==',
    base64('{"expiration":"soon"}'),
    base64('{"expiration":1}'),
    base64('{"expiration":1e30}'),
    base64('{"a":{"expiration":1763791320}}'),
    base64('null'),
  ])('is not invented for %j', (password) => {
    expect(readTokenExpiry(password)).toBeUndefined();
  });

  it.each([
    {
      who: 'AWS at an ECR host, last write known',
      user: 'AWS',
      key: host,
      time: '2026-11-21T18:02:00Z',
      isKnown: true,
    },
    { who: 'AWS at an ECR host, last write not known', user: 'AWS', key: host, time: undefined, isKnown: false },
    { who: 'another user', user: 'bot', key: host, time: '2026-11-21T18:02:00Z', isKnown: false },
    { who: 'another host', user: 'AWS', key: 'ghcr.io', time: '2026-11-21T18:02:00Z', isKnown: false },
  ])('follows from the last write at most: $who', ({ user, key, time, isKnown }) => {
    const managedFields = time === undefined ? [] : [{ manager: 'x', time }];
    const [only] = describePullSecret(
      secretOf(
        { auths: { [key]: { username: user, password: 'opaque' } } },
        { metadata: { name: 'ecr', namespace: 'shop', managedFields } },
      ),
    ).entries;
    expect(only).toMatchObject(
      isKnown
        ? { expiresAt: Date.parse('2026-11-22T06:02:00Z'), expirySource: 'age' }
        : { expiresAt: undefined, expirySource: undefined },
    );
  });
});

describe('ECR hosts', () => {
  it.each([
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    '123456789012.dkr-ecr.eu-west-1.on.aws',
    '123456789012.dkr-ecr-fips.us-east-1.on.aws',
    '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov',
  ])('%s is one', (name) => {
    expect(parseEcrHost(name)?.account).toBe('123456789012');
  });

  it.each([
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    'evil.123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '12345678901.dkr.ecr.eu-west-1.amazonaws.com',
    '*.dkr.ecr.eu-west-1.amazonaws.com',
    'public.ecr.aws',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443',
  ])('%s is none', (name) => {
    expect(parseEcrHost(name)).toBeUndefined();
  });
});

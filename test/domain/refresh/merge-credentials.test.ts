import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeSecret } from '../../../shared/domain/kubernetes.ts';
import { parsePullSecret } from '../../../shared/domain/pull-secret/parse-pull-secret.ts';
import { type CredentialDocument, openCredentials } from '../../../shared/domain/refresh/credential-document.ts';
import { mergeCredentials, newCredentials } from '../../../shared/domain/refresh/merge-credentials.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

function secretOf(text: string | Buffer, type = 'kubernetes.io/dockerconfigjson'): KubeSecret {
  const key = type.endsWith('cfg') ? '.dockercfg' : '.dockerconfigjson';
  return { type, data: { [key]: Buffer.from(text as string).toString('base64') } };
}

function open(secret: KubeSecret): CredentialDocument {
  const document = openCredentials(secret);
  if ('problem' in document) throw new Error(document.problem);
  return document;
}

function merge(text: string | Buffer, keys: readonly string[], type?: string): Buffer {
  const credentials = keys.map((key) => ({ key, username: 'AWS', password: new Secret('new-token') }));
  return Buffer.from(mergeCredentials(open(secretOf(text, type)), credentials).reveal(), 'base64');
}

const AUTH = Buffer.from('AWS:new-token').toString('base64');
const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');

describe('mergeCredentials', () => {
  it.each([
    {
      what: 'an entry',
      text: `{"auths":{"${HOST}":{"auth":"b2xkOm9sZA=="}}}`,
      merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"}}}`,
    },
    {
      what: 'user name and password too, and keeps the rest of the entry',
      text: `{"auths":{"${HOST}":{"username":"AWS","x":1.50,"password":"p","auth":"b2xkOm9sZA==","email":"a@b"}}}`,
      merged: `{"auths":{"${HOST}":{"username":"AWS","x":1.50,"password":"new-token","auth":"${AUTH}","email":"a@b"}}}`,
    },
    {
      what: 'an entry without auth',
      text: `{"auths":{"${HOST}":{"username":"u","password":"p"}}}`,
      merged: `{"auths":{"${HOST}":{"username":"AWS","password":"new-token","auth":"${AUTH}"}}}`,
    },
    { what: 'an empty entry', text: `{"auths":{"${HOST}":{}}}`, merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"}}}` },
    { what: 'null', text: `{"auths":{"${HOST}":null}}`, merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"}}}` },
    {
      what: 'both of two entries with one key',
      text: `{"auths":{"${HOST}":{"auth":"b2xkOm9sZA=="},"${HOST}":{"auth":"YTpi"}}}`,
      merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"},"${HOST}":{"auth":"${AUTH}"}}}`,
    },
    {
      what: 'a missing entry',
      text: '{"auths":{"a":{"auth":"YTpi"}},"k":1}',
      merged: `{"auths":{"a":{"auth":"YTpi"},"${HOST}":{"auth":"${AUTH}"}},"k":1}`,
    },
    { what: 'the first entry', text: '{ "auths" : { } }', merged: `{ "auths" : {"${HOST}":{"auth":"${AUTH}"} } }` },
    {
      what: 'missing auths',
      text: '{"credsStore":"x"}',
      merged: `{"credsStore":"x","auths":{"${HOST}":{"auth":"${AUTH}"}}}`,
    },
    {
      what: 'auths that are null',
      text: '{"auths":null,"n":12345678901234567890}',
      merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"}},"n":12345678901234567890}`,
    },
    { what: 'an empty document', text: '{}', merged: `{"auths":{"${HOST}":{"auth":"${AUTH}"}}}` },
    {
      what: 'fields in another case, which Go takes too',
      text: `{"Auths":{"${HOST}":{"Auth":"YTpi"}}}`,
      merged: `{"Auths":{"${HOST}":{"Auth":"${AUTH}"}}}`,
    },
    {
      what: 'an escaped key',
      text: '{"auths":{"\\u0031.example":{"auth":"YTpi"}}}',
      keys: ['1.example'],
      merged: `{"auths":{"\\u0031.example":{"auth":"${AUTH}"}}}`,
    },
  ])('writes $what', ({ text, merged, keys = [HOST] }) => {
    expect(merge(text, keys).toString()).toBe(merged);
  });

  it('writes the legacy form', () => {
    const text = `{"ghcr.io":{"auth":"YTpi"},"${HOST}":{"username":"AWS","password":"p","email":"none"}}`;
    const merged = merge(text, [HOST], 'kubernetes.io/dockercfg').toString();
    expect(merged).toBe(
      `{"ghcr.io":{"auth":"YTpi"},"${HOST}":{"username":"AWS","password":"new-token","email":"none","auth":"${AUTH}"}}`,
    );
  });

  it('keeps bytes that are not UTF-8', () => {
    const text = Buffer.concat([
      Buffer.from('{"x":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`","auths":{"${HOST}":{}}}`),
    ]);
    expect(merge(text, [HOST]).subarray(0, 8)).toEqual(text.subarray(0, 8));
  });

  it('makes a document', () => {
    const data = newCredentials([{ key: HOST, username: 'AWS', password: new Secret('new-token') }]);
    expect(Buffer.from(data.reveal(), 'base64').toString()).toBe(`{"auths":{"${HOST}":{"auth":"${AUTH}"}}}`);
  });
});

/** Any JSON, with the keys that trip implementations up. */
const oddKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '1',
  '0',
  'ghcr.io',
  'a"b',
  '\u2028',
  'auths',
  'é',
);
const entry = fc.oneof(
  fc.constant(null),
  fc.record({ auth: fc.base64String().map(() => basic('u', 'p')), email: fc.string() }, { requiredKeys: ['auth'] }),
  fc.record({ username: fc.string(), password: fc.string(), identitytoken: fc.string() }, { requiredKeys: [] }),
);
const entries = fc.array(
  fc.tuple(fc.oneof(oddKey, fc.constantFrom(HOST, `https://${HOST}`, `${HOST}/team`), fc.domain()), entry),
  {
    maxLength: 8,
  },
);
const extras = fc.array(
  fc.tuple(
    fc.oneof(oddKey, fc.string()).filter((key) => key.toLowerCase() !== 'auths'),
    fc.json(),
  ),
  { maxLength: 4 },
);
const space = fc.constantFrom('', ' ', '\n  ', '\t');

/** JSON text as somebody may have written it: duplicates, `__proto__`, white space. */
const documentText = fc.tuple(entries, extras, space, fc.boolean()).map(([auths, rest, gap, isLast]) => {
  const members = auths.map(([key, value]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${JSON.stringify(value)}`);
  const holder = `"auths":${gap}{${members.join(`${gap},`)}${gap}}`;
  const others = rest.map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  return `${gap}{${(isLast ? [...others, holder] : [holder, ...others]).join(',')}}${gap}`;
});

function entriesOf(text: string): readonly (readonly [string, unknown])[] {
  const { auths } = JSON.parse(text) as { readonly auths: object };
  return Object.entries(auths);
}

function rootOf(text: string): readonly (readonly [string, unknown])[] {
  return Object.entries(JSON.parse(text) as object).filter(([key]) => key !== 'auths');
}

describe('whatever stands in a valid document', () => {
  it('keeps all but the entries that are written, key order and __proto__ included', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        fc.pre(parsePullSecret(secretOf(text)).state === 'ok');
        const merged = merge(text, [HOST, `https://${HOST}`]).toString();
        const isWritten = (key: string) => key === HOST || key === `https://${HOST}`;
        const left = (from: string) => entriesOf(from).filter(([key]) => !isWritten(key));
        expect(left(merged)).toEqual(left(text));
        expect(rootOf(merged)).toEqual(rootOf(text));
        for (const key of [HOST, `https://${HOST}`]) {
          expect(new Map(entriesOf(merged)).get(key)).toMatchObject({ auth: AUTH });
        }
        expect(parsePullSecret(secretOf(merged)).state).toBe('ok');
      }),
    );
  });

  it('writes the same again where the credential is the same', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        fc.pre(parsePullSecret(secretOf(text)).state === 'ok');
        const once = merge(text, [HOST]);
        expect(merge(once, [HOST])).toEqual(once);
      }),
    );
  });

  it('is opened only where the kubelet would read it, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), documentText), (text) => {
        const document = openCredentials(secretOf(text));
        expect('problem' in document).toBe(parsePullSecret(secretOf(text)).state !== 'ok');
      }),
    );
  });
});

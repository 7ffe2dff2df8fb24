import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { findCredentials } from './find-credentials.ts';
import { recordCase, SurvivorsError } from './record-case.ts';
import type { Json } from './redact-objects.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const jwt = (claims: object) =>
  `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
const ecrToken = base64(
  JSON.stringify({
    payload: 'k3Jx'.repeat(100),
    datakey: 'AQEB',
    version: '2',
    type: 'DATA_KEY',
    expiration: 1795400000,
  }),
);

const PASSWORD = 'correct-horse';
const DOCUMENT = {
  auths: {
    'registry.example.com': {
      username: 'jane',
      password: PASSWORD,
      auth: base64(`jane:${PASSWORD}`),
      email: 'jane@corp.example',
    },
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com': { auth: base64(`AWS:${ecrToken}`) },
    'https://index.docker.io/v1/': { identitytoken: jwt({ sub: 'jane', exp: 1795400000 }) },
    __proto__: null,
  },
  credHelpers: { 'ghcr.io': 'none' },
};

function secret(document: string, more: object = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: {
          name: 'regcred',
          namespace: 'shop',
          uid: '6c8ac053-4eb9-4624-92b9-f4c1570d451e',
          managedFields: [{ manager: 'kubectl', time: '2026-11-22T11:11:40Z' }],
          ...more,
        },
        data: { '.dockerconfigjson': base64(document), other: base64('another value') },
      },
    ],
  } as unknown as Json;
}

function pod(
  change: { readonly message?: string; readonly container?: object; readonly metadata?: object } = {},
): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: 'shop', uid: 'e6acd415-419f-4b16-bbe1-8705c5dfb941', ...change.metadata },
    spec: {
      nodeName: 'ip-10-1-2-3.corp.example',
      containers: [{ name: 'app', image: 'registry.example.com/app:v9', ...change.container }],
    },
    status: {
      hostIP: '10.1.2.3',
      podIP: '100.64.7.7',
      containerStatuses: [
        { name: 'app', state: { waiting: { reason: 'ErrImagePull', message: change.message ?? 'not found' } } },
      ],
    },
  } as unknown as Json;
}

const textOf = (files: Readonly<Record<string, Json>>) => JSON.stringify(files);

describe('recording a case', () => {
  it('keeps hosts, fields and expiries of a pull secret, and no value', () => {
    const files = recordCase({ 'secrets.json': secret(JSON.stringify(DOCUMENT)), 'pod.json': pod() });
    const list = files['secrets.json'] as { items: { data: Record<string, string>; metadata: object }[] };
    const { data, metadata } = list.items[0] ?? { data: {}, metadata: {} };
    const fake = JSON.parse(Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString());
    expect(Object.keys(fake.auths)).toEqual(Object.keys(DOCUMENT.auths));
    expect(fake.auths['registry.example.com']).toMatchObject({
      username: 'recorded-user',
      password: 'recorded-password',
    });
    const [user, token = ''] = Buffer.from(Object.values<{ auth: string }>(fake.auths)[1]?.auth ?? '', 'base64')
      .toString()
      .split(':');
    expect(user).toBe('AWS');
    expect(JSON.parse(Buffer.from(token, 'base64').toString())).toMatchObject({
      type: 'DATA_KEY',
      expiration: 1795400000,
    });
    const claims = fake.auths['https://index.docker.io/v1/'].identitytoken.split('.')[1];
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ exp: 1795400000 });
    expect(metadata).toMatchObject({ managedFields: [{ manager: 'kubectl' }] });
    for (const gone of [PASSWORD, 'jane', 'corp.example', base64('another value')])
      expect(textOf(files)).not.toContain(gone);
    expect(fake.credHelpers).toEqual(DOCUMENT.credHelpers);
  });

  it.each([
    { what: 'not JSON', document: '{"auths": ' },
    { what: 'an auth that is not base64 of a pair', document: '{"auths":{"a.example":{"auth":"?"}}}' },
  ])('keeps a secret malformed that is $what', ({ document }) => {
    const files = recordCase({ 'secrets.json': secret(document) });
    const list = files['secrets.json'] as { items: { data: Record<string, string> }[] };
    const fake = Buffer.from(list.items[0]?.data['.dockerconfigjson'] ?? '', 'base64').toString();
    if (document.includes('auth"')) expect(JSON.parse(fake).auths['a.example'].auth).toBe('recorded!');
    else expect(() => JSON.parse(fake)).toThrow();
  });

  it('gives ids, nodes and addresses stable names over all files, and leaves loopback as it is', () => {
    const events = {
      kind: 'List',
      items: [
        {
          kind: 'Event',
          message: 'dial tcp 10.1.2.3:443: connect: connection refused (127.0.0.1:5999, 8.8.8.8, version 2.4.2)',
          involvedObject: { uid: 'e6acd415-419f-4b16-bbe1-8705c5dfb941' },
          source: { component: 'kubelet', host: 'ip-10-1-2-3.corp.example' },
        },
      ],
    } as unknown as Json;
    const files = recordCase({ 'pod.json': pod(), 'events.json': events });
    expect(files['pod.json']).toMatchObject({
      metadata: { uid: '00000000-0000-4000-8000-000000000001' },
      spec: { nodeName: 'node-1' },
      status: { hostIP: '10.0.0.1' },
    });
    expect(files['events.json']).toMatchObject({
      items: [
        {
          message: 'dial tcp 10.0.0.1:443: connect: connection refused (127.0.0.1:5999, 203.0.113.1, version 2.4.2)',
          involvedObject: { uid: '00000000-0000-4000-8000-000000000001' },
          source: { host: 'node-1' },
        },
      ],
    });
  });

  it('drops what a container runs with, and annotations that may hold anything', () => {
    const files = recordCase({
      'pod.json': pod({
        container: { env: [{ name: 'TOKEN', value: 'hunter2hunter2' }], args: ['--password=hunter2hunter2'] },
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': 'hunter2hunter2',
            'pullmedic.dev/oncall': 'team-shop',
          },
        },
      }),
    });
    expect(textOf(files)).not.toContain('hunter2');
    expect(files['pod.json']).toMatchObject({ metadata: { annotations: { 'pullmedic.dev/oncall': 'team-shop' } } });
  });

  it('puts in what the user wants instead of a name', () => {
    const files = recordCase({ 'pod.json': pod({ message: 'registry.acme.internal refused' }) }, [
      ['acme.internal', 'example.com'],
    ]);
    expect(textOf(files)).toContain('registry.example.com refused');
  });

  it.each([
    { what: 'a password of the pull secret in an event', message: `tried ${PASSWORD} and failed` },
    { what: 'an AWS access key id', message: 'denied for AKIAIOSFODNN7EXAMPLE' },
    { what: 'a key nobody knows the form of', message: 'x-key wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY' },
    { what: 'an API key in hex', message: 'key 9f86d081884c7d659a2feaa0c55ad015' },
    { what: 'a document in base64', message: `config ${base64('{"auths":{"a.example":{"password":"pa55"}}}')}` },
    { what: 'a private key', message: '-----BEGIN RSA PRIVATE KEY----- MIIE' },
  ])('refuses to write $what, and does not say it', ({ message }) => {
    const files = { 'pod.json': pod({ message }), 'secrets.json': secret(JSON.stringify(DOCUMENT)) };
    let error: unknown;
    try {
      recordCase(files);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(SurvivorsError);
    expect(String(error)).toContain('pod.json status.containerStatuses[0].state.waiting.message');
    expect(String(error)).not.toContain(message.split(' ')[1]);
  });

  it('lets no random password through, wherever it stands', () => {
    const characters = fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789');
    const place = fc.constantFrom('message', 'env', 'annotation', 'secret');
    const property = fc.property(fc.array(characters, { minLength: 24, maxLength: 60 }), place, (letters, where) => {
      const planted = letters.join('');
      // Sixty equal letters are random by chance only.
      fc.pre(new Set(letters).size > 14 && /[a-z]/.test(planted) && /[A-Z]/.test(planted) && /\d/.test(planted));
      const files = {
        'pod.json': pod({
          ...(where === 'message' && { message: `server says ${planted}` }),
          ...(where === 'env' && { container: { env: [{ name: 'A', value: planted }] } }),
          ...(where === 'annotation' && { metadata: { annotations: { 'vendor.example/x': planted } } }),
        }),
        ...(where === 'secret' && {
          'secrets.json': secret(JSON.stringify({ auths: { 'a.example': { auth: base64(`u:${planted}`) } } })),
        }),
      };
      try {
        expect(textOf(recordCase(files))).not.toContain(planted);
      } catch (error) {
        if (!(error instanceof SurvivorsError)) throw error;
      }
    });
    expect(() => fc.assert(property, { numRuns: 300 })).not.toThrow();
  });
});

describe('what looks like a credential', () => {
  it.each([
    'Failed to pull image "registry.example.com/team/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
    'write /var/lib/containerd/io.containerd.content.v1.content/ingest/6a62b8a6fcbc49f034ffdf590d5e35e1c3086a3fa61a6675ba36af17c09e8e6c/data: no space left on device',
    'MountVolume.SetUp failed for volume "kube-api-access-k4cmr" FailedToRetrieveImagePullSecret',
    'web-77d5c56996-mb2t8.18ea5995cb525a66',
    'containerd://6a62b8a6fcbc49f034ffdf590d5e35e1c3086a3fa61a6675ba36af17c09e8e6c',
    'pulling https://[redacted]@registry.example.com/v2/',
    '00000000-0000-4000-8000-000000000001',
  ])('is not %s', (text) => {
    expect(findCredentials(text)).toEqual([]);
  });

  it.each([
    { text: jwt({ sub: 'x' }), kind: 'JWT' },
    { text: 'https://jane:pw@registry.example.com/', kind: 'user info in a URL' },
    { text: 'Authorization: Basic amFuZTpwYXNzd29yZDE=', kind: 'Authorization value' },
    { text: `ghp_${'a1B2'.repeat(9)}`, kind: 'token of a known form' },
    { text: base64('https://jane:pw@registry.example.com/'), kind: 'user info in a URL' },
  ])('is $kind', ({ text, kind }) => {
    expect(findCredentials(text)).toContain(kind);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintText } from '../../shared/domain/text-fingerprint.ts';

describe('fingerprintText', () => {
  it.each([
    {
      says: 'hosts, images, digests and numbers',
      a: 'failed to frobnicate "ghcr.io/team/web:v1.2.3": sha256:0f3 took 12s at 10.0.0.7:443',
      b: 'failed to frobnicate "quay.io/x/y:9": sha256:9ab took 3.5s at 10.9.9.9:5000',
      text: 'failed to frobnicate <name> : <digest> took <n> at <name>',
    },
    {
      says: 'the wrappers of two kubelets',
      a: 'Failed to pull image "a/b:1": rpc error: code = Unknown desc = the moon is in the wrong phase',
      b: 'Back-off pulling image "c:2": ErrImagePull: the moon is in the wrong phase',
      text: 'the moon is in the wrong phase',
    },
    {
      says: 'unquoted names of hosts, pods and files',
      a: 'cannot place /var/lib/a on node-7 of pod checkout-7c9d8-x2x4p',
      b: 'cannot place /srv/b/c on worker-12 of pod api-0',
      text: 'cannot place <name> on <name> of pod <name>',
    },
    {
      says: 'URLs and identifiers of requests',
      a: 'Get "https://a.example.com/v2/": weather, request id: 8f14e45f-ceea',
      b: 'Get "https://b.example.org/v2/x/manifests/1": weather, request id: 1679091c-5a88',
      text: 'Get <name> : weather, request id: <name>',
    },
    {
      says: 'lists of any length',
      a: 'none of [a.example b.example c.example] agrees',
      b: 'none of [a.example b.example] agrees',
      text: undefined,
    },
    { says: 'upper and lower case', a: 'The Moon', b: 'the moon', text: undefined },
  ])('leaves out $says', ({ a, b, text }) => {
    expect(fingerprintText(a).hash).toBe(fingerprintText(b).hash);
    if (text !== undefined) expect(fingerprintText(a).text).toBe(text);
  });

  it.each([
    ['the moon is full', 'the moon is new'],
    ['denied: MANIFEST_FULL', 'denied: MANIFEST_EMPTY'],
    ['{"message":"the moon is far too full"}', '{"message":"the moon is far too new"}'],
    ['read i/o weather', 'write i/o weather'],
  ])('tells %j from %j', (a, b) => {
    expect(fingerprintText(a).hash).not.toBe(fingerprintText(b).hash);
  });

  it('keeps no credential', () => {
    const token = 'Z2hwXzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MA';
    const { text } = fingerprintText(
      `strange: Authorization: Bearer ${token} at https://me:hunter2@r.example.com/?sig=abc`,
    );
    expect(text).not.toMatch(/hunter2|Z2hw|abc|example/);
  });

  it('is short, stable and quick for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 3_000 }), fc.string({ unit: 'binary', maxLength: 500 })), (text) => {
        const fingerprint = fingerprintText(text);
        expect(fingerprint.hash).toMatch(/^[0-9a-f]{12}$/);
        expect(fingerprint.text.length).toBeLessThanOrEqual(200);
        expect(fingerprintText(text)).toEqual(fingerprint);
      }),
    );
  });

  it.each([`${'"'.repeat(60_000)}`, "'".repeat(60_000), 'a-'.repeat(30_000), '<'.repeat(60_000), '=('.repeat(30_000)])(
    'takes no long time for a hostile text (%#)',
    (text) => {
      const started = performance.now();
      fingerprintText(text);
      expect(performance.now() - started).toBeLessThan(500);
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatImageReference, parseImageReference } from '../../shared/domain/image-reference.ts';

const DIGEST = `sha256:${'a1'.repeat(32)}`;

describe('parseImageReference', () => {
  it.each([
    { text: 'nginx', registry: 'docker.io', repository: 'library/nginx', tag: 'latest' },
    { text: 'nginx:1.27', registry: 'docker.io', repository: 'library/nginx', tag: '1.27' },
    { text: 'acme/web', registry: 'docker.io', repository: 'acme/web', tag: 'latest' },
    { text: 'index.docker.io/nginx:1', registry: 'docker.io', repository: 'library/nginx', tag: '1' },
    { text: 'localhost/web:1', registry: 'localhost', repository: 'web', tag: '1' },
    { text: 'localhost:5000/web', registry: 'localhost:5000', repository: 'web', tag: 'latest' },
    { text: '127.0.0.1:5000/a/b/c:v1', registry: '127.0.0.1:5000', repository: 'a/b/c', tag: 'v1' },
    { text: '[::1]:5000/web:1', registry: '[::1]:5000', repository: 'web', tag: '1' },
    { text: 'Registry.Example.com/web:V1', registry: 'Registry.Example.com', repository: 'web', tag: 'V1' },
    { text: 'ghcr.io/a/b__c-d.e:x_y', registry: 'ghcr.io', repository: 'a/b__c-d.e', tag: 'x_y' },
  ])('reads $text', ({ text, registry, repository, tag }) => {
    expect(parseImageReference(text)).toMatchObject({ raw: text, registry, repository, tag, digest: undefined });
  });

  it('keeps a tag beside a digest, and gives no default tag to a digest alone', () => {
    expect(parseImageReference(`quay.io/a/b:v1@${DIGEST}`)).toMatchObject({
      tag: 'v1',
      digest: DIGEST,
      isTagExplicit: true,
    });
    expect(parseImageReference(`quay.io/a/b@${DIGEST}`)).toMatchObject({
      tag: undefined,
      digest: DIGEST,
      isTagExplicit: false,
    });
  });

  it('knows a written latest from a defaulted one', () => {
    expect(parseImageReference('nginx:latest')?.isTagExplicit).toBe(true);
    expect(parseImageReference('nginx')?.isTagExplicit).toBe(false);
  });

  it.each([
    '',
    ' nginx',
    'nginx ',
    'Nginx:1',
    'quay.io/Team/App:v1',
    'https://quay.io/a/b:v1',
    'nginx:bad:tag',
    '/team/app:v1',
    'team//app',
    'nginx:',
    'nginx@sha256:abc',
    `nginx@md5:${'a'.repeat(32)}`,
    'a'.repeat(64),
    `x.io/${'a'.repeat(256)}`,
    `nginx:${'t'.repeat(129)}`,
    'nginx:1\u200b2',
    'a___b',
    '-host.io/a',
  ])('refuses %j', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it('takes no time for the name that takes other parsers minutes', () => {
    const startedAt = performance.now();
    expect(parseImageReference(`x.io/${'a'.repeat(1000)}!`)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(200);
  });

  it('reads any text without throwing, and reads back what it formats', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const image = parseImageReference(text);
        if (image === undefined) return;
        const again = parseImageReference(formatImageReference(image));
        expect(again).toMatchObject({ registry: image.registry, repository: image.repository, digest: image.digest });
      }),
    );
  });
});

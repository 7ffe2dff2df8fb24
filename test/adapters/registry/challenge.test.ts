import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenge } from '../../../shared/adapters/registry/challenge.ts';

const bearer = (realm: string, service?: string) => ({ scheme: 'bearer', realm, service });

describe('parseChallenge', () => {
  it.each([
    {
      header: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull,push"',
      challenge: bearer('https://auth.docker.io/token', 'registry.docker.io'),
    },
    { header: 'bearer  REALM = "https://a/t" , Service=plain', challenge: bearer('https://a/t', 'plain') },
    { header: 'Bearer realm="https://nvcr.io/proxy_auth"', challenge: bearer('https://nvcr.io/proxy_auth') },
    { header: 'Bearer realm="https://a/\\"q\\""', challenge: bearer('https://a/"q"') },
    { header: 'Basic realm="https://x.dkr.ecr/",service="ecr.amazonaws.com"', challenge: { scheme: 'basic' } },
    { header: 'Basic', challenge: { scheme: 'basic' } },
    { header: 'Basic realm="a, Bearer realm=x"', challenge: { scheme: 'basic' } },
    { header: 'Basic realm="a", Bearer realm="https://a/t",service="s"', challenge: bearer('https://a/t', 's') },
    { header: 'Negotiate, Basic realm="a"', challenge: { scheme: 'basic' } },
    { header: 'Bearer service="s"', challenge: undefined },
    { header: 'Digest realm="a"', challenge: undefined },
    { header: 'realm="a"', challenge: undefined },
    { header: '', challenge: undefined },
    { header: undefined, challenge: undefined },
    { header: '"', challenge: undefined },
  ])('$header', ({ header, challenge }) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it('takes any text, and quickly', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => void parseChallenge(text)));
    const startedAt = performance.now();
    for (const text of ['Bearer realm="'.repeat(5_000), 'a='.repeat(50_000), `Bearer realm="${'\\'.repeat(100_000)}`]) {
      parseChallenge(text);
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

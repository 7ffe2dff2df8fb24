import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redact } from '../../shared/domain/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

describe('redact', () => {
  it.each([
    { what: 'user info', text: 'Get "https://ci:hunter2@registry.example.com/v2/": EOF', gone: 'hunter2' },
    { what: 'user info with @', text: 'https://ci:hun@ter2@registry.example.com/v2/', gone: 'ter2' },
    { what: 'a signed URL', text: 'https://b.s3.amazonaws.com/x?X-Amz-Signature=abc123&X-Amz-Date=2', gone: 'abc123' },
    { what: 'a value after &amp;', text: 'https://a.example/x?scope=a&amp;token=abc123', gone: 'abc123' },
    { what: 'a basic header', text: 'Authorization: Basic QVdTOnBhc3N3b3Jk', gone: 'QVdTOnBhc3N3b3Jk' },
    { what: 'a header in JSON', text: '{"authorization":"Bearer abcdef0123456789"}', gone: 'abcdef0123456789' },
    { what: 'a bearer value', text: 'sent Bearer AbCdEf0123456789xyz', gone: 'AbCdEf0123456789xyz' },
    { what: 'a JWT', text: `token ${JWT} refused`, gone: 'dozjgNryP4J3jVmNHl0w5N' },
    { what: 'a docker config', text: '{"auths":{"ghcr.io":{"auth":"dTpwYXNz"}}}', gone: 'dTpwYXNz' },
    { what: 'a GitHub token', text: 'password ghp_abcdefghijklmnopqrstuvwxyz0123456789', gone: 'ghp_abcdef' },
    { what: '200 characters of base64', text: `x ${'QUJD'.repeat(50)} y`, gone: 'QUJDQUJD' },
    { what: 'base64 in lines', text: `x\n${`${'QUJD'.repeat(18)}\n`.repeat(3)}`, gone: 'QUJDQUJD' },
  ])('removes $what', ({ text, gone }) => {
    expect(redact(text)).not.toContain(gone);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    'repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    'Get "https://auth.docker.io/token?scope=repository%3Aa%2Fb%3Apull&service=registry.docker.io": EOF',
    'Head "http://10.0.0.1:5000/v2/a/manifests/1?ns=docker.io": EOF',
    'pull access denied: authorization failed: no basic auth credentials',
    'initializing source docker://busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000',
    'Www-Authenticate: Bearer realm="https://auth.docker.io/token"',
    'QUJD'.repeat(49),
  ])('keeps %j', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('changes nothing the second time', () => {
    const piece = fc.constantFrom(
      'https://',
      'u:p@',
      'host/',
      '?a=',
      '&b=',
      'x',
      'Authorization: ',
      'Basic ',
      JWT,
      'Q'.repeat(210),
      ' ',
      '"',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 20 }).map((all) => all.join('')),
        ),
        (text) => {
          expect(redact(redact(text))).toBe(redact(text));
        },
      ),
    );
  });

  it('removes the user info of any URL, and any query value but the three that are harmless', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
    fc.assert(
      fc.property(word, word, word, (user, password, value) => {
        const text = redact(`Get "https://${user}:${password}@r.example.com/v2/?sig=${value}Z&ns=docker.io": EOF`);
        expect(text).not.toContain(`${password}@`);
        expect(text).not.toContain(`${value}Z`);
        expect(text).toContain('ns=docker.io');
      }),
    );
  });

  it.each([':', '://', 'a', 'eyJ', '-eyJ', 'Q', '&a=', 'basic ', '"auth":"'])(
    'is quick on a long run of %j',
    (unit) => {
      const startedAt = performance.now();
      redact(unit.repeat(Math.ceil(20_000 / unit.length)));
      expect(performance.now() - startedAt).toBeLessThan(1500);
    },
  );
});

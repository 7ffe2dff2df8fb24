import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';

const WORDS = [
  'Failed to pull image "',
  '": ',
  'rpc error: code = NotFound desc = ',
  'failed to resolve reference "r.example.com/a/b:v1": ',
  'not found',
  'dial tcp: lookup ',
  'no such host',
  'https://u:p@r.example.com/v2/a/blobs/sha256:ab',
  '403 Forbidden',
  'x509: ',
  'certificate signed by unknown authority',
  'manifest unknown',
  'repository ',
  'snapshot',
  'image ',
  '[',
  ', ',
  ']',
  '\n',
  '\\"',
  '…',
  'token has expired',
  'no space left on device',
  'EOF',
];
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 25 }).map((all) => all.join('')),
);

describe('any text', () => {
  it('gets at least one finding, each fit to be shown, and never a credential', () => {
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (message, image) => {
        const findings = diagnose(failureFromText({ text: message, image }, 0));
        expect(findings.length).toBeGreaterThan(0);
        for (const { phrase, evidence, subject } of findings) {
          expect([...phrase].length).toBeLessThanOrEqual(70);
          expect(phrase).not.toContain('\n');
          expect(evidence.length).toBeGreaterThan(0);
          expect(JSON.stringify({ evidence, subject })).not.toContain('u:p@');
        }
        expect(new Set(findings.map(({ causeId }) => causeId)).size).toBe(findings.length);
      }),
      { numRuns: 300 },
    );
  });

  it('may be any bytes at all', () => {
    const bytes = fc.uint8Array({ maxLength: 4096 });
    const decoders = [new TextDecoder('utf-8'), new TextDecoder('latin1'), new TextDecoder('utf-16le')];
    fc.assert(
      fc.property(bytes, fc.constantFrom(...decoders), fc.array(text, { maxLength: 3 }), (raw, decoder, around) => {
        const message = around.join(decoder.decode(raw));
        const failure = failureFromText({ text: message, reason: message.slice(0, 20) }, 0);
        expect(failure.error.parts.length).toBeGreaterThan(0);
        expect(failure.error.raw.length).toBeLessThanOrEqual(16 * 1024);
        expect(diagnose(failure)[0]?.causeId).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  it('is ordered by confidence', () => {
    const rank = { certain: 2, likely: 1, possible: 0 };
    fc.assert(
      fc.property(text, (message) => {
        const ranks = diagnose(failureFromText({ text: message }, 0)).map(({ confidence }) => rank[confidence]);
        expect([...ranks].sort((a, b) => b - a)).toEqual(ranks);
      }),
    );
  });

  it.each([
    'manifest for ',
    'repository ',
    'image ',
    'snapshot 1',
    'token ',
    'username password ',
    ': 403 ',
    'lookup a:',
    '[rpc error: ',
    ', failed to ',
    'reading manifest a in b',
    '"',
    'https://r.example.com/v2/ ',
    'project',
    'artifact',
    'w-w.',
    'err="x" ',
    'E1122 09:12:01.1 1 a.go:1] "x" ',
    'Warning  Failed  Failed to pull image "a": ',
    'Successfully pulled image ',
    'dockercfg unmarshal ',
    'no match ',
    'signature not ',
    '\\\\n',
    'a.b.',
    'a.b-',
    'a.b/c:d@',
    'status https://r.example.com:5',
    'msg="a "b" ',
    'media type ',
    '\u2502 \n',
    'PullImage a ',
    'registry a.b',
  ])('is judged quickly where it repeats %j', (unit) => {
    const startedAt = performance.now();
    diagnose(failureFromText({ text: unit.repeat(Math.ceil(20_000 / unit.length)) }, 0));
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});

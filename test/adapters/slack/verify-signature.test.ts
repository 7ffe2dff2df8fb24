import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isSigned, readClaim } from '../../../shared/adapters/slack/verify-signature.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SECONDS = NOW / 1_000;
const SECRET = new Secret('8f742231b10e8888abcd99yyyzzz85a5');
const BODY = Buffer.from('payload=%7B%22a%22%3A1%7D');

const sign = (body: Buffer, timestamp: string, secret = SECRET) =>
  `v0=${createHmac('sha256', secret.reveal()).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
const headers = (timestamp: number | string, signature = sign(BODY, String(timestamp))) => ({
  'x-slack-request-timestamp': String(timestamp),
  'x-slack-signature': signature,
});

describe('the headers of a request', () => {
  it.each([
    { what: 'of now', given: headers(SECONDS), ok: true },
    { what: 'of 5 minutes ago', given: headers(SECONDS - 300), ok: true },
    { what: 'of 5 minutes and a second ago', given: headers(SECONDS - 301), ok: false },
    { what: 'of a minute ahead: our clock may lag', given: headers(SECONDS + 60), ok: true },
    { what: 'of more than a minute ahead', given: headers(SECONDS + 61), ok: false },
    { what: 'of a far future', given: headers(99_999_999_999), ok: false },
    { what: 'with a timestamp that is a fraction', given: headers(`${SECONDS}.5`), ok: false },
    { what: 'with a negative timestamp', given: headers(`-${SECONDS}`), ok: false },
    { what: 'with a timestamp in hexadecimal', given: headers(`0x${SECONDS.toString(16)}`), ok: false },
    { what: 'with an empty timestamp', given: headers('', sign(BODY, '')), ok: false },
    { what: 'without a signature', given: { 'x-slack-request-timestamp': String(SECONDS) }, ok: false },
    { what: 'without a timestamp', given: { 'x-slack-signature': sign(BODY, String(SECONDS)) }, ok: false },
    { what: 'with a signature of another version', given: headers(SECONDS, `v1=${'0'.repeat(64)}`), ok: false },
    { what: 'with half a signature', given: headers(SECONDS, `v0=${'0'.repeat(32)}`), ok: false },
    { what: 'with two signatures', given: headers(SECONDS, `v0=${'0'.repeat(64)},v0=${'1'.repeat(64)}`), ok: false },
    {
      what: 'in the case that Slack writes',
      given: {
        'X-Slack-Request-Timestamp': String(SECONDS),
        'X-Slack-Signature': sign(BODY, String(SECONDS)),
      },
      ok: true,
    },
    {
      what: 'twice, in two cases',
      given: { ...headers(SECONDS), 'X-Slack-Signature': sign(BODY, String(SECONDS)) },
      ok: false,
    },
  ])('$what: $ok', ({ given, ok }) => {
    expect(readClaim(given, NOW).ok).toBe(ok);
  });
});

describe('a signature', () => {
  function judge(body: Buffer, given: Readonly<Record<string, string>>, secret = SECRET): boolean {
    const claim = readClaim(given, NOW);
    if (!claim.ok) throw new Error(claim.why);
    return isSigned(body, claim, secret);
  }

  it('is that of the very bytes, by the very secret, at the very second', () => {
    expect(judge(BODY, headers(SECONDS))).toBe(true);
    expect(judge(Buffer.concat([BODY, Buffer.from('\n')]), headers(SECONDS))).toBe(false);
    expect(judge(BODY, headers(SECONDS), new Secret('another'))).toBe(false);
    expect(judge(BODY, headers(SECONDS - 1, sign(BODY, String(SECONDS))))).toBe(false);
    expect(judge(BODY, headers(SECONDS, `v0=${'0'.repeat(64)}`))).toBe(false);
  });
});

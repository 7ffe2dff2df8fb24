import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createCredentials } from '../../../shared/adapters/credentials/create-credentials.ts';
import type { CredentialSource } from '../../../shared/adapters/credentials/credential-source.ts';

const VALUE = 'xoxb-very-secret';

describe('credentials', () => {
  let folder: string;
  let clock: AdjustableClock;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-credentials-'));
    clock = createAdjustableClock({ startAt: 0 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function open(more: { readonly env?: Record<string, string>; readonly ssm?: CredentialSource } = {}) {
    return createCredentials({ clock, env: {}, ...more });
  }

  async function failure(reading: Promise<unknown>): Promise<Record<string, unknown>> {
    return reading.then(
      () => ({ nothing: 'was thrown' }),
      (error) => ({ code: error.code, retry: error.retry, message: error.message, shown: inspect(error) }),
    );
  }

  it('are read from the environment that was handed in', async () => {
    expect((await open({ env: { TOKEN: VALUE } }).read('env:TOKEN')).reveal()).toBe(VALUE);
  });

  it.each([
    { written: VALUE, what: 'as it is' },
    { written: `${VALUE}\n`, what: 'without the line break at its end' },
    { written: `${VALUE}\r\n`, what: 'without the line break of Windows at its end' },
  ])('are read from a file $what', async ({ written }) => {
    const path = join(folder, 'token');
    writeFileSync(path, written);
    expect((await open().read(`file:${path}`)).reveal()).toBe(VALUE);
  });

  it('keep what stands inside a file', async () => {
    const path = join(folder, 'kubeconfig');
    writeFileSync(path, 'a: 1\n\nb: 2\n\n');
    expect((await open().read(`file:${path}`)).reveal()).toBe('a: 1\n\nb: 2\n');
  });

  it('are read from other places by the rest of the reference', async () => {
    const credentials = open({ ssm: async (name) => `value of ${name}` });
    expect((await credentials.read('ssm:/pullmedic/a:b#c')).reveal()).toBe('value of /pullmedic/a:b#c');
  });

  it.each([
    { reference: 'env:NOT_SET', says: 'env:NOT_SET: does not exist' },
    { reference: 'env:EMPTY', says: 'env:EMPTY: is empty' },
    { reference: 'env:toString', says: 'env:toString: does not exist' },
    { reference: 'file:/no/such/file', says: 'file:/no/such/file: does not exist' },
    { reference: 'ssm:NAME', says: 'ssm:NAME: ssm: references cannot be read here' },
    { reference: 'aws-sm:NAME', says: 'aws-sm:NAME: aws-sm: references cannot be read here' },
  ])('that are not there are refused by their reference: $reference', async ({ reference, says }) => {
    const thrown = await failure(open({ env: { EMPTY: '' } }).read(reference));
    expect(thrown).toMatchObject({ code: 'credential', retry: 'give-up', message: says });
  });

  it.each([VALUE, 'constructor:x', 'vault:x', 'env:', '', ':x'])(
    'that are no reference are refused unseen: %p',
    async (text) => {
      const thrown = await failure(open().read(text));
      expect(thrown).toMatchObject({ code: 'credential', retry: 'give-up' });
      expect(String(thrown['message'])).toMatch(/must be a reference/);
      expect(String(thrown['shown'])).not.toContain(VALUE);
    },
  );

  it('whose place does not answer may be read later', async () => {
    const thrown = await failure(open({ ssm: () => Promise.reject(new Error('timeout')) }).read('ssm:N'));
    expect(thrown).toMatchObject({ code: 'credential', retry: 'retry', message: 'ssm:N: cannot be read' });
  });

  it('are kept for 60 s', async () => {
    let reads = 0;
    const credentials = open({ ssm: async () => `v${++reads}` });
    const read = async () => (await credentials.read('ssm:N')).reveal();
    expect(await read()).toBe('v1');
    clock.advance(59.999);
    expect(await read()).toBe('v1');
    clock.advance(0.001);
    expect(await read()).toBe('v2');
    await credentials.read('ssm:other');
    expect(reads).toBe(3);
  });

  it('are read once by many who ask at once', async () => {
    let reads = 0;
    const credentials = open({ ssm: async () => `v${++reads}` });
    const all = await Promise.all([1, 2, 3].map(() => credentials.read('ssm:N')));
    expect(all.map((one) => one.reveal())).toEqual(['v1', 'v1', 'v1']);
  });

  it('that could not be read are read again at once', async () => {
    let reads = 0;
    const credentials = open({
      ssm: async () => {
        reads += 1;
        if (reads === 1) throw new Error('timeout');
        return VALUE;
      },
    });
    await failure(credentials.read('ssm:N'));
    expect((await credentials.read('ssm:N')).reveal()).toBe(VALUE);
  });

  it('are not served beyond their 60 s when their place is gone', async () => {
    let isThere = true;
    const credentials = open({ ssm: async () => (isThere ? VALUE : undefined) });
    await credentials.read('ssm:N');
    isThere = false;
    clock.advance(60);
    expect(await failure(credentials.read('ssm:N'))).toMatchObject({ retry: 'give-up' });
  });

  it('show nothing of themselves', async () => {
    const secret = await open({ env: { TOKEN: VALUE } }).read('env:TOKEN');
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain(VALUE);
  });
});

import { describe, expect, it } from '@jest/globals';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createPlainLog, type PlainLogOptions } from '../../../shared/adapters/log/plain-log.ts';
import { StoreError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const clock = createAdjustableClock({ startAt: Date.UTC(2026, 10, 22, 13) });

function open(options: Partial<PlainLogOptions> = {}) {
  const lines: string[] = [];
  return { lines, log: createPlainLog({ write: (line) => lines.push(line), clock, ...options }) };
}

describe('the plain log', () => {
  it('writes a line for people', () => {
    const { lines, log } = open();
    log.warn('secret not readable', { namespace: 'shop', status: 403, why: 'no right', none: undefined });
    expect(lines).toEqual([
      '2026-11-22T13:00:00.000Z WARN  secret not readable namespace=shop status=403 why="no right"\n',
    ]);
  });

  it('writes a line for collectors, which no field can forge', () => {
    const { lines, log } = open({ format: 'json', fields: { function: 'sweeper' } });
    log.error('store failed', { level: 'debug', message: 'all well', time: 'never', count: 2 });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-11-22T13:00:00.000Z',
      level: 'error',
      message: 'store failed',
      function: 'sweeper',
      count: 2,
    });
  });

  it.each([
    { level: 'debug', written: ['debug', 'info', 'warn', 'error'] },
    { level: undefined, written: ['info', 'warn', 'error'] },
    { level: 'warn', written: ['warn', 'error'] },
    { level: 'error', written: ['error'] },
  ] as const)('at level $level writes $written', ({ level, written }) => {
    const { lines, log } = open({ format: 'json', ...(level ? { level } : {}) });
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  it.each(['text', 'json'] as const)('keeps one event on one line in %s, and no terminal code in it', (format) => {
    const { lines, log } = open({ format });
    log.info('message', { text: 'a\nb\r\u001b[31mred\u0000\u2028\u0085end', ['key\nx']: 1 });
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    // JSON allows the controls above U+007F and the line separators.
    if (format === 'text') expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028]/u);
    else expect([...line.slice(0, -1)].every((char) => char >= ' ')).toBe(true);
  });

  it.each(['text', 'json'] as const)('shows no secret in %s', (format) => {
    const { lines, log } = open({ format });
    log.info('x', { secret: new Secret('hunter2'), nested: [{ secret: new Secret('hunter2') }] });
    expect(lines[0]).toContain('[secret]');
    expect(lines[0]).not.toContain('hunter2');
  });

  it('tells an error with its causes: of a port without stack, of a bug with it', () => {
    const { lines, log } = open({ format: 'json' });
    const cause = new TypeError('x is not a function');
    log.error('failed', { error: new StoreError('write records', { retry: 'retry', cause }) });
    const { error } = JSON.parse(lines[0] ?? '');
    expect(error).toMatchObject({ name: 'StoreError', message: 'write records', code: 'store', retry: 'retry' });
    expect(error.stack).toBeUndefined();
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'x is not a function' });
    expect(error.cause.stack).toContain('plain-log.test');
  });

  it.each<{ readonly what: string; readonly make: () => unknown }>([
    {
      what: 'a cycle',
      make: () => {
        const a: Record<string, unknown> = {};
        a['a'] = a;
        return a;
      },
    },
    { what: 'a bigint', make: () => 10n },
    { what: 'a function', make: () => () => 1 },
    { what: 'a symbol', make: () => Symbol('x') },
    { what: 'a map', make: () => new Map([['a', new Set([1])]]) },
    { what: 'a date', make: () => new Date(0) },
    {
      what: 'an error that causes itself',
      make: () => {
        const error = new Error('x');
        error.cause = error;
        return error;
      },
    },
    { what: 'a deep thing', make: () => JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) },
    { what: 'null', make: () => null },
  ])('takes $what', ({ make }) => {
    for (const format of ['text', 'json'] as const) {
      const { lines, log } = open({ format });
      log.info('x', { value: make() });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('value');
    }
  });

  it('cuts what is long', () => {
    const { lines, log } = open({ format: 'json' });
    log.info('x', { text: 'a'.repeat(100_000) });
    expect(lines[0]?.length).toBeLessThan(5000);
  });
});

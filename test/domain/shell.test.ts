import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quoteForShell, shellCommand } from '../../shared/domain/shell.ts';

describe('shellCommand', () => {
  it('quotes every value and leaves the literal parts alone', () => {
    expect(shellCommand`kubectl -n ${'shop'} delete pod ${'web-1'}`).toBe("kubectl -n 'shop' delete pod 'web-1'");
  });

  it('keeps a single quote inside its argument', () => {
    expect(shellCommand`echo ${"it's"}`).toBe("echo 'it'\\''s'");
  });

  it.each(['a\nb', 'a\u0000b', '\u001b[31m', 'a\u202eb', 'a\u200bb', '', '--kubeconfig=/tmp/x', '\u0085'])(
    'shows no command for %j',
    (value) => {
      expect(shellCommand`kubectl get pod ${value}`).toBeUndefined();
    },
  );

  it('makes exactly one argument of any text that it takes, or refuses it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (values) => {
        const taken = values.filter((value) => quoteForShell(value) !== undefined);
        const command = taken.map((value) => shellCommand` ${value}`).join('');
        const script = `printf '%s\\0' first${command}`;
        const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(['first', ...taken]);
      }),
      { numRuns: 60 },
    );
  });

  it('makes exactly one argument of any value, as sh sees it', () => {
    const value = fc
      .string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(...'ab\'"\\$`!*?;&|<>(){}[]~# %=é漢') })
      .filter((text) => !text.startsWith('-'));
    fc.assert(
      fc.property(value, (text) => {
        const quoted = quoteForShell(text) ?? '';
        const printed = execFileSync('sh', ['-c', `printf '[%s]' ${quoted}`], { encoding: 'utf8' });
        expect(printed).toBe(`[${text}]`);
      }),
      { numRuns: 40 },
    );
  });
});

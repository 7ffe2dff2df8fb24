import { describe, expect, it } from '@jest/globals';
import { silencedUntil } from '../../shared/alertmanager/silences.ts';
import type { SilenceMatcher } from '../../shared/domain/outgoing-alert.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const LABELS = { alertname: 'ImagePullDiagnosed', namespace: 'shop', pod: 'web-1' };

function matcher(name: string, value: string, change: Partial<SilenceMatcher> = {}): SilenceMatcher {
  return { name, value, isRegex: false, isEqual: true, ...change };
}
const regex = { isRegex: true };
const not = { isEqual: false };

describe('silences', () => {
  it.each([
    { what: 'an equal value', matchers: [matcher('namespace', 'shop')], silences: true },
    { what: 'another value', matchers: [matcher('namespace', 'shop2')], silences: false },
    { what: 'all matchers', matchers: [matcher('namespace', 'shop'), matcher('pod', 'web-1')], silences: true },
    { what: 'only one of two', matchers: [matcher('namespace', 'shop'), matcher('pod', 'web-2')], silences: false },
    { what: 'a regular expression', matchers: [matcher('pod', 'web-.*', regex)], silences: true },
    { what: 'a part of a value', matchers: [matcher('pod', 'web', regex)], silences: false },
    { what: 'one of two branches', matchers: [matcher('pod', 'a|web-1', regex)], silences: true },
    { what: 'a branch that only begins the value', matchers: [matcher('pod', 'web|a', regex)], silences: false },
    { what: 'a flag of RE2', matchers: [matcher('pod', '(?i)WEB-1', regex)], silences: true },
    { what: 'another value by !=', matchers: [matcher('namespace', 'pay', not)], silences: true },
    { what: 'the value by !=', matchers: [matcher('namespace', 'shop', not)], silences: false },
    { what: 'the value by !~', matchers: [matcher('pod', 'web-.*', { ...regex, ...not })], silences: false },
    { what: 'an absent label', matchers: [matcher('team', 'x')], silences: false },
    { what: 'an absent label as empty', matchers: [matcher('team', '')], silences: true },
    { what: 'an absent label by !=', matchers: [matcher('team', 'x', not)], silences: true },
    { what: 'an absent label by .*', matchers: [matcher('team', '.*', regex)], silences: true },
    { what: 'an absent label by .+', matchers: [matcher('team', '.+', regex)], silences: false },
    { what: 'a label that every object has', matchers: [matcher('constructor', '.+', regex)], silences: false },
    { what: 'no regular expression', matchers: [matcher('pod', '(', regex)], silences: false },
    { what: 'no regular expression by !~', matchers: [matcher('pod', '(', { ...regex, ...not })], silences: false },
    { what: 'nothing at all', matchers: [], silences: false },
  ])('match $what: $silences', ({ matchers, silences }) => {
    const until = silencedUntil(LABELS, [{ matchers, endsAt: NOW + 1 }], NOW);
    expect(until).toBe(silences ? NOW + 1 : undefined);
  });

  it('hold until the last of them ends, and not after', () => {
    const all = [1, 3, 2].map((n) => ({ matchers: [matcher('namespace', 'shop')], endsAt: NOW + n }));
    expect(silencedUntil(LABELS, all, NOW)).toBe(NOW + 3);
    expect(silencedUntil(LABELS, all, NOW + 3)).toBeUndefined();
  });
});

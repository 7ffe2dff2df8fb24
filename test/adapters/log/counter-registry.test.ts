import { describe, expect, it } from '@jest/globals';
import { createCounterRegistry } from '../../../shared/adapters/log/counter-registry.ts';

describe('the counter registry', () => {
  it('counts by name and dimensions, whatever their order', () => {
    const registry = createCounterRegistry();
    registry.count('AlertsIgnored', 2, { name: 'Watchdog', cluster: 'prod' });
    registry.count('AlertsIgnored', 1, { cluster: 'prod', name: 'Watchdog' });
    registry.count('AlertsIgnored');
    expect(registry.value('AlertsIgnored', { name: 'Watchdog', cluster: 'prod' })).toBe(3);
    expect(registry.value('AlertsIgnored')).toBe(1);
    expect(registry.value('Never')).toBe(0);
  });

  it('renders the text format, all series of a metric under its type', () => {
    const registry = createCounterRegistry();
    registry.count('LooksDone', 1, { result: 'ok' });
    registry.count('AlertsIgnored');
    registry.count('LooksDone', 0.5, { result: 'failed' });
    registry.count('LooksDoneTwice');
    expect(registry.render()).toBe(
      [
        '# TYPE pullmedic_alerts_ignored_total counter',
        'pullmedic_alerts_ignored_total 1',
        '# TYPE pullmedic_looks_done_total counter',
        'pullmedic_looks_done_total{result="failed"} 0.5',
        'pullmedic_looks_done_total{result="ok"} 1',
        '# TYPE pullmedic_looks_done_twice_total counter',
        'pullmedic_looks_done_twice_total 1',
        '',
      ].join('\n'),
    );
  });

  it('is empty at first', () => {
    expect(createCounterRegistry().render()).toBe('');
  });

  it('escapes what a label holds', () => {
    const registry = createCounterRegistry();
    registry.count('X', 1, { name: 'a"b\\c\nd' });
    expect(registry.render()).toContain('pullmedic_x_total{name="a\\"b\\\\c\\nd"} 1\n');
  });

  it.each([-1, Number.NaN])('refuses to count %s', (value) => {
    expect(() => createCounterRegistry().count('X', value)).toThrow(RangeError);
  });

  it('stops taking new series long before the memory ends, and says so', () => {
    const registry = createCounterRegistry();
    for (let n = 0; n < 5000; n += 1) registry.count('X', 1, { pod: `${n}` });
    registry.count('X', 1, { pod: '0' });
    expect(registry.value('X', { pod: '0' })).toBe(2);
    expect(registry.render().split('\n').length).toBeLessThan(2010);
    expect(registry.render()).toContain('pullmedic_series_dropped_total 3000\n');
  });
});

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COUNTER_HELP } from '../../functions/serve/counter-help.ts';
import { renderGauges } from '../../functions/serve/gauges.ts';
import { createCounterRegistry } from '../../shared/adapters/log/counter-registry.ts';
import { until } from '../support/until.ts';
import { parseMetrics } from './parse-metrics.ts';
import { createFailingPod, postAlert, startWorld, type World } from './world.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.warn('promtool is not here: its own check of /metrics is left out');

describe('/metrics of pullmedic serve', () => {
  let world: World;
  let url: string;
  beforeAll(async () => {
    world = await startWorld();
    ({ url } = await world.spawn().ready());
    await createFailingPod(world, 'shop');
    await postAlert(url, 'shop', 'web');
    await until('the message', 30, () => world.messages()[0]);
  }, 90_000);
  afterAll(() => world.stop());

  it('is text that Prometheus parses, with what an operator asks first', async () => {
    const response = await fetch(`${url}metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parseMetrics(await response.text());
    const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
      families.get(name)?.samples.find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))?.value;

    expect(value('pullmedic_alerts_accepted_total')).toBe(1);
    expect(value('pullmedic_open_incidents', { cluster: 'prod-eu' })).toBe(1);
    expect(value('pullmedic_dead_letter_jobs', { queue: 'triage' })).toBe(0);
    expect(value('pullmedic_dead_letter_jobs', { queue: 'publish' })).toBe(0);
    expect(value('pullmedic_queue_jobs', { queue: 'triage' })).toBeGreaterThanOrEqual(0);
    expect(value('pullmedic_seconds_since_last_look', { cluster: 'prod-eu' })).toBeLessThan(30);
    expect(families.get('pullmedic_build_info')?.samples[0]).toMatchObject({
      labels: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      value: 1,
    });
    for (const [name, { type, help }] of families) {
      expect(name).toMatch(type === 'counter' ? /^pullmedic_[a-z_]+_total$/ : /^pullmedic_[a-z_]+$/);
      expect(help).not.toBe('');
    }
  });

  (hasPromtool ? it : it.skip)('passes promtool', async () => {
    const input = await (await fetch(`${url}metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('the counters', () => {
  const root = join(import.meta.dirname, '..', '..');
  const counted = ['shared', 'functions']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((f) => [folder, f]))
    .filter(([, file]) => file?.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(join(root, ...path), 'utf8').matchAll(/\.count\(\s*'(\w+)'/g)])
    .map(([, name]) => name ?? '');

  it('all say what they count', () => {
    expect(counted).toContain('Looks');
    expect([...new Set(counted)].filter((name) => !Object.hasOwn(COUNTER_HELP, name))).toEqual([]);
  });

  it('are all counted somewhere', () => {
    expect(Object.keys(COUNTER_HELP).filter((name) => !counted.includes(name))).toEqual([]);
  });

  it('keep what an alert calls itself inside its label', () => {
    const registry = createCounterRegistry({ help: { AlertsIgnored: 'a\\b\nc' } });
    const alertname = 'x"} 1\npullmedic_forged_total 9\\';
    registry.count('AlertsIgnored', 2, { alertname });
    const families = parseMetrics(registry.render());
    expect([...families.keys()]).toEqual(['pullmedic_alerts_ignored_total']);
    expect(families.get('pullmedic_alerts_ignored_total')).toEqual({
      type: 'counter',
      help: 'a\\b\nc',
      samples: [{ labels: { alertname }, value: 2 }],
    });
  });
});

describe('gauges', () => {
  it('escape what a label and a help text hold', () => {
    const series = [{ labels: { cluster: 'a"b\\c\nd' }, value: 1.5 }];
    const families = parseMetrics(renderGauges([{ name: 'pullmedic_x', help: 'one\ntwo\\', series }]));
    expect(families.get('pullmedic_x')).toEqual({ type: 'gauge', help: 'one\ntwo\\', samples: series });
  });
});

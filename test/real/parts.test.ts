import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type AuditedCall, callsPerLook } from './audit.ts';
import { ASKED } from './cases/asked.ts';
import { RECORDED } from './cases/recorded.ts';
import { seedCases } from './cases/seed.ts';
import { shipped, testAlertmanager, testRules, testScrapeJob } from './monitoring-files.ts';
import { readOptions } from './options.ts';
import { renderReport } from './report.ts';
import { median, NONE, type Row } from './row.ts';

const SHIPPED = shipped('pullmedic.rules.yml');

function call(verb: string, what: string, more: Partial<AuditedCall> = {}): AuditedCall {
  const uri = `/api/v1/namespaces/shop/${what}`;
  return { at: 0, verb, what, namespace: 'shop', name: undefined, code: 200, isAllowed: true, uri, ...more };
}

describe('the rules of a real run', () => {
  it('are the shipped ones but for `for`', () => {
    const { text, changes } = testRules(SHIPPED, 5);
    const withoutFor = (yaml: string) => JSON.stringify(parse(yaml)).replaceAll(/"for":"\w+",?/g, '');
    expect(withoutFor(text)).toBe(withoutFor(SHIPPED));
    expect(text).not.toMatch(/for: [^5]/);
    expect(changes).toContain('ImagePullBackOff: for: 5m → 5s');
  });
});

describe('the Alertmanager of a real run', () => {
  const SHIPPED_ROUTES = shipped('alertmanager.yml');
  const { text, changes } = testAlertmanager(SHIPPED_ROUTES, { url: 'http://127.0.0.1:1/alerts', tokenFile: '/t' });

  it('is the shipped one but for address, token file and times', () => {
    const same = (yaml: string) =>
      JSON.stringify(parse(yaml)).replaceAll(
        /"(?:url|credentials_file|group_wait|group_interval|repeat_interval)":"[^"]*"/g,
        '"changed"',
      );
    expect(same(text)).toBe(same(SHIPPED_ROUTES));
    expect(text).not.toContain('pullmedic.example.com');
    expect(text).not.toContain('/etc/alertmanager');
  });

  it('says each time that it changed', () => {
    expect(changes.join()).toContain('route pullmedic: group_wait 5s → 1s, route pullmedic: group_interval 1m → 5s');
    expect(changes.join()).toContain('route pullmedic-heartbeat: repeat_interval 1m → 5s');
  });
});

describe('the scrape job of a real run', () => {
  const SHIPPED_JOB = shipped('registry-monitor.scrape.yml');
  const to = { targets: ['http://127.0.0.1:1/v2/'], exporter: '127.0.0.1:2', everySeconds: 2 };

  it('is the shipped one but for targets, exporter and times', () => {
    const { job } = testScrapeJob(SHIPPED_JOB, to);
    const [original] = parse(SHIPPED_JOB).scrape_configs;
    expect(job).toEqual({
      ...original,
      scrape_interval: '2s',
      scrape_timeout: '2s',
      static_configs: [{ targets: to.targets }],
      relabel_configs: [
        ...original.relabel_configs.slice(0, -1),
        { target_label: '__address__', replacement: to.exporter },
      ],
    });
    expect(job).not.toEqual(original);
  });
});

describe('calls of a look, from an audit log', () => {
  const look = [call('list', 'pods'), call('list', 'events'), call('list', 'serviceaccounts')];

  it('begins a look with the first call that comes again', () => {
    expect(callsPerLook([...look, ...look], 'shop').map(({ length }) => length)).toEqual([4, 4]);
  });

  it('counts every page of a long list', () => {
    const page = call('list', 'pods', { uri: '/api/v1/namespaces/shop/pods?continue=x' });
    expect(callsPerLook([call('list', 'pods'), page, call('list', 'events')], 'shop')).toHaveLength(1);
  });

  it('leaves out other namespaces and what is written', () => {
    const others = [call('list', 'pods', { namespace: 'dev' }), call('create', 'events')];
    expect(callsPerLook([...look, ...others], 'shop')).toEqual([
      ['list pods', 'list events', 'list serviceaccounts', 'get nodes'],
    ]);
  });
});

describe('the cases of a real run', () => {
  const all = [...RECORDED, ...seedCases(0, 'sha256:0'), ...ASKED];

  it('are at least 45, each with what is accepted for it', () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    const silent = all.filter(({ ends, causes }) => (ends === 'Running') !== (causes.length === 0));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('say how each failure is repaired', () => {
    expect(all.filter(({ ends, repair }) => ends !== 'Running' && repair === undefined)).toEqual([]);
  });
});

describe('the report', () => {
  const row: Row = {
    name: 'x',
    from: 'capture',
    fails: NONE,
    alert: NONE,
    cause: NONE,
    message: NONE,
    recovered: NONE,
    problems: [],
  };
  const facts = { at: 0, tookMs: 1_000, versions: [], changes: [], notes: [], timeScale: 1 };

  it('shows what failed and why something was skipped', () => {
    const rows = [
      row,
      { ...row, name: 'y', problems: ['no alert | fired'] },
      { ...row, name: 'z', skipped: 'no Prometheus' },
    ];
    const text = renderReport(rows, [], facts);
    expect(text).toContain('3 rows: 1 passed, 1 failed, 1 skipped');
    expect(text).toContain('**FAILED**: no alert \\| fired');
    expect(text).toContain('| z | skipped: no Prometheus |');
  });

  it('measures a median of none as none', () => {
    expect([median([]), median([3]), median([4, 1]), median([9, 1, 2])]).toEqual([undefined, 3, 2.5, 2]);
  });
});

describe('its arguments', () => {
  it('refuse what they do not know, with the usage', () => {
    expect(() => readOptions(['--onyl', 'x'])).toThrow(/node test\/real\/run\.ts/);
    expect(() => readOptions(['--time-scale', '0'])).toThrow(/above 0/);
  });
});

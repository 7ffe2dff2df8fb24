import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { PULL_ALERT_NAMES } from '../../shared/config/defaults.ts';
import { PULL_REASONS } from '../../shared/domain/pull-reasons.ts';
import { flapTest, readRecording } from './prometheus/flap-test.ts';

const FOLDER = join(import.meta.dirname, '../../infra/prometheus');
const read = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8'), { merge: true });

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface ScrapeJob {
  readonly job_name: string;
  readonly params: { readonly module: readonly string[] };
  readonly metrics_path: string;
  readonly scrape_interval: string;
  readonly scrape_timeout: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
  readonly relabel_configs: readonly { readonly replacement?: string }[];
}

interface Probe {
  readonly jobName: string;
  readonly module: string;
  readonly interval: string;
  readonly scrapeTimeout: string;
  readonly prober: { readonly url: string; readonly path: string };
  readonly targets: { readonly staticConfig: { readonly static: readonly string[] } };
}

function has(tool: string): boolean {
  const found = spawnSync(tool, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${tool} is not on this machine, so the shipped files are not held against it`);
  return found;
}

describe('the shipped rules', () => {
  const rules = (read('pullmedic.rules.yml') as Rules).groups.flatMap((group) => group.rules);

  it.each(['pullmedic', 'refresh', 'pull-secrets'])('of %s are the same as its PrometheusRule', (name) => {
    expect((read(`${name}.prometheusrule.yml`) as { spec: Rules }).spec.groups).toEqual(
      (read(`${name}.rules.yml`) as Rules).groups,
    );
  });

  it('have names that pullmedic knows without configuration', () => {
    expect(rules.map(({ alert }) => alert)).toEqual([
      'ImagePullBackOff',
      'HighImagePullFailureRate',
      'RegistryUnreachable',
    ]);
    for (const { alert } of rules) expect(PULL_ALERT_NAMES).toContain(alert);
  });

  it('ask the refresh by the names that /metrics of pullmedic serve has', () => {
    const asked = readFileSync(join(FOLDER, 'refresh.rules.yml'), 'utf8').match(/\bpullmedic_\w+/g) ?? [];
    const gauges = readFileSync(join(import.meta.dirname, '../../functions/serve/read-gauges.ts'), 'utf8');
    expect(new Set(asked).size).toBe(3);
    for (const name of asked) expect(gauges).toContain(`name: '${name}'`);
  });

  it('probe the same registries in the same way with the operator and without it', () => {
    const { scrape_configs } = read('registry-monitor.scrape.yml') as { readonly scrape_configs: readonly ScrapeJob[] };
    const { spec } = read('registry-monitor.probe.yml') as { readonly spec: Probe };
    const [job] = scrape_configs;
    expect(scrape_configs).toHaveLength(1);
    expect({
      job: spec.jobName,
      module: [spec.module],
      path: spec.prober.path,
      interval: spec.interval,
      timeout: spec.scrapeTimeout,
      targets: spec.targets.staticConfig.static,
      exporter: spec.prober.url,
    }).toEqual({
      job: job?.job_name,
      module: job?.params.module,
      path: job?.metrics_path,
      interval: job?.scrape_interval,
      timeout: job?.scrape_timeout,
      targets: job?.static_configs[0]?.targets,
      exporter: job?.relabel_configs.at(-1)?.replacement,
    });
    expect(rules.find(({ alert }) => alert === 'RegistryUnreachable')?.expr).toContain(`job="${spec.jobName}"`);
    expect(Object.keys((read('blackbox.yml') as { readonly modules: object }).modules)).toEqual([spec.module]);
  });

  it('name every pull reason that the code knows, for containers and for init containers', () => {
    const selectors = [...(rules[0]?.expr ?? '').matchAll(/(kube_pod_\w+)\{reason=~"([^"]+)"\}/g)];
    expect(selectors.map(([, metric]) => metric)).toEqual([
      'kube_pod_container_status_waiting_reason',
      'kube_pod_init_container_status_waiting_reason',
    ]);
    for (const [, , reasons] of selectors) expect(reasons?.split('|').sort()).toEqual([...PULL_REASONS].sort());
  });
});

(has('promtool') ? describe : describe.skip)('promtool', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]) => spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });

  it('accepts the rules', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.rules.yml'));
    expect(files).toHaveLength(4);
    const { status, stderr } = run('check', 'rules', ...files);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('accepts the scrape job', () => {
    const { status, stdout } = run('check', 'config', 'registry-monitor.scrape.yml');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('SUCCESS') });
  });

  it('finds the unit tests of the rules passing', () => {
    const { status, stdout, stderr } = run('test', 'rules', 'rules_test.yml');
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });

  it.each([
    { offsetSeconds: 1, seedFires: 1 },
    { offsetSeconds: 11, seedFires: 1 },
    { offsetSeconds: 21, seedFires: 2 },
  ])(
    'with scrapes $offsetSeconds s into a recorded flap, all 20 pods fire, none resolves, and the seed fires for $seedFires',
    async (one) => {
      const test = flapTest(await readRecording(), {
        rules: join(FOLDER, 'pullmedic.rules.yml'),
        seedRules: join(import.meta.dirname, 'prometheus/seed.rules.yml'),
        ...one,
      });
      const file = join(folder, `flap-${one.offsetSeconds}.yml`);
      writeFileSync(file, stringify(test));
      const { status, stdout, stderr } = run('test', 'rules', file);
      expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
    },
  );
});

(has('amtool') ? describe : describe.skip)('amtool', () => {
  const amtool = (...args: readonly string[]) => execFileSync('amtool', args, { cwd: FOLDER, encoding: 'utf8' }).trim();

  it('accepts the Alertmanager configuration', () => {
    expect(amtool('check-config', 'alertmanager.yml')).toContain('SUCCESS');
  });

  it.each([
    { labels: ['alertname=Watchdog', 'cluster=a'], receivers: 'pullmedic-heartbeat' },
    { labels: ['alertname=ImagePullBackOff', 'namespace=shop'], receivers: 'pullmedic,people' },
    { labels: ['alertname=RegistryUnreachable'], receivers: 'pullmedic,people' },
    // Its own verdict must not come back to it.
    { labels: ['alertname=ImagePullDiagnosed', 'namespace=shop'], receivers: 'people' },
    { labels: ['alertname=TargetDown'], receivers: 'people' },
  ])('sends $labels to $receivers', ({ labels, receivers }) => {
    expect(amtool('config', 'routes', 'test', '--config.file=alertmanager.yml', ...labels)).toBe(receivers);
  });
});

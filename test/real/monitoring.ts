import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Daemon, hasProgram, runProgram, startDaemon, until } from './processes.ts';

const RULES = join(import.meta.dirname, '..', '..', 'infra', 'prometheus', 'pullmedic.rules.yml');
const SCRAPE_SECONDS = 2;

/** kube-state-metrics, Prometheus with the shipped rules, Alertmanager with a bearer token: all real. */
export interface Monitoring {
  /** When a firing alert of that namespace was first seen (ms since the epoch), and its name. */
  firedAt(namespace: string, after: number): { readonly at: number; readonly alert: string } | undefined;
  /** What was changed of the shipped rules, in words. */
  readonly changes: readonly string[];
  readonly versions: readonly string[];
  stop(): Promise<void>;
}

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert?: string; readonly for?: string; readonly expr?: string }[];
  }[];
}

/** @returns why it cannot be started, or `undefined` */
export async function missingForMonitoring(): Promise<string | undefined> {
  const alertmanager = await alertmanagerProgram();
  const missing = [
    ...((await hasProgram('kube-state-metrics')) ? [] : ['kube-state-metrics']),
    ...((await hasProgram('prometheus')) ? [] : ['prometheus']),
    ...(alertmanager === undefined ? ['alertmanager'] : []),
  ];
  return missing.length === 0 ? undefined : `${missing.join(', ')} not in PATH`;
}

/**
 * The shipped rules with a short `for`. Everything else stays as shipped, the expressions above all.
 * @param forSeconds takes the place of every longer `for`
 */
export function testRules(shipped: string, forSeconds: number): { readonly text: string; readonly changes: string[] } {
  const file = parse(shipped) as RuleFile;
  const changes: string[] = [];
  const groups = file.groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => {
      if (rule.for === undefined) return rule;
      changes.push(`${rule.alert}: for: ${rule.for} → ${forSeconds}s`);
      return { ...rule, for: `${forSeconds}s` };
    }),
  }));
  return { text: stringify({ groups }), changes };
}

export async function startMonitoring(options: {
  readonly folder: string;
  readonly logs: string;
  readonly cluster: string;
  /** Where Alertmanager posts, and the file with its bearer token. */
  readonly webhookUrl: string;
  readonly tokenFile: string;
  readonly forSeconds: number;
  /** Nothing of this namespace is scraped: no rule can fire for it. */
  readonly unseenNamespace: string;
}): Promise<Monitoring> {
  const { folder, logs } = options;
  mkdirSync(folder, { recursive: true });
  const rules = testRules(readFileSync(RULES, 'utf8'), options.forSeconds);
  const [ksm, telemetry, prometheus, alertmanager] = await freePorts(4);
  writeFileSync(join(folder, 'rules.yml'), rules.text);
  writeFileSync(
    join(folder, 'prometheus.yml'),
    stringify({
      global: {
        scrape_interval: `${SCRAPE_SECONDS}s`,
        evaluation_interval: `${SCRAPE_SECONDS}s`,
        external_labels: { cluster: options.cluster },
      },
      rule_files: [join(folder, 'rules.yml')],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
      scrape_configs: [
        {
          job_name: 'kube-state-metrics',
          honor_labels: true,
          static_configs: [{ targets: [`127.0.0.1:${ksm}`] }],
          metric_relabel_configs: [{ source_labels: ['namespace'], regex: options.unseenNamespace, action: 'drop' }],
        },
      ],
    }),
  );
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    stringify({
      route: {
        receiver: 'pullmedic',
        group_by: ['alertname', 'cluster', 'namespace'],
        group_wait: '1s',
        group_interval: '5s',
        repeat_interval: '4h',
      },
      receivers: [
        {
          name: 'pullmedic',
          webhook_configs: [
            {
              url: options.webhookUrl,
              send_resolved: true,
              http_config: { authorization: { type: 'Bearer', credentials_file: options.tokenFile } },
            },
          ],
        },
      ],
    }),
  );

  const daemons: Daemon[] = [];
  const start = async (name: string, command: string, args: readonly string[], ready: string) => {
    const daemon = await startDaemon(name, command, args, { logs });
    daemons.push(daemon);
    await until(`${name} is ready`, 30, async () => {
      if (!daemon.isAlive()) throw new Error(`${name} ended:\n${daemon.tail()}`);
      return await fetch(ready).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  };
  await start(
    'kube-state-metrics',
    'kube-state-metrics',
    [
      ...['--kubeconfig', process.env['KUBECONFIG'] ?? ''],
      ...['--host', '127.0.0.1', '--port', String(ksm)],
      ...['--telemetry-host', '127.0.0.1', '--telemetry-port', String(telemetry)],
      ...['--resources', 'pods,deployments,replicasets,nodes,namespaces'],
    ],
    `http://127.0.0.1:${ksm}/healthz`,
  );
  await start(
    'alertmanager',
    (await alertmanagerProgram()) ?? 'alertmanager',
    [
      ...['--config.file', join(folder, 'alertmanager.yml'), '--storage.path', join(folder, 'alertmanager')],
      ...['--web.listen-address', `127.0.0.1:${alertmanager}`, '--cluster.listen-address='],
    ],
    `http://127.0.0.1:${alertmanager}/-/ready`,
  );
  await start(
    'prometheus',
    'prometheus',
    [
      ...['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'prometheus')],
      ...['--web.listen-address', `127.0.0.1:${prometheus}`],
    ],
    `http://127.0.0.1:${prometheus}/-/ready`,
  );

  const fired: { readonly at: number; readonly alert: string; readonly namespace: string }[] = [];
  const active = new Set<string>();
  const timer = setInterval(() => void poll(`http://127.0.0.1:${prometheus}/api/v1/alerts`), 1_000);
  async function poll(url: string): Promise<void> {
    const answer = await fetch(url).then(
      async (response) => (await response.json()) as { data: { alerts: readonly FiringAlert[] } },
      () => undefined,
    );
    if (answer === undefined) return;
    const now = Date.now();
    const firing = answer.data.alerts.filter(({ state }) => state === 'firing');
    const keys = new Set(firing.map(({ labels }) => JSON.stringify(labels)));
    for (const { labels } of firing) {
      if (active.has(JSON.stringify(labels))) continue;
      fired.push({ at: now, alert: labels['alertname'] ?? '', namespace: labels['namespace'] ?? '' });
    }
    active.clear();
    for (const key of keys) active.add(key);
  }
  return {
    firedAt: (namespace, after) => fired.find((one) => one.namespace === namespace && one.at >= after),
    changes: [
      ...rules.changes,
      `scrape and evaluation every ${SCRAPE_SECONDS} s; Alertmanager: group_wait 1s, group_interval 5s`,
    ],
    versions: await versions(),
    async stop() {
      clearInterval(timer);
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    },
  };
}

interface FiringAlert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function versions(): Promise<readonly string[]> {
  const first = async (command: string, ...args: string[]) =>
    /version[ :]+v?([\d.]+)/.exec(await runProgram(command, args).catch(() => ''))?.[1] ?? '(no version)';
  return [
    `Prometheus ${await first('prometheus', '--version')}`,
    `Alertmanager ${await first((await alertmanagerProgram()) ?? 'alertmanager', '--version')}`,
    `kube-state-metrics ${await first('kube-state-metrics', 'version')}`,
  ];
}

/** Debian calls it prometheus-alertmanager. */
async function alertmanagerProgram(): Promise<string | undefined> {
  for (const name of ['alertmanager', 'prometheus-alertmanager']) if (await hasProgram(name)) return name;
  return undefined;
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

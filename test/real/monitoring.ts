import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type AlertDiary, keepAlertDiary } from './alert-diary.ts';
import { freePorts } from './free-ports.ts';
import {
  RESEND_SECONDS,
  shipped,
  shippedPath,
  testAlertmanager,
  testRules,
  testScrapeJob,
} from './monitoring-files.ts';
import { type Daemon, findProgram, hasProgram, runProgram, startDaemon, until } from './processes.ts';

const SCRAPE_SECONDS = 2;

/** kube-state-metrics, Prometheus with the shipped rules, Alertmanager with the shipped file: all real. */
export interface Monitoring extends Omit<AlertDiary, 'stop'> {
  /** Root of Alertmanager's API. */
  readonly alertmanagerUrl: string;
  /** Whether registries are probed: a blackbox exporter is there, and registries were named. */
  readonly isProbing: boolean;
  /** Root of the first Prometheus' API. */
  readonly prometheusUrl: string;
  /** The Prometheus of the second cluster, which only says that it lives; `undefined` = there is no second cluster. */
  readonly secondPrometheus: Daemon | undefined;
  /** What was changed of the shipped files, in words. */
  readonly changes: readonly string[];
  readonly versions: readonly string[];
  stop(): Promise<void>;
}

export interface MonitoringOptions {
  readonly folder: string;
  readonly logs: string;
  readonly cluster: string;
  readonly secondCluster: string | undefined;
  /** Chosen before, as the product's configuration names it too. */
  readonly alertmanagerPort: number;
  /** Where Alertmanager posts, and the file with its bearer token. */
  readonly webhookUrl: string;
  readonly tokenFile: string;
  readonly forSeconds: number;
  /** Nothing of this namespace is scraped: no rule can fire for it. */
  readonly unseenNamespace: string;
  /** URLs that a blackbox exporter asks with the shipped module; empty, or no exporter on this machine = none. */
  readonly probedRegistries: readonly string[];
  /** Of whoever reads the cluster; else KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
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

export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { folder, logs, cluster, secondCluster, webhookUrl, tokenFile } = options;
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const [ksm = 0, telemetry = 0] = await freePorts(2);
  const alertmanager = `127.0.0.1:${options.alertmanagerPort}`;
  const rules = testRules(shipped('pullmedic.rules.yml'), options.forSeconds);
  const routes = testAlertmanager(shipped('alertmanager.yml'), { url: webhookUrl, tokenFile });
  const pulls = write('pullmedic.rules.yml', rules.text);
  const watchdog = write('watchdog.rules.yml', shipped('watchdog.rules.yml'));

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
    return daemon;
  };
  const startPrometheus = async (name: string, of: string, ruleFiles: readonly string[], scrape: readonly object[]) => {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const config = {
      global: {
        scrape_interval: `${SCRAPE_SECONDS}s`,
        evaluation_interval: `${SCRAPE_SECONDS}s`,
        external_labels: { cluster: of },
      },
      rule_files: ruleFiles,
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
      scrape_configs: scrape,
    };
    const args = [
      ...['--config.file', write(`${name}.yml`, stringify(config)), '--storage.tsdb.path', join(folder, name)],
      ...['--web.listen-address', `127.0.0.1:${port}`, `--rules.alert.resend-delay=${RESEND_SECONDS}s`],
    ];
    return { url, daemon: await start(name, 'prometheus', args, `${url}/-/ready`) };
  };

  await start(
    'kube-state-metrics',
    'kube-state-metrics',
    [
      ...['--kubeconfig', options.kubeconfig ?? process.env['KUBECONFIG'] ?? ''],
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
      ...['--config.file', write('alertmanager.yml', routes.text), '--storage.path', join(folder, 'alertmanager')],
      ...['--web.listen-address', alertmanager, '--cluster.listen-address='],
    ],
    `http://${alertmanager}/-/ready`,
  );
  const probes = await startProbes(options.probedRegistries, start);
  const first = await startPrometheus(
    'prometheus',
    cluster,
    [pulls, watchdog],
    [
      ...(probes === undefined ? [] : [probes.job]),
      {
        job_name: 'kube-state-metrics',
        honor_labels: true,
        static_configs: [{ targets: [`127.0.0.1:${ksm}`] }],
        metric_relabel_configs: [{ source_labels: ['namespace'], regex: options.unseenNamespace, action: 'drop' }],
      },
    ],
  );
  const second =
    secondCluster === undefined
      ? undefined
      : await startPrometheus('prometheus-of-second-cluster', secondCluster, [watchdog], []);

  const diary = keepAlertDiary({ prometheus: first.url, alertmanager: `http://${alertmanager}` });
  return {
    ...diary,
    alertmanagerUrl: `http://${alertmanager}`,
    prometheusUrl: first.url,
    isProbing: probes !== undefined,
    secondPrometheus: second?.daemon,
    changes: [
      ...rules.changes,
      `Prometheus: scrape and evaluation every ${SCRAPE_SECONDS} s, alerts sent again every ${RESEND_SECONDS} s (1 min by default)`,
      ...routes.changes,
      ...(probes?.changes ?? []),
    ],
    versions: await versions(),
    async stop() {
      diary.stop();
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    },
  };
}

/** The blackbox exporter with the shipped module, and the shipped job that asks it. */
async function startProbes(
  targets: readonly string[],
  start: (name: string, command: string, args: readonly string[], ready: string) => Promise<Daemon>,
) {
  const program = await blackboxProgram();
  if (targets.length === 0 || program === undefined) return undefined;
  const [port] = await freePorts(1);
  const exporter = `127.0.0.1:${port}`;
  const args = ['--config.file', shippedPath('blackbox.yml'), '--web.listen-address', exporter];
  await start('blackbox-exporter', program, args, `http://${exporter}/-/healthy`);
  return testScrapeJob(shipped('registry-monitor.scrape.yml'), { targets, exporter, everySeconds: SCRAPE_SECONDS });
}

function blackboxProgram(): Promise<string | undefined> {
  return findProgram('blackbox_exporter', 'prometheus-blackbox-exporter');
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

function alertmanagerProgram(): Promise<string | undefined> {
  return findProgram('alertmanager', 'prometheus-alertmanager');
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const FOLDER = join(import.meta.dirname, '..', '..', 'infra', 'prometheus');
/** Receivers of the shipped Alertmanager file that are pullmedic. */
const OURS = ['pullmedic', 'pullmedic-heartbeat'];
/** How often Prometheus repeats an alert to Alertmanager, which forgets it after four of these. */
export const RESEND_SECONDS = 5;

/** A file for the run, and what of the shipped one was changed, in words. */
export interface Adapted {
  readonly text: string;
  readonly changes: readonly string[];
}

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert?: string; readonly for?: string; readonly expr?: string }[];
  }[];
}

/** A file of `infra/prometheus`, as shipped. */
export function shipped(
  name: 'pullmedic.rules.yml' | 'watchdog.rules.yml' | 'alertmanager.yml' | 'registry-monitor.scrape.yml',
): string {
  return readFileSync(shippedPath(name), 'utf8');
}

export function shippedPath(name: string): string {
  return join(FOLDER, name);
}

/**
 * The shipped rules with a short `for`. Everything else stays as shipped, the expressions above all.
 * @param forSeconds takes the place of every longer `for`
 */
export function testRules(text: string, forSeconds: number): Adapted {
  const file = parse(text) as RuleFile;
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

interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs: readonly object[];
  readonly relabel_configs: readonly { readonly target_label: string; readonly replacement?: string }[];
}

/** The shipped scrape job with other registries, another exporter and a short interval. */
export function testScrapeJob(
  text: string,
  to: { readonly targets: readonly string[]; readonly exporter: string; readonly everySeconds: number },
): { readonly job: object; readonly changes: readonly string[] } {
  const [job] = (parse(text) as { readonly scrape_configs: readonly ScrapeJob[] }).scrape_configs;
  if (job === undefined) throw new Error('registry-monitor.scrape.yml has no job');
  const every = `${to.everySeconds}s`;
  const relabel = job.relabel_configs.map((one) =>
    one.target_label === '__address__' ? { ...one, replacement: to.exporter } : one,
  );
  const times = { scrape_interval: every, scrape_timeout: every };
  return {
    job: { ...job, ...times, static_configs: [{ targets: to.targets }], relabel_configs: relabel },
    changes: [`${job.job_name}: targets, address of the exporter, every ${every}`],
  };
}

interface Route {
  readonly receiver?: string;
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

interface WebhookConfig {
  readonly url: string;
  readonly http_config: { readonly authorization: { readonly credentials_file: string } };
}

interface AlertmanagerFile {
  readonly route: Route;
  readonly receivers: readonly { readonly name: string; readonly webhook_configs?: readonly WebhookConfig[] }[];
}

const TIMINGS = { group_wait: '1s', group_interval: '5s', repeat_interval: '5s' } as const;

/**
 * The shipped `alertmanager.yml` with another address, another token file and shorter times where it gives any. Receivers,
 * routes, matchers, grouping and the inhibit rule stay as shipped.
 */
export function testAlertmanager(text: string, to: { readonly url: string; readonly tokenFile: string }): Adapted {
  const file = parse(text) as AlertmanagerFile;
  const changes: string[] = [];
  const hasten = (route: Route): Route => {
    const faster = Object.entries(TIMINGS).flatMap(([key, value]) => {
      const old = route[key as keyof typeof TIMINGS];
      if (old === undefined || old === '0s') return [];
      changes.push(`route ${route.receiver}: ${key} ${old} → ${value}`);
      return [[key, value]];
    });
    return {
      ...route,
      ...(Object.fromEntries(faster) as Partial<Route>),
      ...(route.routes && { routes: route.routes.map(hasten) }),
    };
  };
  const route = hasten(file.route);
  const receivers = file.receivers.map((receiver) =>
    OURS.includes(receiver.name)
      ? { ...receiver, webhook_configs: receiver.webhook_configs?.map((one) => redirect(one, to)) }
      : receiver,
  );
  return {
    text: stringify({ ...file, route, receivers }),
    changes: [`Alertmanager: address and token file of pullmedic's receivers, ${changes.join(', ')}`],
  };
}

function redirect(config: WebhookConfig, to: { readonly url: string; readonly tokenFile: string }): WebhookConfig {
  const { authorization } = config.http_config;
  return {
    ...config,
    url: to.url,
    http_config: { ...config.http_config, authorization: { ...authorization, credentials_file: to.tokenFile } },
  };
}

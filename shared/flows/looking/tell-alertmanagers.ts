import { assessWorkloads } from '../../chat/harm.ts';
import { runbookFor } from '../../chat/route.ts';
import type { AlertmanagerConfig, Config } from '../../config/config.ts';
import { judgeContainers } from '../../domain/find-pull-failures/judge-container.ts';
import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import {
  diagnosedAlerts,
  MAX_DIAGNOSED_ALERTS,
  type MemberWord,
  planAlerts,
  severityOf,
} from '../../domain/incident/diagnosed-alerts.ts';
import { isAwaitingImage } from '../../domain/incident/judge-member.ts';
import type { World } from '../../domain/incident/world.ts';
import type { Member } from '../../domain/incident.ts';
import type { LookDeps } from './look-deps.ts';

/** What a look saw, for those who hear of it beside Slack. */
export interface Seen {
  readonly cluster: string;
  readonly namespace: string;
  readonly diagnosed: readonly DiagnosedFailure[];
  readonly failing: readonly Member[];
  readonly world: World;
}

/** Brings every Alertmanager of that cluster to what fails in the namespace now. One that fails is told the next time. */
export async function tellAlertmanagers(seen: Seen, deps: LookDeps): Promise<void> {
  const targets = alertmanagersOf(seen.cluster, deps.config);
  if (targets.length === 0 || deps.alertSink === undefined) return;
  const toldKeys = await readTold(seen, deps);
  const told = { ...seen, failing: seen.failing.filter(({ key }) => toldKeys.has(key)) };
  const results = await Promise.allSettled(targets.map((target) => tellOne(target, told, deps)));
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    deps.metrics.count('AlertmanagerFailures');
    deps.log.warn('an Alertmanager was not told', { cluster: seen.cluster, reason: String(result.reason) });
  }
}

/**
 * Members whose incident an alert has reported or a channel has heard of. What still waits its grace is not posted: the
 * inhibit rule would mute the raw alert, whose arrival ends that grace, and others would be paged before the channel is.
 */
async function readTold({ cluster, namespace }: Seen, { store, clock }: LookDeps): Promise<ReadonlySet<string>> {
  const known = await store.incidentsIn(cluster, namespace, clock.now());
  const told = await Promise.all(
    known.map(async ({ incident, slices }) => {
      const isWaiting = incident.state === 'observed' || incident.state === 'repairing';
      const isTold = !isWaiting || (await store.publications(incident.id)).some(({ posted }) => posted !== undefined);
      return isTold ? slices.flatMap(({ members }) => members.map(({ key }) => key)) : [];
    }),
  );
  return new Set(told.flat());
}

/** The Alertmanagers that hear of a cluster. */
export function alertmanagersOf(cluster: string, config: Config): readonly AlertmanagerConfig[] {
  return config.alertmanagers.filter(({ clusters }) => clusters === undefined || clusters.includes(cluster));
}

/** How a member would be described to an Alertmanager. */
export function wordOf(member: Member, cluster: string, config: Config): MemberWord {
  const [harm] = assessWorkloads([member], cluster, config);
  return { member, severity: severityOf(harm?.dot ?? 'yellow'), runbook: runbookFor(member, cluster, config) };
}

async function tellOne(target: AlertmanagerConfig, seen: Seen, deps: LookDeps): Promise<void> {
  const { cluster, namespace, failing, world } = seen;
  const { store, alertSink, config, clock, log, metrics } = deps;
  if (alertSink === undefined) return;
  const words = new Map(failing.map((member) => [member.key, wordOf(member, cluster, config)]));
  const fresh = diagnosedAlerts(seen.diagnosed, words);
  if (fresh.length > MAX_DIAGNOSED_ALERTS) {
    log.warn('more pods fail than are told to Alertmanager', { cluster, namespace, alerts: fresh.length });
  }
  const told = await store.toldAlerts(target.url, cluster, namespace);
  const where = { cluster, clusterLabel: config.alerts.clusterLabel, namespace };
  const isAwaited = (pod: string, container: string) => isStillWaiting(pod, container, world);
  const plan = planAlerts(fresh, told, where, isAwaited, clock.now());
  if (plan === undefined) return;
  await alertSink.post(target, plan.send);
  await store.saveToldAlerts(target.url, cluster, namespace, plan.told);
  metrics.count('AlertsPosted', plan.send.length);
}

function isStillWaiting(pod: string, container: string, { index }: World): boolean {
  const found = index.snapshot.pods.find(({ metadata }) => metadata?.name === pod);
  if (found === undefined || found.metadata?.deletionTimestamp != null) return false;
  return judgeContainers(found, index).some((one) => one.container.name === container && isAwaitingImage(one));
}

import { silencedUntil } from '../../alertmanager/silences.ts';
import { diagnosedLabels } from '../../domain/incident/diagnosed-alerts.ts';
import type { Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { AlertLabels, Silence } from '../../domain/outgoing-alert.ts';
import type { LookDeps } from './look-deps.ts';
import { alertmanagersOf, wordOf } from './tell-alertmanagers.ts';

/**
 * Members that somebody silenced are muted until the silence ends: as by `pullmedic.dev/mute-until`, that binds what
 * pullmedic found by itself, since an alert that came through was not silenced. Silences that cannot be read mute
 * nothing.
 */
export async function honourSilences(
  cluster: string,
  failing: readonly Member[],
  deps: LookDeps,
): Promise<readonly Member[]> {
  const { alertSink, config, clock, log, metrics } = deps;
  const targets = alertmanagersOf(cluster, config);
  if (alertSink === undefined || targets.length === 0 || failing.length === 0) return failing;
  const reads = await Promise.allSettled(targets.map((target) => alertSink.silences(target)));
  for (const read of reads) {
    if (read.status === 'fulfilled') continue;
    metrics.count('AlertmanagerFailures');
    log.warn('silences could not be read', { cluster, reason: String(read.reason) });
  }
  const silences = reads.flatMap((read) => (read.status === 'fulfilled' ? read.value : []));
  if (silences.length === 0) return failing;
  return failing.map((member) => {
    const until = mutedUntil(member, cluster, silences, deps, clock.now());
    if (until === undefined) return member;
    const { routing } = member;
    return { ...member, routing: { ...routing, muteUntil: Math.max(until, routing.muteUntil ?? until) } };
  });
}

/** All of its pods must be silenced: one that is not would alert. */
function mutedUntil(
  member: Member,
  cluster: string,
  silences: readonly Silence[],
  { config }: LookDeps,
  now: Instant,
): Instant | undefined {
  const ends = member.pods.map(({ name }) => {
    const candidates = labelsOf(member, name, cluster, config);
    const until = candidates.flatMap((labels) => silencedUntil(labels, silences, now) ?? []);
    return until.length === 0 ? undefined : Math.max(...until);
  });
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 || known.length < ends.length ? undefined : Math.min(...known);
}

/** As pullmedic's own alert would have them, and as the alerts about pulls that are known would. */
function labelsOf(member: Member, pod: string, cluster: string, config: LookDeps['config']): readonly AlertLabels[] {
  const { namespace, container, reason } = member;
  const { clusterLabel, names } = config.alerts;
  const { severity } = wordOf(member, cluster, config);
  const cause = member.findings[0]?.causeId ?? 'unknown';
  const own = diagnosedLabels({ pod, container, cause, severity }, { cluster, clusterLabel, namespace });
  const raw = { [clusterLabel]: cluster, namespace, pod, container, ...(reason !== undefined && { reason }) };
  return [own, ...names.map((alertname) => ({ ...raw, alertname }))];
}

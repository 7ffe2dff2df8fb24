import type { AlertmanagerConfig } from '../config/config.ts';
import type { AlertHint } from '../domain/jobs.ts';
import type { SilenceAlerts } from '../domain/remedy/change.ts';
import type { NoPlan, Plan } from '../domain/remedy/plan.ts';
import type { Choice } from '../domain/remedy/proposal.ts';
import { shellCommand } from '../domain/shell.ts';
import { describeMatchers } from './describe-change.ts';
import { counted } from './support/label.ts';
import { noPlan } from './support/no-plan.ts';

export interface SilenceQuestion {
  /** Of the incident. */
  readonly alerts: readonly AlertHint[];
  readonly alertmanagers: readonly Pick<AlertmanagerConfig, 'url' | 'clusters'>[];
  readonly cluster: string;
  /** Minutes; `undefined` = the first. */
  readonly choice: string | undefined;
}

/** Minutes by which an alert may be silenced: longer than a day is a decision for its rules. */
export const SILENCE_CHOICES: readonly Choice[] = [
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
  { value: '1440', label: '24 hours' },
];
/** More silences than these are no longer one thing. */
const MAX_SILENCES = 10;

/** Labels that narrow a silence, where all alerts that it covers share them. What a pod is called changes: it comes last. */
const PLACES: readonly string[] = ['cluster', 'namespace', 'exported_namespace', 'node'];
const WORKLOADS: readonly string[] = ['deployment', 'statefulset', 'daemonset', 'job_name', 'cronjob', 'workload'];
const PODS: readonly string[] = ['pod', 'exported_pod', 'container'];

type Matchers = SilenceAlerts['matchers'];

/** Silences for the alerts of an incident in the cluster's Alertmanagers, no wider than what they share. */
export function planSilence({ alerts, alertmanagers, cluster, choice }: SilenceQuestion): Plan | NoPlan {
  const chosen = SILENCE_CHOICES.find(({ value }) => value === (choice ?? SILENCE_CHOICES[0]?.value));
  if (chosen === undefined) return noPlan('a silence lasts 1, 4 or 24 hours');
  const firing = alerts.filter(({ status }) => status === 'firing');
  if (firing.length === 0) return noPlan('no alert of this incident fires: there is nothing to silence');
  const wanted = groups(firing).map(sharedMatchers);
  // By its name alone an alert would be silenced everywhere.
  const narrow = wanted.filter((matchers) => matchers.length > 1);
  if (narrow.length === 0)
    return noPlan('the alerts share no label but their name: silence them in Alertmanager itself');

  const minutes = Number(chosen.value);
  const hearing = alertmanagers.filter(({ clusters }) => clusters === undefined || clusters.includes(cluster));
  if (hearing.length === 0) return noPlan(withoutAlertmanager(narrow, minutes));
  const all = hearing.flatMap(({ url }) =>
    narrow.map((matchers): SilenceAlerts => ({ kind: 'silence-alerts', alertmanager: url, matchers, minutes })),
  );
  const changes = all.slice(0, MAX_SILENCES);
  return {
    remedyId: 'silence-alert',
    label: 'Silence the alert',
    danger: 'safe',
    changes,
    radius: [
      `${counted(changes.length, 'silence')} for ${chosen.label}: ${narrow.slice(0, 3).map(describeMatchers).join('; ')}`,
      'nothing is repaired: pullmedic goes on looking, and says so when it is over',
    ],
    warnings: [
      ...(all.length > changes.length
        ? [`${all.length - changes.length} more silences would be needed: those alerts go on`]
        : []),
      ...(narrow.length < wanted.length ? ['alerts without any label of a place are left alone'] : []),
    ],
    choices: SILENCE_CHOICES,
    choice: chosen.value,
    members: [],
    pods: 0,
  };
}

/** One silence knows one name: alerts go together that share name and namespace. */
function groups(alerts: readonly AlertHint[]): readonly (readonly AlertHint[])[] {
  const found = Map.groupBy(alerts, ({ name, labels }) =>
    [name, labels['namespace'], labels['exported_namespace']].join('\n'),
  );
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function sharedMatchers(alerts: readonly AlertHint[]): Matchers {
  const shared = (name: string) => {
    const values = new Set(alerts.map(({ labels }) => (Object.hasOwn(labels, name) ? labels[name] : undefined)));
    const [value] = values;
    return values.size === 1 && value !== undefined && value !== '' ? [{ name, value }] : [];
  };
  const workload = WORKLOADS.flatMap(shared);
  return [
    { name: 'alertname', value: alerts[0]?.name ?? '' },
    ...PLACES.flatMap(shared),
    ...(workload.length > 0 ? workload : PODS.flatMap(shared)),
  ];
}

function withoutAlertmanager(narrow: readonly Matchers[], minutes: number): string {
  const commands = narrow.slice(0, 3).flatMap((matchers) => {
    const command = amtool(matchers, minutes);
    return command === undefined ? [] : [command];
  });
  const by = commands.length === 0 ? 'silence it there by hand' : `by hand: ${commands.join(' && ')}`;
  return `no Alertmanager is configured for this cluster (alertmanagers); ${by}`;
}

/** Each matcher is one quoted word; amtool reads its value as a Go string. */
function amtool(matchers: Matchers, minutes: number): string | undefined {
  const words = matchers.map(({ name, value }) => shellCommand`${`${name}=${JSON.stringify(value)}`}`);
  if (words.includes(undefined)) return undefined;
  return `amtool silence add ${words.join(' ')} --duration=${minutes}m --comment='silenced with pullmedic'`;
}

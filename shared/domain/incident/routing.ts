import type { MemberRouting } from '../incident.ts';
import { type Instant, latest, parseInstant } from '../instant.ts';
import type { AlertHint } from '../jobs.ts';

const PREFIX = 'pullmedic.dev/';

type Annotations = Readonly<Record<string, string>>;

/** What the objects around a failing pod ask for; each level may say nothing. */
export interface RoutingSources {
  readonly workload: Annotations | undefined;
  readonly namespace: Annotations | undefined;
  /** Nodes of the failing pods: only their `mute-until` counts, and only if all of them are muted. */
  readonly nodes: readonly (Annotations | undefined)[];
  readonly alerts: readonly AlertHint[];
}

/** Alert labels cannot hold `/` or `-`: these names carry what the annotations would. */
const ALERT_LABELS = {
  'slack-channel': ['pullmedic_slack_channel', 'slack_channel'],
  oncall: ['pullmedic_oncall', 'oncall'],
  runbook: ['pullmedic_runbook', 'runbook_url', 'runbook'],
} as const;

/** Annotation of the workload, else of the namespace, else an alert label. Whether `routes` allows it is decided later. */
export function readRouting({ workload, namespace, nodes, alerts }: RoutingSources): MemberRouting {
  const read = (name: keyof typeof ALERT_LABELS) =>
    text(workload, name) ?? text(namespace, name) ?? alertLabel(alerts, ALERT_LABELS[name]);
  return {
    channel: read('slack-channel'),
    oncall: read('oncall'),
    runbook: read('runbook'),
    muteUntil: latest([
      parseInstant(text(workload, 'mute-until')),
      parseInstant(text(namespace, 'mute-until')),
      mutedByAll(nodes),
    ]),
  };
}

function text(annotations: Annotations | undefined, name: string): string | undefined {
  const key = `${PREFIX}${name}`;
  const value = annotations !== undefined && Object.hasOwn(annotations, key) ? annotations[key]?.trim() : undefined;
  return value === '' ? undefined : value;
}

function alertLabel(alerts: readonly AlertHint[], names: readonly string[]): string | undefined {
  for (const { labels } of alerts) {
    const name = names.find((one) => Object.hasOwn(labels, one) && labels[one] !== '');
    if (name !== undefined) return labels[name];
  }
  return undefined;
}

function mutedByAll(nodes: readonly (Annotations | undefined)[]): Instant | undefined {
  const until = nodes.map((annotations) => parseInstant(text(annotations, 'mute-until')));
  const known = until.filter((at) => at !== undefined);
  return known.length === 0 || known.length < until.length ? undefined : Math.min(...known);
}

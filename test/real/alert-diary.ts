/** An alert as `GET /api/v2/alerts` of Alertmanager gives it. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** What Prometheus and Alertmanager said of their alerts, with the time of the first sight of each. */
export interface AlertDiary {
  /** When a firing alert of that namespace was first seen in Prometheus (ms since the epoch), and its name. */
  firedAt(namespace: string, after: number): { readonly at: number; readonly alert: string } | undefined;
  /** When Alertmanager first held a raw alert of that namespace back because of pullmedic's own. */
  mutedAt(namespace: string, after: number): number | undefined;
  stop(): void;
}

const EVERY_MS = 1_000;

/** Alerts that Alertmanager holds now, muted ones included. @throws when it does not answer */
export async function heldAlerts(
  alertmanagerUrl: string,
  where: Readonly<Record<string, string>>,
): Promise<readonly HeldAlert[]> {
  const url = new URL(`${alertmanagerUrl}/api/v2/alerts`);
  for (const [label, value] of Object.entries(where)) url.searchParams.append('filter', `${label}="${value}"`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url.pathname}: ${response.status}`);
  return (await response.json()) as readonly HeldAlert[];
}

/** Asks both once a second. */
export function keepAlertDiary(urls: { readonly prometheus: string; readonly alertmanager: string }): AlertDiary {
  const fired: { readonly at: number; readonly alert: string; readonly namespace: string }[] = [];
  const muted: { readonly at: number; readonly namespace: string }[] = [];
  let active = new Set<string>();
  let inhibited = new Set<string>();

  async function lookAtPrometheus(): Promise<void> {
    const response = await fetch(`${urls.prometheus}/api/v1/alerts`);
    const { data } = (await response.json()) as { data: { alerts: readonly FiringAlert[] } };
    const firing = data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
    for (const labels of firing) {
      if (active.has(JSON.stringify(labels))) continue;
      fired.push({ at: Date.now(), alert: labels['alertname'] ?? '', namespace: labels['namespace'] ?? '' });
    }
    active = new Set(firing.map((labels) => JSON.stringify(labels)));
  }

  async function lookAtAlertmanager(): Promise<void> {
    const held = (await heldAlerts(urls.alertmanager, {})).filter(({ status }) => status.inhibitedBy.length > 0);
    for (const { labels } of held) {
      if (inhibited.has(JSON.stringify(labels))) continue;
      muted.push({ at: Date.now(), namespace: labels['namespace'] ?? '' });
    }
    inhibited = new Set(held.map(({ labels }) => JSON.stringify(labels)));
  }

  const timer = setInterval(() => {
    // One that does not answer is asked again in a second: what does not come shows as a step that failed.
    for (const look of [lookAtPrometheus, lookAtAlertmanager]) void look().catch(() => undefined);
  }, EVERY_MS);
  return {
    firedAt: (namespace, after) => fired.find((one) => one.namespace === namespace && one.at >= after),
    mutedAt: (namespace, after) => muted.find((one) => one.namespace === namespace && one.at >= after)?.at,
    stop: () => clearInterval(timer),
  };
}

interface FiringAlert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

import * as z from 'zod/mini';

const text = z.record(z.string(), z.string());

/** Only the fields that are needed; whatever else a sender adds is dropped here. */
const alert = z.object({
  status: z._default(z.enum(['firing', 'resolved']), 'firing'),
  labels: text,
  startsAt: z.optional(z.string()),
  fingerprint: z.optional(z.string()),
});

/**
 * Alertmanager's webhook body, version "4" (`notify/webhook/webhook.go`), and Grafana's contact point, which sends the
 * same shape as version "1".
 */
const notification = z.object({
  version: z.enum(['4', '1']),
  alerts: z.array(alert),
  groupLabels: z._default(text, {}),
  /** Alerts that `max_alerts` cut off: they are in none of the lists. */
  truncatedAlerts: z._default(z.number().check(z.gte(0)), 0),
});

export type Notification = z.infer<typeof notification>;
export type NotificationAlert = Notification['alerts'][number];

/** More than this helps nobody; the answer stays small whatever was sent. */
const MAX_ISSUES = 20;

export type ParsedNotification =
  | { readonly ok: true; readonly value: Notification }
  /** One line for each mistake, each naming the field: `alerts[3].labels: expected an object`. */
  | { readonly ok: false; readonly issues: readonly string[] };

/** The text of a webhook body ─▶ notification, or what is wrong with it. Never throws. */
export function parseNotification(body: string): ParsedNotification {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, issues: ['body: expected JSON'] };
  }
  const parsed = notification.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: parsed.error.issues.slice(0, MAX_ISSUES).map(describe) };
}

function describe(issue: z.core.$ZodIssue): string {
  return `${fieldName(issue.path)}: ${expectation(issue)}`;
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'body';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key).slice(0, 100)}`))
    .join('')
    .replace(/^\./, '');
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeWords(issue.expected)}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`;
    case 'too_small':
      return `expected a number of at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

function typeWords(expected: string): string {
  if (expected === 'array' || expected === 'object') return `an ${expected}`;
  return expected === 'record' ? 'an object' : `a ${expected}`;
}

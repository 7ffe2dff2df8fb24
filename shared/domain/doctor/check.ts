/** What `doctor` looks at, in the order in which it tells. */
export const CHECK_AREAS = ['config', 'cluster', 'aws', 'slack', 'webhook'] as const;
export type CheckArea = (typeof CHECK_AREAS)[number];

/**
 * `ok` as it must be · `warn` pullmedic works, but less well or with more rights than it needs · `fail` something that
 * is configured does not work · `skipped` not looked at, `seen` says why.
 */
export type CheckOutcome = 'ok' | 'warn' | 'fail' | 'skipped';

/** One line of `doctor`. It never holds a credential, only its reference. */
export interface Check {
  readonly area: CheckArea;
  /** What was looked at, such as `prod-eu triage permissions`. */
  readonly subject: string;
  readonly outcome: CheckOutcome;
  readonly seen: string;
  /** What to do about a `warn` or a `fail`. */
  readonly advice?: string | undefined;
  /** To be pasted as they are; each was quoted by `shellCommand`, or is a document such as an IAM statement. */
  readonly commands?: readonly string[] | undefined;
}

export type CheckCounts = Readonly<Record<CheckOutcome, number>>;

export function countChecks(checks: readonly Check[]): CheckCounts {
  const count = (outcome: CheckOutcome) => checks.filter((check) => check.outcome === outcome).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail'), skipped: count('skipped') };
}

/** `18 ok, 1 warning, 2 failed, 1 skipped; first: slack scopes: chat:write is not granted`. */
export function summariseChecks(checks: readonly Check[]): string {
  const { ok, warn, fail, skipped } = countChecks(checks);
  const parts = [
    `${ok} ok`,
    ...(warn === 0 ? [] : [`${warn} ${warn === 1 ? 'warning' : 'warnings'}`]),
    ...(fail === 0 ? [] : [`${fail} failed`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  const first = checks.find(({ outcome }) => outcome === 'fail');
  return `${parts.join(', ')}${first === undefined ? '' : `; first: ${first.area} ${first.subject}: ${first.seen}`}`;
}

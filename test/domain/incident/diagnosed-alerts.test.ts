import { describe, expect, it } from '@jest/globals';
import {
  type DiagnosedAlert,
  MAX_DIAGNOSED_ALERTS,
  planAlerts,
  severityOf,
  type ToldAlerts,
} from '../../../shared/domain/incident/diagnosed-alerts.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const WHERE = { cluster: 'prod', clusterLabel: 'cluster', namespace: 'shop' };

function alert(change: Partial<DiagnosedAlert> = {}): DiagnosedAlert {
  return {
    pod: 'web-1',
    container: 'app',
    cause: 'tag-not-found',
    severity: 'critical',
    startsAt: NOW - 5 * MINUTE,
    summary: 'shop/web cannot pull its image',
    annotations: { summary: 'shop/web cannot pull its image', description: 'd', runbook: 'r' },
    ...change,
  };
}

function plan(
  fresh: readonly DiagnosedAlert[],
  told?: ToldAlerts,
  options: { readonly isAwaited?: boolean; readonly now?: number } = {},
) {
  return planAlerts(fresh, told, WHERE, () => options.isAwaited === true, options.now ?? NOW);
}

function toldOf(...fresh: readonly DiagnosedAlert[]): ToldAlerts {
  const planned = plan(fresh);
  if (planned === undefined) throw new Error('nothing was to be told');
  return planned.told;
}

describe('what an Alertmanager is told', () => {
  it('is one alert a failing container, firing for 10 minutes more', () => {
    expect(plan([alert()])?.send).toEqual([
      {
        labels: {
          alertname: 'ImagePullDiagnosed',
          cluster: 'prod',
          namespace: 'shop',
          pod: 'web-1',
          container: 'app',
          cause: 'tag-not-found',
          severity: 'critical',
        },
        annotations: { summary: 'shop/web cannot pull its image', description: 'd', runbook: 'r' },
        startsAt: NOW - 5 * MINUTE,
        endsAt: NOW + 10 * MINUTE,
      },
    ]);
  });

  it.each([
    { minutes: 1.9, sends: false },
    { minutes: 2, sends: true },
    { minutes: 5, sends: true },
  ])('is repeated $minutes min later: $sends', ({ minutes, sends }) => {
    const again = plan([alert()], toldOf(alert()), { now: NOW + minutes * MINUTE });
    expect(again !== undefined).toBe(sends);
  });

  it('is resolved at once where nothing fails any more, and then forgotten', () => {
    const over = plan([], toldOf(alert()), { now: NOW + MINUTE });
    expect(over?.send).toMatchObject([{ labels: { pod: 'web-1' }, endsAt: NOW + MINUTE }]);
    expect(over?.send[0]?.annotations).toEqual({ summary: 'shop/web cannot pull its image' });
    expect(over?.told.alerts).toEqual([]);
  });

  it('is left as it is while the kubelet flips between two reasons', () => {
    expect(plan([], toldOf(alert()), { now: NOW + MINUTE, isAwaited: true })).toBeUndefined();
  });

  it.each([
    { what: 'another cause', change: { cause: 'auth-expired' } },
    { what: 'another severity', change: { severity: 'warning' } },
  ])('ends under its old labels where it has $what', ({ change }) => {
    const changed = plan([alert(change)], toldOf(alert()), { now: NOW + MINUTE });
    expect(
      changed?.send.map(({ labels, endsAt }) => [labels['cause'], labels['severity'], endsAt > NOW + MINUTE]),
    ).toEqual([
      [change.cause ?? 'tag-not-found', change.severity ?? 'critical', true],
      ['tag-not-found', 'critical', false],
    ]);
  });

  it('keeps the beginning that it was told first', () => {
    const told = toldOf(alert());
    const later = plan([alert({ startsAt: NOW - MINUTE })], told, { now: NOW + 3 * MINUTE });
    expect(later?.send[0]?.startsAt).toBe(NOW - 5 * MINUTE);
  });

  it('never begins after now: Alertmanager would refuse it', () => {
    expect(plan([alert({ startsAt: NOW + MINUTE })])?.send[0]?.startsAt).toBe(NOW);
  });

  it('is nothing where nothing fails and nothing was told', () => {
    expect(plan([])).toBeUndefined();
  });

  it('is bounded', () => {
    const many = Array.from({ length: MAX_DIAGNOSED_ALERTS + 1 }, (_, n) => alert({ pod: `web-${n}` }));
    expect(plan(many)?.send).toHaveLength(MAX_DIAGNOSED_ALERTS);
  });

  it.each([
    { dot: 'red', severity: 'critical' },
    { dot: 'orange', severity: 'warning' },
    { dot: 'yellow', severity: 'info' },
    { dot: 'green', severity: 'info' },
  ] as const)('says $severity for $dot', ({ dot, severity }) => {
    expect(severityOf(dot)).toBe(severity);
  });
});

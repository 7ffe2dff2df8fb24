import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseNotification } from '../../shared/alertmanager/schema.ts';

const events = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'events', 'alertmanager');
const recorded = readdirSync(events, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));

function issuesOf(body: unknown): readonly string[] {
  const parsed = parseNotification(typeof body === 'string' ? body : JSON.stringify(body));
  return parsed.ok ? [] : parsed.issues;
}

describe('parseNotification', () => {
  it.each(recorded)('takes what was recorded: %s', (name) => {
    const text = readFileSync(join(events, name), 'utf8');
    const parsed = parseNotification(text);
    expect(parsed.ok && parsed.value.alerts.length).toBe(JSON.parse(text).alerts.length);
  });

  it('found recordings to take', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(17);
  });

  const alert = { labels: { alertname: 'A' } };
  it.each([
    { body: '', issues: ['body: expected JSON'] },
    { body: '{"version":"4",', issues: ['body: expected JSON'] },
    { body: 'null', issues: ['body: expected an object'] },
    { body: [], issues: ['body: expected an object'] },
    { body: {}, issues: ['version: expected "1" or "4"', 'alerts: expected an array'] },
    { body: { version: '3', alerts: [] }, issues: ['version: expected "1" or "4"'] },
    { body: { version: 4, alerts: [] }, issues: ['version: expected "1" or "4"'] },
    { body: { version: '4', alerts: {} }, issues: ['alerts: expected an array'] },
    { body: { version: '4', alerts: [alert, alert, alert, {}] }, issues: ['alerts[3].labels: expected an object'] },
    { body: { version: '4', alerts: [{ labels: [] }] }, issues: ['alerts[0].labels: expected an object'] },
    { body: { version: '4', alerts: [{ labels: { pod: 1 } }] }, issues: ['alerts[0].labels.pod: expected a string'] },
    {
      body: { version: '4', alerts: [{ ...alert, status: 'on' }] },
      issues: ['alerts[0].status: expected "firing" or "resolved"'],
    },
    { body: { version: '4', alerts: [null] }, issues: ['alerts[0]: expected an object'] },
    {
      body: { version: '4', alerts: [], truncatedAlerts: -1 },
      issues: ['truncatedAlerts: expected a number of at least 0'],
    },
    { body: { version: '4', alerts: [], groupLabels: 'x' }, issues: ['groupLabels: expected an object'] },
  ])('names the field: $issues', ({ body, issues }) => {
    expect(issuesOf(body)).toEqual(issues);
  });

  it('tolerates keys that it does not know, everywhere', () => {
    expect(
      issuesOf({ version: '4', alerts: [{ ...alert, values: {}, x: null }], notification_reason: 'x', y: [] }),
    ).toEqual([]);
  });

  it('takes an alert that says nothing but its labels', () => {
    const parsed = parseNotification(JSON.stringify({ version: '4', alerts: [alert] }));
    expect(parsed).toEqual({
      ok: true,
      value: {
        version: '4',
        alerts: [{ status: 'firing', labels: { alertname: 'A' } }],
        groupLabels: {},
        truncatedAlerts: 0,
      },
    });
  });

  it('tells at most 20 mistakes', () => {
    expect(issuesOf({ version: '4', alerts: Array(500).fill({}) })).toHaveLength(20);
  });

  it('never throws, and every issue names a field', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const issue of issuesOf(text)) expect(issue).toMatch(/^[^:]+: /);
      }),
    );
  });
});

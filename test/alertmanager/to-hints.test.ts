import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Notification } from '../../shared/alertmanager/schema.ts';
import { parseNotification } from '../../shared/alertmanager/schema.ts';
import { type CallContext, toHints } from '../../shared/alertmanager/to-hints.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { scopeKey } from '../../shared/domain/scope.ts';

const events = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'events', 'alertmanager');

const oneCluster = parseConfig('clusters: [{ name: prod-eu }]\nslack: { channel: a }', 'test');
const twoClusters = parseConfig('clusters: [{ name: prod-eu }, { name: dev }]\nslack: { channel: a }', 'test');

type Labels = Readonly<Record<string, string>>;

function notification(alerts: readonly Labels[], rest: Partial<Notification> = {}): Notification {
  return {
    version: '4',
    alerts: alerts.map((labels, index) => ({
      status: 'firing',
      labels: { alertname: 'ImagePullBackOff', ...labels },
      startsAt: '2026-11-22T11:29:23.998Z',
      fingerprint: `${index}`.padStart(16, '0'),
    })),
    groupLabels: {},
    truncatedAlerts: 0,
    ...rest,
  };
}

function hintsOf(body: Notification, context: Partial<CallContext> = {}) {
  return toHints(body, { config: oneCluster, pathCluster: undefined, allowedClusters: undefined, ...context });
}

function scopesOf(body: Notification, context: Partial<CallContext> = {}): readonly string[] {
  return hintsOf(body, context).scopes.map(({ scope }) => scopeKey(scope));
}

describe('which alerts concern pulls', () => {
  it.each([
    { labels: { alertname: 'KubePodImagePullBackOff' }, is: true },
    { labels: { alertname: 'KubeContainerWaiting' }, is: true },
    { labels: { alertname: 'KubePodNotReady' }, is: true },
    { labels: { alertname: 'HighImagePullFailureRate' }, is: true },
    { labels: { alertname: 'RegistryUnreachable' }, is: true },
    { labels: { alertname: 'SomethingOfOurs', reason: 'ErrImagePull' }, is: true },
    { labels: { alertname: 'SomethingOfOurs', reason: 'InvalidImageName' }, is: true },
    { labels: { alertname: '', reason: 'ImagePullBackOff' }, is: true },
    { labels: { alertname: 'SomethingOfOurs', reason: 'CrashLoopBackOff' }, is: false },
    { labels: { alertname: 'Watchdog' }, is: false },
    { labels: { alertname: 'imagepullbackoff' }, is: false },
    { labels: { alertname: 'ImagePullDiagnosed', reason: 'ImagePullBackOff' }, is: false },
    { labels: { alertname: 'constructor' }, is: false },
  ])('$labels → $is', ({ labels, is }) => {
    const { accepted, ignored, scopes } = hintsOf(notification([{ namespace: 'shop', ...labels }]));
    expect({ accepted, ignored: ignored.length, scopes: scopes.length }).toEqual(
      is ? { accepted: 1, ignored: 0, scopes: 1 } : { accepted: 0, ignored: 1, scopes: 0 },
    );
  });

  it.each([
    { what: 'firing', labels: { alertname: 'Watchdog' }, beats: ['prod-eu'] },
    { what: 'in capitals', labels: { alertname: 'WATCHDOG' }, beats: [] },
    { what: 'something else', labels: { alertname: 'InfoInhibitor' }, beats: [] },
  ])('takes a Watchdog for a heartbeat: $what', ({ labels, beats }) => {
    expect(hintsOf(notification([labels, labels])).heartbeats).toEqual(beats);
  });

  it('does not take the end of a Watchdog for a heartbeat', () => {
    const body = notification([{ alertname: 'Watchdog' }]);
    const resolved = { ...body, alerts: body.alerts.map((alert) => ({ ...alert, status: 'resolved' as const })) };
    expect(hintsOf(resolved).heartbeats).toEqual([]);
  });

  it.each([
    { labels: {}, context: {}, beats: [] },
    { labels: { cluster: 'dev' }, context: {}, beats: ['dev'] },
    { labels: { cluster: 'dev' }, context: { allowedClusters: ['prod-eu'] }, beats: [] },
    { labels: {}, context: { pathCluster: 'prod-eu' }, beats: ['prod-eu'] },
  ])('guesses no cluster for a heartbeat of $labels with $context', ({ labels, context, beats }) => {
    const body = notification([{ alertname: 'Watchdog', ...labels }]);
    const hints = hintsOf(body, { config: twoClusters, ...context });
    expect([hints.heartbeats, hints.unrouted]).toEqual([beats, []]);
  });

  it('takes another name of it from the configuration', () => {
    const config = parseConfig(
      'clusters: [{ name: a }]\nslack: { channel: a }\nalerts: { watchdog: { name: DeadMansSwitch } }',
      'test',
    );
    expect(hintsOf(notification([{ alertname: 'DeadMansSwitch' }]), { config }).heartbeats).toEqual(['a']);
    expect(hintsOf(notification([{ alertname: 'Watchdog' }]), { config }).heartbeats).toEqual([]);
  });

  it('takes the names that the configuration adds', () => {
    const config = parseConfig('clusters: [{ name: a }]\nslack: { channel: a }\nalerts: { names: [Ours] }', 'test');
    expect(hintsOf(notification([{ alertname: 'Ours' }]), { config }).accepted).toBe(1);
  });

  it('counts what it ignores by name', () => {
    const { ignored } = hintsOf(notification([{ alertname: 'A' }, { alertname: 'B' }, { alertname: 'A' }]));
    expect(ignored).toEqual([
      { name: 'A', count: 2 },
      { name: 'B', count: 1 },
    ]);
  });
});

describe('where to look', () => {
  const ksm = {
    pod: 'kube-state-metrics-5d',
    namespace: 'monitoring',
    job: 'kube-state-metrics',
    instance: '10.0.0.9:8080',
  };
  it.each([
    { says: 'only a namespace', labels: { namespace: 'shop' }, scope: 'prod-eu/namespace/shop' },
    { says: 'a pod', labels: { namespace: 'shop', pod: 'web-1', node: 'n1' }, scope: 'prod-eu/namespace/shop' },
    {
      says: 'exported labels beside those of kube-state-metrics',
      labels: { ...ksm, exported_namespace: 'shop', exported_pod: 'web-1' },
      scope: 'prod-eu/namespace/shop',
    },
    {
      says: 'exported_pod with a namespace of its own',
      labels: { namespace: 'shop', pod: 'kube-state-metrics-5d', exported_pod: 'web-1' },
      scope: 'prod-eu/namespace/shop',
    },
    {
      says: 'a node',
      labels: { alertname: 'HighImagePullFailureRate', node: 'ip-10-0-3-7', instance: '10.0.3.7:10250' },
      scope: 'prod-eu/node/ip-10-0-3-7',
    },
    {
      says: "a node, with the namespace of the kubelet's Service",
      labels: { alertname: 'HighImagePullFailureRate', node: 'n1', namespace: 'kube-system', job: 'kubelet' },
      scope: 'prod-eu/node/n1',
    },
    {
      says: 'only an instance, which is the exporter and not the node',
      labels: { alertname: 'HighImagePullFailureRate', instance: '10.0.3.7:10250' },
      scope: 'prod-eu/cluster',
    },
    {
      says: "only an instance, with the namespace of the kubelet's Service",
      labels: {
        alertname: 'HighImagePullFailureRate',
        instance: '10.0.3.7:10250',
        namespace: 'kube-system',
        job: 'kubelet',
      },
      scope: 'prod-eu/cluster',
    },
    {
      says: 'a probed registry',
      labels: {
        alertname: 'RegistryUnreachable',
        instance: 'https://registry.example.com/v2/',
        job: 'registry-monitor',
      },
      scope: 'prod-eu/registry/registry.example.com',
    },
    {
      says: "a probed registry, with the prober's namespace",
      labels: {
        alertname: 'RegistryUnreachable',
        target: 'http://Registry.example.com:5000',
        instance: '10.0.0.8:9115',
        namespace: 'monitoring',
      },
      scope: 'prod-eu/registry/registry.example.com:5000',
    },
    {
      says: 'a bare host',
      labels: { alertname: 'RegistryUnreachable', instance: 'registry.example.com:5000' },
      scope: 'prod-eu/registry/registry.example.com:5000',
    },
    {
      says: 'Docker Hub by the name of its server',
      labels: { alertname: 'RegistryUnreachable', instance: 'https://registry-1.docker.io/v2/' },
      scope: 'prod-eu/registry/docker.io',
    },
    {
      says: 'a probe by its prober only',
      labels: { alertname: 'RegistryUnreachable', instance: '10.0.0.8:9115' },
      scope: 'prod-eu/cluster',
    },
    { says: 'nothing at all', labels: {}, scope: 'prod-eu/cluster' },
    { says: 'an empty namespace', labels: { namespace: '' }, scope: 'prod-eu/cluster' },
    { says: 'a namespace that cannot be one', labels: { namespace: '../secrets' }, scope: 'prod-eu/cluster' },
    { says: 'a namespace of 64 characters', labels: { namespace: 'a'.repeat(64) }, scope: 'prod-eu/cluster' },
  ])('$says → $scope', ({ labels, scope }) => {
    expect(scopesOf(notification([labels]))).toEqual([scope]);
  });

  it('looks at a namespace once for 300 alerts, keeps 20 of them and counts all', () => {
    const alerts = Array.from({ length: 300 }, (_, i) => ({ namespace: 'shop', pod: `absent-${i}` }));
    const { scopes, accepted } = hintsOf(
      notification(alerts, { truncatedAlerts: 120, groupLabels: { namespace: 'shop' } }),
    );
    expect(scopes).toHaveLength(1);
    expect(scopes[0]).toMatchObject({ scope: { kind: 'namespace', namespace: 'shop' }, alertCount: 300 });
    expect(scopes[0]?.alerts).toHaveLength(20);
    expect(accepted).toBe(300);
  });

  it.each([
    { groupLabels: { alertname: 'ImagePullBackOff' }, scopes: ['prod-eu/namespace/shop', 'prod-eu/cluster'] },
    { groupLabels: { namespace: 'shop' }, scopes: ['prod-eu/namespace/shop'] },
    { groupLabels: { exported_namespace: 'shop' }, scopes: ['prod-eu/namespace/shop'] },
  ])('looks where the alerts that were cut off may be: a group by $groupLabels', ({ groupLabels, scopes }) => {
    expect(scopesOf(notification([{ namespace: 'shop' }], { truncatedAlerts: 1, groupLabels }))).toEqual(scopes);
  });

  it('looks again after a resolved notification', () => {
    const body = JSON.parse(readFileSync(join(events, '0.34', '003-resolved.json'), 'utf8'));
    expect(scopesOf(body)).toEqual(['prod-eu/namespace/shop']);
    expect(hintsOf(body).scopes[0]?.alerts[0]?.status).toBe('resolved');
  });

  it.each(readdirSync(join(events, '0.34-flapping')))('routes the flapping notification %s', (name) => {
    const parsed = parseNotification(readFileSync(join(events, '0.34-flapping', name), 'utf8'));
    expect(parsed.ok && scopesOf(parsed.value).every((scope) => scope.startsWith('prod-eu/namespace/'))).toBe(true);
  });

  it("takes Grafana's body", () => {
    const parsed = parseNotification(readFileSync(join(events, 'grafana', '001-firing.json'), 'utf8'));
    expect(parsed.ok && scopesOf(parsed.value, { config: twoClusters })).toEqual(['prod-eu/namespace/shop']);
  });
});

describe('which cluster', () => {
  const unrouted = { reason: expect.stringContaining('configured') };
  it.each([
    { config: oneCluster, path: undefined, label: 'prod-eu', cluster: 'prod-eu', isAssumed: false },
    { config: oneCluster, path: undefined, label: undefined, cluster: 'prod-eu', isAssumed: true },
    { config: oneCluster, path: undefined, label: 'other', cluster: 'prod-eu', isAssumed: true },
    { config: oneCluster, path: 'other', label: undefined, cluster: 'prod-eu', isAssumed: true },
    { config: twoClusters, path: undefined, label: 'dev', cluster: 'dev', isAssumed: false },
    { config: twoClusters, path: 'dev', label: 'prod-eu', cluster: 'dev', isAssumed: false },
    { config: twoClusters, path: undefined, label: undefined, cluster: undefined, isAssumed: undefined },
    { config: twoClusters, path: undefined, label: 'other', cluster: undefined, isAssumed: undefined },
    { config: twoClusters, path: 'other', label: 'dev', cluster: undefined, isAssumed: undefined },
  ])(
    '$config.clusters.length configured, path $path, label $label → $cluster, assumed: $isAssumed',
    ({ config, path, label, cluster, isAssumed }) => {
      const labels: Record<string, string> = label === undefined ? {} : { cluster: label };
      const hints = hintsOf(notification([{ namespace: 'shop', ...labels }]), { config, pathCluster: path });
      expect(hints.accepted).toBe(1);
      expect(hints.scopes.map(({ scope, isClusterAssumed }) => [scope.cluster, isClusterAssumed])).toEqual(
        cluster === undefined ? [] : [[cluster, isAssumed]],
      );
      expect(hints.unrouted).toEqual(cluster === undefined ? [expect.objectContaining(unrouted)] : []);
    },
  );

  it('reads the label that the configuration names', () => {
    const config = { ...twoClusters, alerts: { ...twoClusters.alerts, clusterLabel: 'k8s' } };
    expect(scopesOf(notification([{ namespace: 'a', k8s: 'dev', cluster: 'prod-eu' }]), { config })).toEqual([
      'dev/namespace/a',
    ]);
  });

  it('keeps a token to its clusters', () => {
    const body = notification([{ cluster: 'dev' }, { cluster: 'prod-eu' }]);
    const hints = hintsOf(body, { config: twoClusters, allowedClusters: ['dev'] });
    expect(hints.scopes.map(({ scope }) => scope.cluster)).toEqual(['dev']);
    expect(hints.unrouted.map(({ reason }) => reason)).toEqual([
      'the token that sent it may not speak for cluster prod-eu',
    ]);
  });

  it('tells 300 alerts of an unknown cluster in one notice, under the same id whatever their order', () => {
    const body = notification(Array.from({ length: 300 }, (_, i) => ({ namespace: `n${i}` })));
    const [first, ...others] = hintsOf(body, { config: twoClusters }).unrouted;
    const reversed = hintsOf({ ...body, alerts: body.alerts.toReversed() }, { config: twoClusters }).unrouted;
    expect(others).toEqual([]);
    expect(first?.id).toBe('unrouted/0000000000000000/2026-11-22T11:29:23.998Z');
    expect(first?.alerts).toHaveLength(20);
    expect(reversed.map(({ id }) => id)).toEqual([first?.id]);
  });

  it('tells a later alert of an unknown cluster anew, though the first still fires', () => {
    const body = notification([{ namespace: 'a' }, { namespace: 'b' }]);
    const later = body.alerts.map((alert, i) => (i === 1 ? { ...alert, startsAt: '2026-11-23T08:00:00Z' } : alert));
    expect(hintsOf({ ...body, alerts: later }, { config: twoClusters }).unrouted.map(({ id }) => id)).toEqual([
      'unrouted/0000000000000000/2026-11-22T11:29:23.998Z',
      'unrouted/0000000000000001/2026-11-23T08:00:00.000Z',
    ]);
  });
});

describe('what a hint keeps', () => {
  function hintOf(labels: Labels) {
    return hintsOf(notification([labels])).scopes[0]?.alerts[0];
  }

  it('names things as the metric did, without exporter, UID and alert name', () => {
    expect(
      hintOf({
        namespace: 'monitoring',
        exported_namespace: 'shop',
        pod: 'ksm',
        exported_pod: 'web-1',
        uid: 'd2e1',
        reason: 'ErrImagePull',
      }),
    ).toEqual({
      name: 'ImagePullBackOff',
      status: 'firing',
      startsAt: Date.parse('2026-11-22T11:29:23.998Z'),
      fingerprint: '0000000000000000',
      labels: { namespace: 'shop', pod: 'web-1', reason: 'ErrImagePull' },
    });
  });

  it('removes credentials before it cuts', () => {
    const labels = hintOf({ image: `https://user:hunter2@r.example.com/${'a.'.repeat(300)}` })?.labels;
    expect(labels?.['image']).not.toContain('hunter2');
    expect(labels?.['image']).toHaveLength(200);
  });

  it('keeps at most 20 labels, the useful ones first', () => {
    const labels = hintOf({
      ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}`, 'x'])),
      pod: 'web-1',
    })?.labels;
    expect(Object.keys(labels ?? {})).toHaveLength(20);
    expect(labels?.['pod']).toBe('web-1');
  });

  it('makes an identity where the sender gave none, or one that is no key', () => {
    const body = notification([{ namespace: 'a' }, { namespace: 'a' }, { namespace: 'b' }]);
    const alerts = body.alerts.map(({ fingerprint: _, ...alert }, i) =>
      i === 1 ? { ...alert, fingerprint: 'ü ber' } : alert,
    );
    const ids = hintsOf({ ...body, alerts }).scopes.flatMap((scope) =>
      scope.alerts.map(({ fingerprint }) => fingerprint),
    );
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('stays small, whatever is sent', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const labels = fc.dictionary(
      fc.oneof(text, fc.constantFrom('namespace', 'node', 'reason', 'instance', 'target', '__proto__')),
      text,
      { maxKeys: 40 },
    );
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 40 }), fc.integer({ min: 0, max: 1 }), (alerts, truncatedAlerts) => {
        const hints = hintsOf(notification(alerts, { truncatedAlerts }), { config: twoClusters });
        for (const { alerts: kept } of [...hints.scopes, ...hints.unrouted]) {
          expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(40 * 1024);
        }
        for (const { id } of hints.unrouted) expect(id).toMatch(/^[\x21-\x7e]{1,128}$/);
        const ignored = hints.ignored.reduce((sum, { count }) => sum + count, 0);
        expect(hints.accepted + ignored).toBe(alerts.length);
      }),
      { numRuns: 50 },
    );
  });
});

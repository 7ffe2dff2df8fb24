import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PodObject, WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../../infra/local/kubernetes/resources.ts';
import { findScenario, SCENARIOS } from '../../infra/local/scenarios/index.ts';
import type { Scenario } from '../../infra/local/scenarios/scenario.ts';
import { type Embedded, eventually, startEmbedded } from './embedded.ts';

/** What the kubelet says where the scenario must fail: the reason or its words. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'access-denied-or-not-found': /insufficient_scope/,
  'dns-failure': /no such host/,
  'auth-missing': /no basic auth credentials/,
  'image-never-pull': /is not present with pull policy of Never/,
  'rate-limited': /429 Too Many Requests\ntoomanyrequests/,
  'auth-expired': /403 Forbidden/,
  'secret-not-found': /no basic auth credentials/,
  'platform-mismatch': /no match for platform in manifest/,
  'tag-not-found': /v[\d.]+: not found/,
  'registry-5xx': /503 Service Unavailable/,
};

let embedded: Embedded;

beforeEach(async () => {
  embedded = await startEmbedded(20);
});

afterEach(async () => {
  await embedded.stop();
  expect(embedded.errors).toEqual([]);
});

function podsOf({ subject }: Scenario): readonly PodObject[] {
  const pods = embedded.cluster.list(PODS, subject.namespace) as readonly PodObject[];
  return pods.filter(
    ({ metadata }) => metadata.name === subject.workload || metadata.labels?.['app'] === subject.workload,
  );
}

function failure(scenario: Scenario): string | undefined {
  for (const { status } of podsOf(scenario)) {
    const waiting = status.containerStatuses?.[0]?.state.waiting;
    if (waiting && waiting.reason !== 'ContainerCreating') return waiting.message ?? waiting.reason;
  }
  return undefined;
}

function areAllRunning(scenario: Scenario): true | undefined {
  const { namespace, workload, kind } = scenario.subject;
  const pods = podsOf(scenario).filter(({ metadata }) => !metadata.deletionTimestamp);
  const wanted =
    kind === 'Pod'
      ? 1
      : ((embedded.cluster.get(DEPLOYMENTS, namespace, workload) as WorkloadObject | undefined)?.spec.replicas ?? 1);
  return pods.length === wanted && pods.every(({ status }) => status.phase === 'Running') ? true : undefined;
}

const failing = SCENARIOS.filter(({ expected }) => expected !== 'runs');
const running = SCENARIOS.filter(({ expected }) => expected === 'runs');

describe('the scenario table', () => {
  it('has every row once, and the page begins with the expired token', () => {
    expect(SCENARIOS.map(({ name }) => name).sort()).toEqual(
      [
        'refreshed-ecr-token',
        'nonexistent',
        'wrong-registry',
        'private-image',
        'with-pull-secret',
        'sa-pull-secret',
        'always-pull',
        'no-tag',
        'digest-pin',
        'slow-pull',
        'never-pull',
        'rate-limit-test',
        'concurrent-pulls',
        'expired-ecr-token',
        'missing-secret',
        'wrong-platform',
        'bad-tag-rollout',
        'unattached-secret',
        'attached-too-late',
        'removed-tag',
        'gitops-bad-tag',
        'registry-outage',
      ].sort(),
    );
    expect(SCENARIOS[0]?.name).toBe('expired-ecr-token');
    expect(findScenario('no-such')).toBeUndefined();
  });

  it.each(failing)('$name fails in the words of $expected, and runs after its repair', async (scenario) => {
    await scenario.apply(embedded);
    const words = await eventually('it fails', () => failure(scenario));
    expect(words).toMatch(WORDS[scenario.expected] ?? /^$/);
    await scenario.repair?.(embedded);
    await eventually('it runs', () => areAllRunning(scenario));
  });

  it.each(running)('$name runs without a failed pull', async (scenario) => {
    const said: string[] = [];
    embedded.cluster.api.store.subscribe(({ resource }) => {
      const text = resource === PODS ? failure(scenario) : undefined;
      if (text !== undefined) said.push(text);
    });
    await scenario.apply(embedded);
    await eventually('it runs', () => areAllRunning(scenario));
    expect(said).toEqual([]);
  });

  it('plays all at once: none disturbs another', async () => {
    await Promise.all(SCENARIOS.map((scenario) => scenario.apply(embedded)));
    for (const scenario of running) await eventually(`${scenario.name} runs`, () => areAllRunning(scenario));
    for (const scenario of failing) {
      const words = await eventually(`${scenario.name} fails`, () => failure(scenario));
      expect(words).toMatch(WORDS[scenario.expected] ?? /^$/);
    }
    const storefront = embedded.cluster.get(DEPLOYMENTS, 'web', 'storefront') as WorkloadObject;
    expect(storefront.status['availableReplicas']).toBe(3);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findPullFailures, listContainerStates } from '../../shared/domain/find-pull-failures.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { type Capture, listCaptures, readEvents, readOwners, readPod, snapshotOf } from '../support/captures.ts';

/** Paths of every value in a JSON document. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, field]) => pathsOf(field, [...path, key]))];
}

/** A copy with the value at one path replaced; `undefined` removes it. */
function replaceAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? replaceAt(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]) => [name, name === key ? replaceAt(field, rest, by) : field] as const)
      .filter(([, field]) => field !== undefined),
  );
}

interface Objects {
  readonly pods: readonly unknown[];
  readonly events: readonly unknown[];
  readonly workloads: readonly unknown[];
  readonly secrets: readonly unknown[];
  readonly nodes: readonly unknown[];
  readonly serviceAccounts: readonly unknown[];
}

function objectsOf(capture: Capture): Objects {
  const pod = readPod(capture);
  const namespace = pod.metadata?.namespace;
  const auths = { 'https://index.docker.io/v1/': { auth: 'YTpi' }, '*.example.com': { username: 'a', password: 'b' } };
  return {
    pods: [{ ...pod, spec: { ...pod.spec, imagePullSecrets: [{ name: 'regcred' }, { name: 'gone' }] } }],
    events: readEvents(capture),
    workloads: readOwners(capture),
    secrets: [
      {
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name: 'regcred', namespace, managedFields: [{ manager: 'x', time: '2026-11-22T11:00:00Z' }] },
        data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
      },
    ],
    nodes: [
      {
        kind: 'Node',
        metadata: { name: pod.spec?.nodeName },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          images: [{ names: ['a:b'] }],
          nodeInfo: { architecture: 'amd64' },
        },
      },
    ],
    serviceAccounts: [
      { kind: 'ServiceAccount', metadata: { name: 'default', namespace }, imagePullSecrets: [{ name: 'regcred' }] },
    ],
  };
}

/** Whatever a file or a cluster held: the types are a hope here. */
function toSnapshot(objects: Objects): ClusterSnapshot {
  return {
    ...snapshotOf({ pods: [], events: [], observedAt: Date.parse('2026-11-22T11:20:00Z') }),
    ...(objects as Partial<ClusterSnapshot>),
  };
}

const cases = listCaptures()
  .filter(({ name }) =>
    ['deployment', 'image-volume', 'init-container', 'statefulset', 'two-bad-containers', 'slow-pull'].includes(name),
  )
  .map(objectsOf);
const withPaths = cases.map((objects) => ({ objects, paths: pathsOf(objects).filter((path) => path.length > 1) }));

const hostile = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(null, '', 0, -1, Number.NaN, Number.MAX_SAFE_INTEGER, true, [], {}, [null], [[]], [{}], {
    name: 1,
  }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '2026-99-99T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    'spec.containers{',
    '\u0000',
    '"'.repeat(200),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const mutated = fc.constantFrom(...withPaths).chain(({ objects, paths }) =>
  fc.array(fc.tuple(fc.constantFrom(...paths), hostile), { minLength: 1, maxLength: 4 }).map((changes) => ({
    objects,
    changes,
  })),
);

describe('objects that no API server would send', () => {
  it('never make it throw, whatever stands in whichever field', () => {
    fc.assert(
      fc.property(mutated, ({ objects, changes }) => {
        const broken = changes.reduce<unknown>((all, [path, value]) => replaceAt(all, path, value), objects);
        const lists = Object.fromEntries(
          // The snapshot's own lists are ours; what is in them is not.
          Object.entries(broken as Objects).map(([name, list]) => [name, Array.isArray(list) ? list : []]),
        );
        const snapshot = toSnapshot(lists as unknown as Objects);
        for (const failure of findPullFailures(snapshot)) {
          expect(typeof failure.pod?.name).toBe('string');
          expect(typeof failure.error.text).toBe('string');
          expect(failure.tries).toBeGreaterThanOrEqual(0);
        }
        expect(Array.isArray(listContainerStates(snapshot))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    { what: 'pods', change: { pods: [null, 1, 'x', [], {}, { metadata: {} }, { metadata: { name: '' } }] } },
    { what: 'events', change: { events: [null, {}, { reason: 'Failed' }, { involvedObject: { name: 'app' } }] } },
    { what: 'everything else', change: { workloads: [{}], secrets: [{}], nodes: [7], serviceAccounts: ['x'] } },
  ])('count as absent among $what, and the others still count', ({ change }) => {
    const [objects] = cases;
    if (objects === undefined) throw new Error('the capture is missing');
    const merged = Object.fromEntries(
      Object.entries(objects).map(([name, list]) => [
        name,
        [...((change as Record<string, unknown[]>)[name] ?? []), ...list],
      ]),
    );
    const found = (snapshot: ClusterSnapshot) =>
      findPullFailures(snapshot).map(({ pod, error }) => [pod?.name, error.text]);
    expect(found(toSnapshot(merged as unknown as Objects))).toEqual(found(toSnapshot(objects)));
  });

  it('never lets a secret’s credential into the facts', () => {
    const password = 'correct-horse-battery';
    for (const objects of cases) {
      const secrets = [
        {
          kind: 'Secret',
          type: 'kubernetes.io/dockerconfigjson',
          metadata: {
            name: 'regcred',
            namespace: 'deployment',
            annotations: { 'kubectl.kubernetes.io/last-applied-configuration': password },
          },
          data: {
            '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { a: { username: 'u', password } } })).toString(
              'base64',
            ),
          },
        },
      ];
      expect(JSON.stringify(findPullFailures(toSnapshot({ ...objects, secrets })))).not.toContain(password);
    }
  });
});

describe('a storm', () => {
  it('of 1,000 failing pods of one Deployment takes seconds at most', () => {
    const capture = listCaptures().find(({ name, podFile }) => name === 'deployment' && podFile === 'pod.json');
    if (capture === undefined) throw new Error('the capture is missing');
    const pod = readPod(capture);
    const events = readEvents(capture);
    const names = Array.from({ length: 1000 }, (_, i) => `web-77d5c56996-${i}`);
    const snapshot = snapshotOf({
      pods: names.map((name) => ({ ...pod, metadata: { ...pod.metadata, name, uid: name } })),
      events: names.flatMap((name) =>
        events.map((event) => ({ ...event, involvedObject: { ...event.involvedObject, name, uid: name } })),
      ),
      workloads: readOwners(capture),
    });
    const began = performance.now();
    expect(findPullFailures(snapshot)).toHaveLength(1000);
    // It takes about a second on two busy cores; the bound catches work that grows with the square.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { PlacedPodSpec } from '../../shared/preflight/objects.ts';
import { mayRunOn } from '../../shared/preflight/placement.ts';
import { makeNode } from './build.ts';

const taint = (key: string, effect: string, value?: string) => ({ taints: [{ key, effect, ...(value && { value }) }] });
const affinity = (...nodeSelectorTerms: object[]) =>
  ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  }) as PlacedPodSpec;
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

describe('where the scheduler may put a pod', () => {
  it.each<{
    what: string;
    spec: PlacedPodSpec;
    node?: Parameters<typeof makeNode>[1];
    may: boolean;
    isDaemon?: boolean;
  }>([
    { what: 'anywhere by default', spec: {}, may: true },
    { what: 'not on a cordoned node', spec: {}, node: { spec: { unschedulable: true } }, may: false },
    {
      what: 'a DaemonSet on a cordoned node',
      spec: {},
      node: { spec: { unschedulable: true } },
      isDaemon: true,
      may: true,
    },
    { what: 'by its name alone', spec: { nodeName: 'n1' }, node: { spec: { unschedulable: true } }, may: true },
    { what: 'not on another name', spec: { nodeName: 'n2' }, may: false },
    { what: 'by a selector', spec: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } }, may: true },
    { what: 'not against a selector', spec: { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, may: false },
    { what: 'not by a label called constructor', spec: { nodeSelector: { constructor: 'x' } }, may: false },
    { what: 'not on a tainted node', spec: {}, node: { spec: taint('gpu', 'NoSchedule') }, may: false },
    { what: 'not where it would be evicted', spec: {}, node: { spec: taint('gpu', 'NoExecute') }, may: false },
    { what: 'where it is merely not preferred', spec: {}, node: { spec: taint('gpu', 'PreferNoSchedule') }, may: true },
    {
      what: 'where a trouble passes',
      spec: {},
      node: { spec: taint('node.kubernetes.io/not-ready', 'NoSchedule') },
      may: true,
    },
    {
      what: 'with a toleration by key',
      spec: { tolerations: [{ key: 'gpu', operator: 'Exists' }] },
      node: { spec: taint('gpu', 'NoSchedule', 'a') },
      may: true,
    },
    {
      what: 'with a toleration of everything',
      spec: { tolerations: [{ operator: 'Exists' }] },
      node: { spec: taint('gpu', 'NoExecute') },
      may: true,
    },
    {
      what: 'with a toleration by value',
      spec: { tolerations: [{ key: 'gpu', value: 'a' }] },
      node: { spec: taint('gpu', 'NoSchedule', 'a') },
      may: true,
    },
    {
      what: 'not with another value',
      spec: { tolerations: [{ key: 'gpu', value: 'b' }] },
      node: { spec: taint('gpu', 'NoSchedule', 'a') },
      may: false,
    },
    {
      what: 'not with another effect',
      spec: { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }] },
      node: { spec: taint('gpu', 'NoSchedule') },
      may: false,
    },
    { what: 'by an affinity', spec: affinity(expression('kubernetes.io/arch', 'In', 'arm64', 'amd64')), may: true },
    { what: 'not against an affinity', spec: affinity(expression('kubernetes.io/arch', 'NotIn', 'amd64')), may: false },
    {
      what: 'by one of two terms',
      spec: affinity(expression('zone', 'Exists'), expression('zone', 'DoesNotExist')),
      may: true,
    },
    { what: 'not by an empty term', spec: affinity({}), may: false },
    {
      what: 'by a number',
      spec: affinity(expression('cores', 'Gt', '8')),
      node: { labels: { cores: '16' } },
      may: true,
    },
    {
      what: 'not by a number that is none',
      spec: affinity(expression('cores', 'Lt', 'x')),
      node: { labels: { cores: '16' } },
      may: false,
    },
  ])('$what', ({ spec, node, may, isDaemon = false }) => {
    expect(mayRunOn(spec, makeNode('n1', node), { isDaemon })).toBe(may);
  });
});

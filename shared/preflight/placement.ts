import type { NodeRequirement, NodeTerm, PlacedPodSpec, PreflightNode, Toleration } from './objects.ts';

/**
 * Whether the scheduler may put such a pod on the node, by what both say of each other: name, selector, required node
 * affinity, taints, cordon. What is free on the node does not count: it changes by the minute.
 */
export function mayRunOn(spec: PlacedPodSpec, node: PreflightNode, options: { readonly isDaemon: boolean }): boolean {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName === node.name;
  if (node.isUnschedulable && !options.isDaemon) return false;
  return matchesSelector(spec, node) && matchesAffinity(spec, node) && toleratesAll(spec, node);
}

function matchesSelector({ nodeSelector = {} }: PlacedPodSpec, { labels }: PreflightNode): boolean {
  return Object.entries(nodeSelector).every(([key, value]) => labelOf(labels, key) === value);
}

/** Terms are alternatives; a term without any requirement matches nothing (`v1.NodeSelectorTerm`). */
function matchesAffinity({ affinity }: PlacedPodSpec, node: PreflightNode): boolean {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.length === 0 || terms.some((term) => matchesTerm(term, node));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeTerm, { labels, name }: PreflightNode): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => isMet(requirement, labelOf(labels, requirement.key))) &&
    // The only field that it takes is metadata.name.
    matchFields.every((requirement) => isMet(requirement, name))
  );
}

function isMet({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** A taint of a passing trouble says nothing about where pods belong: the node will be used again. */
const PASSING =
  /^node\.kubernetes\.io\/(?:not-ready|unreachable|memory-pressure|disk-pressure|pid-pressure|unschedulable|network-unavailable)$/;

function toleratesAll({ tolerations = [] }: PlacedPodSpec, { taints }: PreflightNode): boolean {
  return taints
    .filter(({ key, effect }) => effect !== 'PreferNoSchedule' && !PASSING.test(key))
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** `Toleration.ToleratesTaint` of k8s.io/api: no key with `Exists` is all keys, no effect is all effects. */
function tolerates(
  { key = '', operator = 'Equal', value = '', effect = '' }: Toleration,
  taint: PreflightNode['taints'][number],
) {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && operator === 'Equal' && value === (taint.value ?? '');
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

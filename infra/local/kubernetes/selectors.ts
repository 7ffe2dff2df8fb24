import { badRequest } from './api-error.ts';
import type { ApiObject, LabelSelector } from './objects.ts';

type Labels = Readonly<Record<string, string>>;
type Test = (object: ApiObject) => boolean;

/** A workload's own selector. An empty one matches everything, as in Kubernetes. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  const byLabels = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabels &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) =>
      matchesOperator(operator, labels[key], values),
    )
  );
}

function matchesOperator(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator.toLowerCase()) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'doesnotexist':
      return value === undefined;
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

/** `app=web,tier!=db,env in (prod,test),!legacy` @throws {ApiError} 400 for what does not parse */
export function parseLabelSelector(text: string): Test {
  const parts = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  const tests = parts.map((part) => parseRequirement(part.trim()));
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

function parseRequirement(part: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/i.exec(part);
  if (set?.[1] && set[2] !== undefined) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return (labels) => matchesOperator(set[2] ?? '', labels[set[1] ?? ''], values);
  }
  const equal = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
  if (equal?.[1]) {
    const [, key, operator, value] = equal;
    return (labels) => (labels[key ?? ''] === value) === (operator !== '!=');
  }
  const exists = /^(!?)\s*([^=!\s]+)$/.exec(part);
  if (exists?.[2]) return (labels) => (labels[exists[2] ?? ''] !== undefined) === (exists[1] === '');
  throw badRequest(`unable to parse requirement: ${JSON.stringify(part)}`);
}

/** Fields that the API server lets one select by, over all kinds here. */
function fieldOf(object: ApiObject, path: string): string | undefined {
  let value: unknown = object;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value === undefined || value === null ? undefined : String(value);
}

const SELECTABLE =
  /^(metadata\.(name|namespace)|status\.(phase|podIP|nominatedNodeName|successful|replicas)|spec\.(nodeName|restartPolicy|schedulerName|serviceAccountName|unschedulable|hostNetwork)|type|reason|reportingComponent|source|involvedObject\.(kind|name|namespace|uid|apiVersion|resourceVersion|fieldPath))$/;

/** `status.phase=Pending,spec.nodeName!=node-1` @throws {ApiError} 400 for a field that cannot be selected by */
export function parseFieldSelector(text: string): Test {
  const tests = text
    .split(',')
    .filter((part) => part !== '')
    .map((part): Test => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
      if (!match?.[1]) throw badRequest(`invalid field selector ${JSON.stringify(text)}`);
      const [, path, operator, value] = match;
      if (!SELECTABLE.test(path ?? '')) throw badRequest(`field label not supported: ${path}`);
      return (object) => ((fieldOf(object, path ?? '') ?? '') === value) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
}

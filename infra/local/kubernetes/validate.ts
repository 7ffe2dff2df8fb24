import { badRequest, type FieldProblem, invalid } from './api-error.ts';
import { stableJson } from './names.ts';
import {
  type ApiObject,
  type ContainerSpec,
  clone,
  type PodObject,
  type PodSpecObject,
  type SecretObject,
  type WorkloadObject,
} from './objects.ts';
import { isWorkload, JOBS, PODS, type Resource, SECRETS } from './resources.ts';
import { matchesSelector } from './selectors.ts';

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function required(field: string): FieldProblem {
  return { field, message: 'Required value', reason: 'FieldValueRequired' };
}

function wrong(field: string, value: unknown, why: string): FieldProblem {
  return { field, message: `Invalid value: ${JSON.stringify(value)}: ${why}`, reason: 'FieldValueInvalid' };
}

function containerProblems(containers: readonly ContainerSpec[] | undefined, path: string): FieldProblem[] {
  const seen = new Set<string>();
  return (containers ?? []).flatMap((container, i) => {
    const problems: FieldProblem[] = [];
    const at = `${path}[${i}]`;
    if (!container.name) problems.push(required(`${at}.name`));
    else if (!DNS_LABEL.test(container.name))
      problems.push(wrong(`${at}.name`, container.name, 'a lowercase RFC 1123 label'));
    else if (seen.has(container.name)) {
      problems.push({
        field: `${at}.name`,
        message: `Duplicate value: "${container.name}"`,
        reason: 'FieldValueDuplicate',
      });
    }
    seen.add(container.name);
    if (!container.image) problems.push(required(`${at}.image`));
    else if (container.image !== container.image.trim()) {
      problems.push(wrong(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
    }
    return problems;
  });
}

function podSpecProblems(spec: PodSpecObject | undefined, path: string): FieldProblem[] {
  if (!spec?.containers?.length) return [required(`${path}.containers`)];
  return [
    ...containerProblems(spec.initContainers, `${path}.initContainers`),
    ...containerProblems(spec.containers, `${path}.containers`),
  ];
}

function workloadProblems(resource: Resource, workload: WorkloadObject): FieldProblem[] {
  const { spec } = workload;
  if (!spec?.template) return [required('spec.template')];
  const problems = podSpecProblems(spec.template.spec, 'spec.template.spec');
  if (resource === JOBS) {
    if (!['Never', 'OnFailure'].includes(spec.template.spec?.restartPolicy ?? '')) {
      problems.push(required('spec.template.spec.restartPolicy'));
    }
    return problems;
  }
  if (!spec.selector) problems.push(required('spec.selector'));
  else if (!matchesSelector(spec.selector, spec.template.metadata?.labels ?? {})) {
    const labels = spec.template.metadata?.labels ?? {};
    problems.push(wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return problems;
}

/** Only images, deadlines and tolerations of a pod may change after its creation. */
function podUpdateProblems(pod: PodObject, before: PodObject): FieldProblem[] {
  function fixed(spec: PodSpecObject): string {
    const copy = clone(spec);
    for (const one of [...copy.containers, ...(copy.initContainers ?? [])]) delete one.image;
    for (const one of [...copy.containers, ...(copy.initContainers ?? [])]) delete one.imagePullPolicy;
    delete copy.ephemeralContainers;
    delete copy.tolerations;
    delete copy['activeDeadlineSeconds'];
    delete copy.terminationGracePeriodSeconds;
    if (before.spec.nodeName === undefined) delete copy.nodeName;
    return stableJson(copy);
  }
  if (fixed(pod.spec) === fixed(before.spec)) return [];
  const message =
    'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [{ field: 'spec', message, reason: 'FieldValueForbidden' }];
}

function secretUpdateProblems(secret: SecretObject, before: SecretObject): FieldProblem[] {
  if (secret.type !== before.type) return [wrong('type', secret.type, 'field is immutable')];
  if (before.immutable !== true || stableJson(secret.data) === stableJson(before.data)) return [];
  return [
    { field: 'data', message: 'Forbidden: field is immutable when `immutable` is set', reason: 'FieldValueForbidden' },
  ];
}

function secretProblems(secret: SecretObject): FieldProblem[] {
  const key = { 'kubernetes.io/dockerconfigjson': '.dockerconfigjson', 'kubernetes.io/dockercfg': '.dockercfg' }[
    secret.type ?? ''
  ];
  if (key === undefined) return [];
  const value = secret.data?.[key];
  if (value === undefined) return [required(`data[${key}]`)];
  try {
    JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
    return [];
  } catch (error) {
    return [wrong(`data[${key}]`, '<secret contents redacted>', (error as Error).message)];
  }
}

/** @throws {ApiError} 422 with the words of the API server, 400 for what is no object of this kind */
export function validate(resource: Resource, object: ApiObject, before: ApiObject | undefined): void {
  const { name } = object.metadata;
  const problems: FieldProblem[] = [];
  if (!name)
    problems.push({ ...required('metadata.name'), message: 'Required value: name or generateName is required' });
  else if (!DNS_SUBDOMAIN.test(name) && !resource.group.startsWith('rbac.')) {
    problems.push(wrong('metadata.name', name, SUBDOMAIN_RULE));
  }
  if (resource === PODS || isWorkload(resource)) {
    if (typeof (object as PodObject).spec !== 'object') throw badRequest(`${resource.kind} has no spec`);
  }
  if (resource === PODS) problems.push(...podSpecProblems((object as PodObject).spec, 'spec'));
  if (isWorkload(resource)) {
    const workload = object as WorkloadObject;
    problems.push(...workloadProblems(resource, workload));
    if (before && stableJson((before as WorkloadObject).spec.selector) !== stableJson(workload.spec.selector)) {
      problems.push(wrong('spec.selector', workload.spec.selector, 'field is immutable'));
    }
  }
  if (resource === PODS && before && problems.length === 0) {
    problems.push(...podUpdateProblems(object as PodObject, before as PodObject));
  }
  if (resource === SECRETS) problems.push(...secretProblems(object as SecretObject));
  if (resource === SECRETS && before)
    problems.push(...secretUpdateProblems(object as SecretObject, before as SecretObject));
  if (problems.length > 0) throw invalid(resource, name ?? '', problems);
}

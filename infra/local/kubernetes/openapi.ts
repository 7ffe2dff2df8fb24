import { apiVersionOf, RESOURCES, type Resource } from './resources.ts';

/**
 * A minimal OpenAPI v3: enough for kubectl create and apply to see that the server validates fields itself
 * (`fieldValidation` on PATCH), so that they ask for no schema of their own.
 */
function pathOf(resource: Resource): string {
  const root = resource.group === '' ? '/api/v1' : `/apis/${resource.group}/${resource.version}`;
  return `${root}${resource.isNamespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}/{name}`;
}

function query(name: string): unknown {
  return { name, in: 'query', schema: { type: 'string', uniqueItems: true } };
}

function gvk({ group, version, kind }: Resource): unknown {
  return { group, version, kind };
}

function schemaName({ group, version, kind }: Resource): string {
  return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;
}

function pathItem(resource: Resource): unknown {
  const reference = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const responses = { 200: { description: 'OK', content: { 'application/json': { schema: reference } } } };
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(query);
  const more = { responses, 'x-kubernetes-group-version-kind': gvk(resource) };
  // Without application/strategic-merge-patch+json here kubectl merges by the types that it was built with.
  const body = { content: { 'application/apply-patch+yaml': { schema: { type: 'object' } } } };
  return {
    get: { ...more, 'x-kubernetes-action': 'get' },
    put: {
      ...more,
      parameters,
      requestBody: { content: { '*/*': { schema: reference } } },
      'x-kubernetes-action': 'put',
    },
    patch: { ...more, parameters: [...parameters, query('force')], requestBody: body, 'x-kubernetes-action': 'patch' },
  };
}

function document(apiVersion: string): unknown {
  const resources = RESOURCES.filter((one) => apiVersionOf(one) === apiVersion);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes (embedded)', version: 'v1.36.3' },
    paths: Object.fromEntries(resources.map((one) => [pathOf(one), pathItem(one)])),
    components: {
      schemas: Object.fromEntries(
        resources.map((one) => [
          schemaName(one),
          {
            type: 'object',
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
            'x-kubernetes-preserve-unknown-fields': true,
            'x-kubernetes-group-version-kind': [gvk(one)],
          },
        ]),
      ),
    },
  };
}

function documentPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/** The answer for `/openapi/v3…`; `undefined` for any other path. */
export function openApi(path: string): unknown {
  const versions = [...new Set(RESOURCES.map(apiVersionOf))];
  if (path === '/openapi/v3') {
    return {
      paths: Object.fromEntries(
        versions.map((one) => [
          documentPath(one),
          { serverRelativeURL: `/openapi/v3/${documentPath(one)}?hash=embedded` },
        ]),
      ),
    };
  }
  const found = versions.find((one) => path === `/openapi/v3/${documentPath(one)}`);
  return found === undefined ? undefined : document(found);
}

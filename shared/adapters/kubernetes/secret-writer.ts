import { ClusterError } from '../../domain/errors.ts';
import type { KubeObject, KubeSecret, Namespace, ServiceAccount } from '../../domain/kubernetes.ts';
import { redact } from '../../domain/redact.ts';
import { ECR_ANNOTATION } from '../../domain/refresh/ecr-annotation.ts';
import { CREATED_LABELS, type NewPullSecret, PULL_SECRET_TYPE } from '../../domain/refresh/pull-secret-manifest.ts';
import { OURSELVES } from '../../domain/refresh/summarise-report.ts';
import type { Read } from '../../ports/cluster.ts';
import type { SecretPatch, SecretWriter, Written } from '../../ports/secret-writer.ts';
import { type ApiAnswer, type ApiRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import { type AttemptedRead, absentApiGap, deniedGap } from './denied-gap.ts';

/** Objects a page: about 4 MB of pull secrets at most, and the first ones are written while the next are read. */
const PAGE_SIZE = 500;
/** An answer to a write is not read: its metadata is enough, and the server need not send the credential back. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** Writes pull secrets over the connection pool of one cluster, with requests of its own: they are small and many. */
export function createSecretWriter(connection: ClusterConnection): SecretWriter {
  async function write(
    attempt: AttemptedRead,
    request: Pick<ApiRequest, 'method' | 'path'>,
    body: { readonly type: string; readonly value: unknown },
  ): Promise<Read<Written>> {
    const what = `${attempt.resource} ${attempt.namespace}/${attempt.name}`;
    const answer = await connection.send(
      {
        method: request.method,
        path: `${request.path}?fieldManager=${OURSELVES}`,
        headers: { Accept: METADATA_ONLY, 'Content-Type': body.type },
        body: JSON.stringify(body.value),
      },
      { verb: attempt.verb, what, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
    );
    return readWritten(answer, attempt, what);
  }

  return {
    listSecrets({ namespace, type }, onPage) {
      const query = { fieldSelector: `type=${type}` };
      return listPages<KubeSecret>(connection, { resource: 'secrets', namespace }, query, onPage);
    },

    async getSecret(namespace, name) {
      const answer = await connection.send(
        { method: 'GET', path: corePath('secrets', namespace, name) },
        { verb: 'get', what: `secrets ${namespace}/${name}`, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
      );
      if (answer.status === 403) return denied(answer, { verb: 'get', resource: 'secrets', namespace, name });
      if (answer.status === 404) return { ok: true, value: 'missing' };
      if (answer.status !== 200) throw unexpected('get', `secrets ${namespace}/${name}`, answer);
      // The API server's schema is the contract; every field of the types is optional for that reason.
      return { ok: true, value: answer.body as unknown as KubeSecret };
    },

    patchSecret(patch) {
      const { namespace, name } = patch;
      return write(
        { verb: 'patch', resource: 'secrets', namespace, name },
        { method: 'PATCH', path: corePath('secrets', namespace, name) },
        { type: 'application/merge-patch+json', value: patchOf(patch) },
      );
    },

    createSecret(secret) {
      const { namespace, name } = secret;
      return write(
        { verb: 'create', resource: 'secrets', namespace, name },
        { method: 'POST', path: corePath('secrets', namespace) },
        { type: 'application/json', value: manifestOf(secret) },
      );
    },

    async listNamespaces({ key, value }) {
      const query = { labelSelector: `${key}=${value}` };
      return collect<Namespace>((onPage) =>
        listPages(connection, { resource: 'namespaces', namespace: undefined }, query, onPage),
      );
    },

    async listServiceAccounts(namespace) {
      return collect<ServiceAccount>((onPage) =>
        listPages(connection, { resource: 'serviceaccounts', namespace }, {}, onPage),
      );
    },

    attachSecret({ metadata, imagePullSecrets = [] }, secret) {
      const { namespace = '', name = '', resourceVersion } = metadata ?? {};
      return write(
        { verb: 'patch', resource: 'serviceaccounts', namespace, name },
        { method: 'PATCH', path: corePath('serviceaccounts', namespace, name) },
        // `imagePullSecrets` of a ServiceAccount is an atomic list (k8s.io/api, core/v1): every kind of patch replaces it.
        {
          type: 'application/merge-patch+json',
          value: { metadata: { resourceVersion }, imagePullSecrets: [...imagePullSecrets, { name: secret }] },
        },
      );
    },
  };
}

export async function collect<T>(
  list: (onPage: (items: readonly T[], isFirst: boolean) => void) => Promise<Read<undefined>>,
): Promise<Read<readonly T[]>> {
  let items: T[] = [];
  const read = await list((page, isFirst) => {
    items = isFirst ? [...page] : [...items, ...page];
  });
  return read.ok ? { ok: true, value: items } : read;
}

/** @param name left out = the collection */
export function corePath(resource: string, namespace: string | undefined, name?: string): string {
  return apiPath('', resource, namespace, name);
}

/** @param group `apps`; empty = the core group */
export function apiPath(group: string, resource: string, namespace: string | undefined, name?: string): string {
  const parts = [
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    resource,
    ...(name === undefined ? [] : [name]),
  ];
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

export async function listPages<T extends KubeObject>(
  connection: ClusterConnection,
  read: Pick<AttemptedRead, 'resource' | 'namespace'>,
  query: Readonly<Record<string, string>>,
  onPage: (items: readonly T[], isFirst: boolean) => void | Promise<void>,
): Promise<Read<undefined>> {
  const what = `${read.resource}${read.namespace === undefined ? '' : ` in ${read.namespace}`}`;
  const [resource = '', group = ''] = read.resource.split('.');
  const path = apiPath(group, resource, read.namespace);
  const fetchPage = (next: string | undefined) => {
    const page = { limit: String(PAGE_SIZE), ...query, ...(next === undefined ? {} : { continue: next }) };
    return connection.send(
      { method: 'GET', path: `${path}?${new URLSearchParams(page)}` },
      { verb: 'list', what, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
    );
  };

  let restarts = 0;
  let isFirst = true;
  let pending = fetchPage(undefined);
  for (;;) {
    const answer = await pending;
    if (answer.status === 403) return denied(answer, { ...read, verb: 'list', name: undefined });
    if (answer.status === 410 && restarts < 1) {
      // The list outlived its snapshot in etcd: once from the start again.
      restarts += 1;
      isFirst = true;
      pending = fetchPage(undefined);
      continue;
    }
    if (answer.status === 404) return { ok: false, gap: absentApiGap({ ...read, verb: 'list', name: undefined }) };
    const items = answer.body['items'];
    if (answer.status !== 200 || !Array.isArray(items)) throw unexpected('list', what, answer);
    const { continue: next } = (answer.body['metadata'] ?? {}) as { readonly continue?: string };
    const hasMore = next !== undefined && next !== '';
    if (hasMore) {
      pending = fetchPage(next);
      // Seen by the next turn of the loop; nobody else may be told of it first.
      pending.catch(() => {});
    }
    await onPage(items, isFirst);
    if (!hasMore) return { ok: true, value: undefined };
    isFirst = false;
  }
}

export function readWritten(answer: ApiAnswer, attempt: AttemptedRead, what: string): Read<Written> {
  switch (answer.status) {
    case 200:
    case 201:
      return { ok: true, value: { kind: 'written' } };
    case 403:
      return denied(answer, attempt);
    case 404:
      return { ok: true, value: { kind: 'gone' } };
    case 409:
      return { ok: true, value: { kind: 'conflict' } };
    case 400:
    case 422:
      // What somebody's webhook answers may quote the object.
      return { ok: true, value: { kind: 'refused', why: redact(messageOf(answer)).slice(0, 300) } };
    default:
      throw unexpected(attempt.verb, what, answer);
  }
}

export function denied(answer: ApiAnswer, attempt: AttemptedRead) {
  return { ok: false, gap: deniedGap(attempt, redact(messageOf(answer))) } as const;
}

export function unexpected(verb: string, what: string, answer: ApiAnswer): ClusterError {
  return new ClusterError(verb, what, answer.status, redact(messageOf(answer)).slice(0, 300));
}

export function messageOf({ status, body }: ApiAnswer): string {
  return typeof body['message'] === 'string' ? body['message'] : `status ${status}`;
}

function patchOf({ resourceVersion, dataKey, data, annotation }: SecretPatch) {
  return {
    metadata: { resourceVersion, annotations: { [ECR_ANNOTATION]: annotation } },
    data: { [dataKey]: data.reveal() },
  };
}

function manifestOf({ namespace, name, data, annotation }: NewPullSecret) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels: CREATED_LABELS, annotations: { [ECR_ANNOTATION]: annotation } },
    type: PULL_SECRET_TYPE,
    data: { '.dockerconfigjson': data.reveal() },
  };
}

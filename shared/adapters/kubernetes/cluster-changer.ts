import type { KubeObject, Pod, ServiceAccount, Workload } from '../../domain/kubernetes.ts';
import { redact } from '../../domain/redact.ts';
import { isAdvised, MODE_ANNOTATION } from '../../domain/refresh/plan-secret.ts';
import { OURSELVES } from '../../domain/refresh/summarise-report.ts';
import type { Applied, ClusterChange, PatchableKind, SetImages, SetPullSecrets } from '../../domain/remedy/change.ts';
import { imagesStand, podStands, pullSecretsStand, type Standing } from '../../domain/remedy/stands-as.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterChanger } from '../../ports/cluster-changer.ts';
import { type ApiAnswer, type ApiRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import { type AttemptedRead, deniedGap } from './denied-gap.ts';
import { deleteRequest } from './pod-retrier.ts';
import { apiPath, messageOf, unexpected } from './secret-writer.ts';

/** On everything that a remedy changed: who asked for it, and by which remedy. */
export const CHANGED_BY_ANNOTATION = 'pullmedic.dev/changed-by';
/** Reads and writes of one change: status updates of kubelets and controllers come between them. */
const MAX_TRIES = 3;
const MAX_FOUND = 300;

const RESOURCES: Readonly<Record<PatchableKind | 'ServiceAccount' | 'Pod', { resource: string; group: string }>> = {
  Deployment: { resource: 'deployments', group: 'apps' },
  StatefulSet: { resource: 'statefulsets', group: 'apps' },
  DaemonSet: { resource: 'daemonsets', group: 'apps' },
  ServiceAccount: { resource: 'serviceaccounts', group: '' },
  Pod: { resource: 'pods', group: '' },
};

interface ApplyOptions {
  readonly isDryRun: boolean;
  readonly by: string;
}

/** One change as requests: what to read, how it stands, and what to send. */
interface Task {
  readonly kind: keyof typeof RESOURCES;
  readonly namespace: string;
  readonly name: string;
  readonly verb: 'patch' | 'delete';
  /** What an object that is not there means. */
  readonly absence: 'gone' | 'already';
  stand(object: ApiAnswer['body']): Standing;
  request(object: ApiAnswer['body'], path: string, options: ApplyOptions): ApiRequest;
}

/** Performs changes over the connection pool of one cluster. It reads before each write, and writes only what it read. */
export function createClusterChanger(connection: ClusterConnection, clock: Clock): ClusterChanger {
  const send = (request: ApiRequest, verb: AttemptedRead['verb'], what: string, signal: AbortSignal) =>
    connection.send(request, { verb, what, signal });

  return {
    async apply(change, options) {
      const task = taskOf(change);
      const { resource, group } = RESOURCES[task.kind];
      const { namespace, name, verb } = task;
      const path = apiPath(group, resource, namespace, name);
      const what = `${resource} ${namespace}/${name}`;
      // A right to one pod is worth nothing: the next one has another name.
      const named = task.kind === 'Pod' ? undefined : name;
      const attempt = { resource: group === '' ? resource : `${resource}.${group}`, namespace, name: named };
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);

      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const read = await send({ method: 'GET', path }, 'get', what, signal);
        if (read.status === 404) return absent(task, clock);
        if (read.status === 403) return forbidden(read, { ...attempt, verb: 'get' });
        if (read.status !== 200) throw unexpected('get', what, read);
        const standing = task.stand(read.body);
        if (standing === 'after') return { kind: 'already', at: clock.now() };
        if (standing !== 'before') return { kind: 'changed', ...standing, found: cut(standing.found) };

        // Set since it was planned, or on what an undo would change: it wins over everything.
        if (isAdvised(read.body as KubeObject)) {
          return { kind: 'refused', why: `${what} asks that nothing of it be changed (${MODE_ANNOTATION}: advise)` };
        }

        const answer = await send(task.request(read.body, path, options), verb, what, signal);
        switch (answer.status) {
          case 200:
          case 202:
            return { kind: 'done', at: clock.now() };
          case 404:
            return absent(task, clock);
          case 403:
            return forbidden(answer, { ...attempt, verb });
          case 400:
          case 422:
            return refused(answer);
          case 409:
            break;
          default:
            throw unexpected(verb, what, answer);
        }
      }
      return { kind: 'refused', why: `${what} changed ${MAX_TRIES} times while it was to be written` };
    },
  };
}

function taskOf(change: ClusterChange): Task {
  switch (change.kind) {
    case 'set-images':
      return {
        ...change.workload,
        verb: 'patch',
        absence: 'gone',
        stand: (object) => imagesStand(object as Workload, change),
        request: (object, path, options) =>
          patchRequest(
            path,
            'strategic-merge-patch',
            { ...metadata(object, options), ...imagesPatch(change) },
            options,
          ),
      };
    case 'set-pull-secrets':
      return {
        ...change.on,
        verb: 'patch',
        absence: 'gone',
        stand: (object) => pullSecretsStand(object as Workload | ServiceAccount, change),
        // A merge patch replaces lists whole; a strategic one would merge this list by name.
        request: (object, path, options) =>
          patchRequest(path, 'merge-patch', { ...metadata(object, options), ...pullSecretsPatch(change) }, options),
      };
    case 'delete-pod':
      return {
        kind: 'Pod',
        namespace: change.namespace,
        name: change.name,
        verb: 'delete',
        absence: 'already',
        stand: (object) => podStands(object as Pod, change),
        request: ({ metadata: read }: Pod, path, { isDryRun }) =>
          deleteRequest(path, { uid: read?.uid, resourceVersion: read?.resourceVersion }, isDryRun),
      };
  }
}

function patchRequest(
  path: string,
  type: 'strategic-merge-patch' | 'merge-patch',
  patch: object,
  { isDryRun }: ApplyOptions,
): ApiRequest {
  const query = new URLSearchParams({
    fieldManager: OURSELVES,
    fieldValidation: 'Strict',
    ...(isDryRun && { dryRun: 'All' }),
  });
  return {
    method: 'PATCH',
    path: `${path}?${query}`,
    headers: { 'Content-Type': `application/${type}+json` },
    body: JSON.stringify(patch),
  };
}

function metadata({ metadata: read }: ApiAnswer['body'], { by }: ApplyOptions) {
  const { resourceVersion } = (read ?? {}) as { readonly resourceVersion?: string };
  return { metadata: { resourceVersion, annotations: { [CHANGED_BY_ANNOTATION]: by.slice(0, 200) } } };
}

function imagesPatch({ containers }: SetImages) {
  const of = (isInit: boolean) =>
    containers.filter((one) => one.isInit === isInit).map(({ name, after }) => ({ name, image: after }));
  const [init, main] = [of(true), of(false)];
  const spec = { ...(main.length > 0 && { containers: main }), ...(init.length > 0 && { initContainers: init }) };
  return { spec: { template: { spec } } };
}

function pullSecretsPatch({ on, after }: SetPullSecrets) {
  const imagePullSecrets = after.map((name) => ({ name }));
  return on.kind === 'ServiceAccount' ? { imagePullSecrets } : { spec: { template: { spec: { imagePullSecrets } } } };
}

function absent({ absence }: Task, clock: Clock): Applied {
  return absence === 'gone' ? { kind: 'gone' } : { kind: 'already', at: clock.now() };
}

/**
 * Both are a 403: RBAC says `User "x" cannot patch …`, and a Role helps; an admission policy, a webhook or a quota says
 * something of its own, and a Role would change nothing.
 */
function forbidden(answer: ApiAnswer, attempt: AttemptedRead): Applied {
  const message = messageOf(answer);
  const isByRule = /ValidatingAdmissionPolicy|MutatingAdmissionPolicy|admission webhook|denied (?:the )?request/i;
  if (isByRule.test(message) || !/User "[^"]*" cannot /.test(message)) return refused(answer);
  const { why, command } = deniedGap(attempt, message);
  return { kind: 'denied', why, command };
}

/** What a webhook answers may quote the object. */
function refused(answer: ApiAnswer): Applied {
  return { kind: 'refused', why: cut(redact(messageOf(answer))) };
}

function cut(text: string): string {
  return text.slice(0, MAX_FOUND).toWellFormed();
}

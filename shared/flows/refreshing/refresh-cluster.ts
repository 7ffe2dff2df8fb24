import pLimit from 'p-limit';
import { ClusterError, PullmedicError } from '../../domain/errors.ts';
import type { KubeSecret } from '../../domain/kubernetes.ts';
import { findUntargeted } from '../../domain/refresh/find-untargeted.ts';
import type { RefreshRequest } from '../../domain/refresh/request.ts';
import type { ClusterResult, RefreshFinding, SecretResult } from '../../domain/refresh/result.ts';
import type { RefreshTarget, TargetSecret } from '../../domain/refresh/target.ts';
import { secretId, targetsOf, wantSecrets } from '../../domain/refresh/want-secrets.ts';
import type { SecretWriter } from '../../ports/secret-writer.ts';
import { type Attacher, createAttacher } from './attach-secrets.ts';
import { readNamespaces } from './read-namespaces.ts';
import { LIST_FROM, listSecrets } from './read-secrets.ts';
import type { RefreshDependencies } from './refresh-deps.ts';
import { type Found, failedEnding, refreshOne } from './refresh-one.ts';
import { type Ending, refusedFindings, secretResult } from './secret-results.ts';
import type { SharedTokens } from './share-tokens.ts';

/** Secrets worked on at a time; the connection pool of a cluster is as wide. */
export const CONCURRENCY = 16;
/** A cluster that did not answer this often in a row is left alone for this run. */
const MAX_SILENT = 4;
/** Findings of a cluster beyond these are counted in one. */
const MAX_FINDINGS = 100;

export interface ClusterPart {
  readonly result: ClusterResult;
  readonly secrets: readonly SecretResult[];
  readonly findings: readonly RefreshFinding[];
}

/** Refreshes what targets claim in one cluster. Whatever fails is in the result; other clusters go on. */
export async function refreshCluster(
  cluster: string,
  request: RefreshRequest,
  tokens: SharedTokens,
  deps: RefreshDependencies,
): Promise<ClusterPart> {
  const targets = targetsOf(cluster, deps.config.targets);
  const secrets: SecretResult[] = [];
  const findings: RefreshFinding[] = [];
  const done = new Set<string>();
  const problems: { readonly why: string; readonly retry: ClusterResult['retry'] }[] = [];
  const isWhole = request.namespaces === undefined && request.secrets === undefined;
  let wanted: ReadonlyMap<string, TargetSecret> = wantSecrets(targets, namedNamespaces, request);

  const finish = (secret: TargetSecret, ending: Ending, readAt: number) => {
    const result = secretResult(cluster, secret, ending, { readAt, finishedAt: deps.clock.now() });
    done.add(secretId(secret));
    secrets.push(result);
    findings.push(...refusedFindings(cluster, secret, ending.refused ?? []));
    deps.onResult?.(result);
  };

  try {
    const writer = await deps.writers.writer(cluster);
    const namespacesOf = new Map<RefreshTarget, readonly string[]>();
    for (const target of targets) {
      const read = await readNamespaces(async () => writer, target);
      namespacesOf.set(target, read.ok ? read.value : []);
      if (!read.ok) {
        problems.push({ why: `target ${target.name}: ${read.gap.what}: ${read.gap.why}`, retry: 'give-up' });
      }
    }
    wanted = wantSecrets(targets, (target) => namespacesOf.get(target) ?? [], request);
    findings.push(...namespacesWithoutTarget(cluster, request, wanted));

    const work = createWork({ cluster, request, writer, tokens, deps, wanted, finish });
    // Not to be told of as failures: where no target is, nothing has to be possible.
    const mayLook = isWhole || wanted.size >= LIST_FROM;
    const look = { cluster, request, writer, targets: deps.config.targets, isLookOnly: targets.length === 0 };
    const listed = mayLook ? await listAndRefresh(work, look) : { isListed: false, findings: [] };
    findings.push(...listed.findings);

    const rest = [...wanted.values()].filter((secret) => !done.has(secretId(secret)));
    await Promise.all(
      rest.map((secret) => work.refresh(secret, listed.isListed && request.labels === undefined ? 'absent' : 'unread')),
    );
    findings.push(...work.findings());
    if (work.silence() !== undefined) problems.push({ why: work.silence() ?? '', retry: 'retry' });
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    problems.push({ why: error.message, retry: error.retry });
    const why = `cluster ${cluster}: ${error.message}`;
    for (const secret of wanted.values()) {
      if (done.has(secretId(secret))) continue;
      finish(secret, { outcome: 'failed', reason: 'cluster-unavailable', why, retry: error.retry }, deps.clock.now());
    }
  }

  const [first] = problems;
  const result: ClusterResult = {
    cluster,
    outcome: first === undefined ? 'done' : 'failed',
    why: first === undefined ? undefined : problems.map(({ why }) => why).join('; '),
    retry: first?.retry,
  };
  return { result, secrets, findings };
}

interface Work {
  refresh(secret: TargetSecret, found: Found): Promise<void>;
  readonly wanted: ReadonlyMap<string, TargetSecret>;
  findings(): readonly RefreshFinding[];
  /** Why the cluster was given up, where it was. */
  silence(): string | undefined;
}

function createWork(run: {
  readonly cluster: string;
  readonly request: RefreshRequest;
  readonly writer: SecretWriter;
  readonly tokens: SharedTokens;
  readonly deps: RefreshDependencies;
  readonly wanted: ReadonlyMap<string, TargetSecret>;
  readonly finish: (secret: TargetSecret, ending: Ending, readAt: number) => void;
}): Work {
  const { cluster, request, writer, tokens, deps, wanted } = run;
  const limit = pLimit(CONCURRENCY);
  const namespaces = new Set([...wanted.values()].map(({ namespace }) => namespace)).size;
  const attacher: Attacher = createAttacher(cluster, writer, namespaces);
  const now = () => deps.clock.now();
  const { isDryRun, isForced } = request;
  const one = { cluster, now, isDryRun, isForced, writer, tokens, mayWrite: deps.mayWrite };
  let silent = 0;
  let silence: string | undefined;

  async function end(secret: TargetSecret, found: Found): Promise<Ending | undefined> {
    const { labels } = request;
    const matches = (object: KubeSecret) => labels === undefined || labels(object.metadata?.labels ?? {});
    if (labels !== undefined && typeof found === 'string') {
      const read = await writer.getSecret(secret.namespace, secret.name);
      // What may not be read is told as that by the next step.
      if (read.ok && (read.value === 'missing' || !matches(read.value))) return undefined;
      return refreshOne(secret, read.ok ? read.value : 'unread', one);
    }
    if (typeof found !== 'string' && !matches(found)) return undefined;
    const ending = await refreshOne(secret, found, one);
    const isThere = ending.outcome === 'refreshed' || ending.outcome === 'not-due';
    if (!isThere || request.isDryRun) return ending;
    return { ...ending, attached: await attacher.attach(secret) };
  }

  return {
    wanted,
    findings: () => attacher.findings,
    silence: () => silence,
    refresh: (secret, found) =>
      limit(async () => {
        const readAt = now();
        if (deps.signal?.aborted === true) {
          const why = 'the time of this run was over before its turn';
          return run.finish(secret, { outcome: 'failed', reason: 'out-of-time', why, retry: 'retry' }, readAt);
        }
        if (silence !== undefined) {
          const ending = { outcome: 'failed', reason: 'cluster-unavailable', why: silence, retry: 'retry' } as const;
          return run.finish(secret, ending, readAt);
        }
        try {
          const ending = await end(secret, found);
          silent = 0;
          if (ending !== undefined) run.finish(secret, ending, readAt);
        } catch (error) {
          if (error instanceof ClusterError && (error.status === undefined || error.status === 401)) {
            silent += 1;
            if (silent >= MAX_SILENT) silence = error.message;
          } else if (!(error instanceof PullmedicError)) {
            // One Secret that nobody thought of must not keep the others from their tokens. No message: it may quote it.
            const name = error instanceof Error ? error.name : typeof error;
            deps.log.error('a secret could not be refreshed', { cluster, secret: secretId(secret), error: name });
          }
          run.finish(secret, failedEnding(error), readAt);
        }
      }),
  };
}

/** Refreshes what one list of the whole cluster shows, and finds what no target claims. */
async function listAndRefresh(
  work: Work,
  look: {
    readonly cluster: string;
    readonly request: RefreshRequest;
    readonly writer: SecretWriter;
    /** Of every cluster. */
    readonly targets: readonly RefreshTarget[];
    /** No target is here: that it cannot be listed is a finding, not a failure. */
    readonly isLookOnly: boolean;
  },
): Promise<{ readonly isListed: boolean; readonly findings: readonly RefreshFinding[] }> {
  const { cluster, request, writer, targets } = look;
  const untargeted: RefreshFinding[] = [];
  try {
    const gap = await listSecrets(writer, async (secrets) => {
      const mine = secrets.flatMap((object) => {
        const { namespace = '', name = '' } = object.metadata ?? {};
        const secret = work.wanted.get(secretId({ namespace, name }));
        if (secret !== undefined) return [work.refresh(secret, object)];
        const finding = findUntargeted(object, cluster, targets);
        if (finding !== undefined && request.labels === undefined) untargeted.push(finding);
        return [];
      });
      await Promise.all(mine);
    });
    return { isListed: gap === undefined, findings: capped(untargeted, cluster) };
  } catch (error) {
    if (!look.isLookOnly || !(error instanceof ClusterError)) throw error;
    const notSeen = { cluster, namespace: undefined, name: undefined, kind: 'not-seen', why: error.message } as const;
    return { isListed: false, findings: [notSeen, ...capped(untargeted, cluster)] };
  }
}

function namedNamespaces({ namespaces }: RefreshTarget): readonly string[] {
  return namespaces.kind === 'names' ? namespaces.names : [];
}

function namespacesWithoutTarget(
  cluster: string,
  request: RefreshRequest,
  wanted: ReadonlyMap<string, TargetSecret>,
): readonly RefreshFinding[] {
  const asked = new Set([...(request.namespaces ?? []), ...(request.secrets ?? []).map(({ namespace }) => namespace)]);
  for (const { namespace } of wanted.values()) asked.delete(namespace);
  const why = `no target names it on cluster ${cluster}: nothing is done`;
  return [...asked].map((namespace) => ({ cluster, namespace, name: undefined, kind: 'no-target', why }));
}

function capped(findings: readonly RefreshFinding[], cluster: string): readonly RefreshFinding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const why = `${findings.length - MAX_FINDINGS} more secrets of no target`;
  return [
    ...findings.slice(0, MAX_FINDINGS),
    { cluster, namespace: undefined, name: undefined, kind: 'not-seen', why },
  ];
}

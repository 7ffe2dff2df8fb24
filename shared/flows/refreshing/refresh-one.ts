import { PullmedicError } from '../../domain/errors.ts';
import type { KubeSecret } from '../../domain/kubernetes.ts';
import { newestWrite } from '../../domain/pull-secret/describe-pull-secret.ts';
import { type EntryRecord, formatEcrAnnotation } from '../../domain/refresh/ecr-annotation.ts';
import { mergeCredentials, newCredentials } from '../../domain/refresh/merge-credentials.ts';
import { isToWrite, planCreation, planSecret, type SecretPlan } from '../../domain/refresh/plan-secret.ts';
import type { TargetSecret } from '../../domain/refresh/target.ts';
import type { Read } from '../../ports/cluster.ts';
import type { SecretWriter, Written } from '../../ports/secret-writer.ts';
import { issueCredentials } from './issue-credentials.ts';
import type { MayWrite } from './refresh-deps.ts';
import { type Ending, issueEnding } from './secret-results.ts';
import type { SharedTokens } from './share-tokens.ts';
import { whenBusyAgain } from './when-busy-again.ts';

/** A Secret that somebody writes at the same time is read and merged again this often. */
const MAX_CONFLICTS = 3;

export interface OneRun {
  readonly cluster: string;
  readonly now: () => number;
  readonly isDryRun: boolean;
  readonly isForced: boolean;
  readonly writer: SecretWriter;
  readonly tokens: SharedTokens;
  readonly mayWrite?: MayWrite | undefined;
}

/** As a list gave it; `unread` = to be read by name; `absent` = a list of its type did not hold it. */
export type Found = KubeSecret | 'unread' | 'absent' | 'missing';

/**
 * Brings one Secret up to date: decide, get the tokens, merge, write once under its resourceVersion. After a conflict it
 * is read and merged again, so that nothing of another writer is lost.
 * @throws {ClusterError} when the API server did not answer
 */
export async function refreshOne(secret: TargetSecret, first: Found, run: OneRun): Promise<Ending> {
  let found = first;
  /** Written, as far as we know: an answer may have been lost on its way. */
  let tried: ReadonlyMap<string, EntryRecord> | undefined;
  for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
    // A Secret of another type stands in no list: where it may be made, making it tells whether it is there.
    if (found === 'unread' || (found === 'absent' && planCreation(secret).every((entry) => !isToWrite(entry)))) {
      const read = await whenBusyAgain(() => run.writer.getSecret(secret.namespace, secret.name));
      if (!read.ok) return forbidden(read.gap);
      found = read.value;
    }
    const step =
      found === 'missing' || found === 'absent' ? await create(secret, run) : await patch(secret, found, tried, run);
    if (step.kind === 'ended') return step.ending;
    tried = step.tried ?? tried;
    found = 'unread';
  }
  return {
    outcome: 'failed',
    reason: 'conflict',
    why: `somebody else changed it ${MAX_CONFLICTS + 1} times while it was being written`,
    retry: 'retry',
  };
}

type Step =
  | { readonly kind: 'ended'; readonly ending: Ending }
  | { readonly kind: 'again'; readonly tried: ReadonlyMap<string, EntryRecord> | undefined };

async function patch(
  secret: TargetSecret,
  object: KubeSecret,
  tried: ReadonlyMap<string, EntryRecord> | undefined,
  run: OneRun,
): Promise<Step> {
  const plan = planSecret(object, secret, {
    cluster: run.cluster,
    now: run.now(),
    // What was just written needs no second time.
    isForced: run.isForced && tried === undefined,
  });
  const { entries, refused, decision } = plan;
  const about = { entries, refused, lastWrittenBy: newestWrite(object.metadata?.managedFields ?? [])?.manager };
  if (decision.kind === 'skip') return ended({ ...about, outcome: 'skipped', ...decision, retry: 'give-up' });
  if (decision.kind === 'not-due') {
    const isOurs = tried !== undefined && isWritten(plan, object, tried);
    return ended(isOurs ? { ...about, outcome: 'refreshed', written: tried } : { ...about, outcome: 'not-due' });
  }
  const objection = run.mayWrite?.(secret, object);
  if (objection !== undefined) return ended({ ...about, ...heldBack(objection) });
  if (run.isDryRun) return ended({ ...about, outcome: 'refreshed' });

  const { credentials, records, failure } = await issueCredentials(entries, run.tokens);
  if (failure !== undefined && credentials.length === 0) {
    return ended({ ...about, outcome: 'failed', ...issueEnding(failure) });
  }
  const kept = new Map(
    decision.document.entries.flatMap(({ key, hash }) => {
      const known = decision.records.get(key);
      return known?.hash === hash ? [[key, known] as const] : [];
    }),
  );
  const written = await whenBusyAgain(() =>
    run.writer.patchSecret({
      namespace: secret.namespace,
      name: secret.name,
      resourceVersion: object.metadata?.resourceVersion ?? '',
      dataKey: decision.document.dataKey,
      data: mergeCredentials(decision.document, credentials),
      annotation: formatEcrAnnotation(new Map([...kept, ...records])),
    }),
  );
  return judgeWrite(written, records, { ...about, ...(failure && issueEnding(failure)) }, failure !== undefined);
}

async function create(secret: TargetSecret, run: OneRun): Promise<Step> {
  const entries = planCreation(secret);
  if (!entries.some(isToWrite)) {
    const why = entries.length > 0 ? 'its mode is advise' : '`create: true` in its target would make it';
    return ended({ outcome: 'skipped', reason: 'missing', why: `there is no such secret; ${why}`, retry: 'give-up' });
  }
  const objection = run.mayWrite?.(secret, undefined);
  if (objection !== undefined) return ended({ entries, ...heldBack(objection) });
  if (run.isDryRun) return ended({ outcome: 'refreshed', reason: 'created', entries });
  const { credentials, records, failure } = await issueCredentials(entries, run.tokens);
  // Half a secret would look like a whole one to whoever attaches it.
  if (failure !== undefined) return ended({ entries, outcome: 'failed', ...issueEnding(failure) });
  const { namespace, name } = secret;
  const written = await whenBusyAgain(() =>
    run.writer.createSecret({
      namespace,
      name,
      data: newCredentials(credentials),
      annotation: formatEcrAnnotation(records),
    }),
  );
  if (written.ok && written.value.kind === 'gone') {
    return ended({
      entries,
      outcome: 'skipped',
      reason: 'missing',
      why: `there is no namespace ${namespace}`,
      retry: 'give-up',
    });
  }
  return judgeWrite(written, records, { entries, reason: 'created' }, false);
}

function judgeWrite(
  written: Read<Written>,
  records: ReadonlyMap<string, EntryRecord>,
  about: Omit<Ending, 'outcome'>,
  isPartial: boolean,
): Step {
  if (!written.ok) return ended({ ...about, ...forbidden(written.gap) });
  switch (written.value.kind) {
    case 'written':
      return ended({ ...about, outcome: isPartial ? 'failed' : 'refreshed', written: records });
    case 'conflict':
    case 'gone':
      return { kind: 'again', tried: records };
    case 'refused': {
      const why = `the cluster refused it: ${written.value.why}`;
      return ended({ ...about, outcome: 'failed', reason: 'refused-by-cluster', why, retry: 'give-up' });
    }
  }
}

/** Whether what we tried to write is what stands there: the write got through, its answer did not. */
function isWritten(plan: SecretPlan, object: KubeSecret, tried: ReadonlyMap<string, EntryRecord>): boolean {
  const annotation = object.metadata?.annotations?.['pullmedic.dev/ecr'] ?? '';
  return plan.entries.some(({ key }) => {
    const hash = tried.get(key)?.hash;
    return hash !== undefined && annotation.includes(hash);
  });
}

function forbidden({
  what,
  why,
  command,
}: {
  readonly what: string;
  readonly why: string;
  readonly command?: string | undefined;
}) {
  const grant = command === undefined ? '' : `; to allow it: ${command}`;
  return { outcome: 'failed', reason: 'forbidden', why: `${what}: ${why}${grant}`, retry: 'give-up' } as const;
}

function heldBack(why: string) {
  return { outcome: 'skipped', reason: 'reverted', why, retry: 'give-up' } as const;
}

function ended(ending: Ending): Step {
  return { kind: 'ended', ending };
}

/** What a port threw, as the end of one Secret; anything else is a mistake of ours and told as that. */
export function failedEnding(error: unknown): Ending {
  if (error instanceof PullmedicError) {
    return { outcome: 'failed', reason: 'cluster-unavailable', why: error.message, retry: error.retry };
  }
  return { outcome: 'failed', reason: 'bug', why: 'pullmedic failed: the log says more', retry: 'give-up' };
}

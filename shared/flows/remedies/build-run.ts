import { clip } from '../../chat/plain-text.ts';
import { memberKey } from '../../domain/incident/member-key.ts';
import type { AuditEntry } from '../../domain/remedy/audit.ts';
import type { Applied, Change } from '../../domain/remedy/change.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Plan } from '../../domain/remedy/plan.ts';
import { MAX_RUNS, type RemedyRun } from '../../domain/remedy/run.ts';
import { describeApplied } from '../../remedies/describe-change.ts';
import { isUndoable } from '../../remedies/undo.ts';

const MAX_SENTENCES = 6;
/** 200 containers are one change. */
const MAX_WORDS = 300;

/** A claimed offer as its incident remembers it; pure. */
export function buildRun(offer: Offer): RemedyRun {
  const { id: offerId, remedyId, claim, plan, state, results, endedAt, why } = offer;
  const did = (plan?.changes ?? []).flatMap((change, n) => tellDone(change, results[n]));
  const isApplied = state === 'applied';
  return {
    offerId,
    remedyId,
    label: plan?.label ?? remedyId,
    by: claim?.by ?? 'policy',
    rule: claim?.rule ?? '',
    startedAt: claim?.at ?? offer.offeredAt,
    appliedAt: isApplied ? endedAt : undefined,
    endedAt: state === 'stopped' ? endedAt : undefined,
    state: isApplied ? 'applied' : state === 'stopped' ? 'stopped' : 'applying',
    did:
      did.length > MAX_SENTENCES
        ? [...did.slice(0, MAX_SENTENCES - 1), `and ${did.length - MAX_SENTENCES + 1} more`]
        : did,
    why,
    // An automatic use that came to nothing counts too: else the next look begins it again.
    members: plan?.members ?? offer.members ?? [],
    images: plan === undefined ? {} : imagesOf(plan),
    isUndoable: plan !== undefined && remedyId !== 'undo' && did.length > 0 && isUndoable(plan),
  };
}

/** Replaces the run of the same offer; what the looks have concluded of it stays. */
export function putRun(runs: readonly RemedyRun[], run: RemedyRun): readonly RemedyRun[] {
  const known = runs.find(({ offerId }) => offerId === run.offerId);
  if (known === undefined) return [...runs, run].slice(-MAX_RUNS);
  if (known.state !== 'applying') return runs;
  return runs.map((one) => (one === known ? run : one));
}

export function buildAudit(offer: Offer): AuditEntry {
  const { id: offerId, incidentId, cluster, remedyId, claim, endedAt, why, plan, results, state } = offer;
  return {
    offerId,
    incidentId,
    cluster,
    remedyId,
    by: claim?.by ?? 'policy',
    rule: claim?.rule ?? '',
    at: claim?.at ?? offer.offeredAt,
    endedAt,
    outcome: state === 'applied' ? 'applied' : 'stopped',
    why,
    changes: (plan?.changes ?? []).map((change, n) => ({ change, result: results[n] })),
  };
}

function imagesOf({ changes }: Plan): RemedyRun['images'] {
  const images = changes.flatMap((change) =>
    change.kind === 'set-images'
      ? change.containers.map(({ name, after }) => {
          const { namespace, ...workload } = change.workload;
          return [memberKey(namespace, workload, name), after] as const;
        })
      : [],
  );
  return Object.fromEntries(images);
}

/** What was done, or found as it was to be. */
function tellDone(change: Change, result: Applied | undefined): readonly string[] {
  if (result?.kind !== 'done' && result?.kind !== 'already') return [];
  return [clip(describeApplied(change, result), MAX_WORDS)];
}

import { isSameImage } from '../../domain/find-pull-failures/same-image.ts';
import type { Confidence, Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { duration, fact, moment } from './evidence.ts';
import { imageFoundNow } from './found-now.ts';
import { attemptSays, registryFacts, registrySays } from './registry-facts.ts';

/** Refinements of a tag or digest that is not there. */
export const ABSENCE_DETAILS = ['appeared-since', 'gone-since', 'not-there-yet'] as const;

/** A build may push a little later than the rollout begins. */
const NEW_ROLLOUT_MS = 15 * 60_000;

export interface Absence {
  readonly confidence: Confidence;
  readonly detail?: (typeof ABSENCE_DETAILS)[number];
  readonly evidence: readonly Evidence[];
}

/**
 * What is known of a tag or digest that the runtime did not find: whether the registry says so too, and whether it was
 * there before, is there by now or may still come. Certain only where the registry shows the repository without it.
 */
export function explainAbsence(failure: PullFailure): Absence {
  const found = imageFoundNow(failure);
  if (found !== undefined) return { confidence: 'likely', detail: 'appeared-since', evidence: [found] };
  const facts = registryFacts(failure);
  const confidence = facts?.image === 'absent' && facts.repository === 'exists' ? 'certain' : 'likely';
  const evidence = absentNow(failure);
  const before = wasThere(failure);
  if (before.length > 0) {
    return { confidence, detail: 'gone-since', evidence: [...evidence, ...before, ...lifecycleRules(failure)] };
  }
  const young = newRollout(failure);
  if (young !== undefined) return { confidence, detail: 'not-there-yet', evidence: [...evidence, young] };
  return { confidence, evidence: [...evidence, ...lifecycleRules(failure)] };
}

/** The attempts that were taken and found nothing, or what ECR's own API said. */
function absentNow(failure: PullFailure): readonly Evidence[] {
  const facts = registryFacts(failure);
  if (facts === undefined) return [];
  const { answer } = facts;
  const said = answer.attempts.find(({ result }) => result === 'manifest-unknown');
  if (said !== undefined) return [attemptSays(answer, said)];
  return answer.ecr?.image === 'missing' ? [registrySays(answer, 'ECR lists no such image in the repository')] : [];
}

/** Proof that the image was to be had once. */
function wasThere({ peers, workload, node, imageText, observedAt }: PullFailure): readonly Evidence[] {
  const evidence: Evidence[] = [];
  if (peers !== undefined && peers.runningPods > 0) {
    const pods = peers.runningPods === 1 ? '1 other pod runs' : `${peers.runningPods} other pods run`;
    evidence.push(fact(`${pods} this very image: it was there when they started`, 'pods', observedAt));
  }
  if (
    workload?.previousImage !== undefined &&
    (workload.oldAvailable ?? 0) > 0 &&
    isSameImage(workload.previousImage, imageText)
  ) {
    const revision = workload.previousRevision === undefined ? 'before' : workload.previousRevision;
    evidence.push(
      fact(`revision ${revision} serves with the same image`, `${workload.kind} ${workload.name}`, observedAt),
    );
  }
  if (node?.hasImage === true) evidence.push(fact(`node ${node.name} still has the image`, 'node status', observedAt));
  return evidence;
}

function lifecycleRules(failure: PullFailure): readonly Evidence[] {
  const { registry } = failure;
  const rules = registry?.ecr?.lifecycleRules ?? [];
  if (registry === undefined || rules.length === 0) return [];
  return [registrySays(registry, `lifecycle rules of the repository: ${rules.slice(0, 3).join('; ')}`)];
}

function newRollout({ workload, observedAt }: PullFailure): Evidence | undefined {
  const since = workload?.revisionCreatedAt;
  if (workload === undefined || since === undefined || observedAt - since >= NEW_ROLLOUT_MS) return undefined;
  return fact(
    `the rollout began ${moment(since)}, less than ${duration(NEW_ROLLOUT_MS)} ago: its build may push still`,
    `${workload.kind} ${workload.name}`,
    since,
  );
}

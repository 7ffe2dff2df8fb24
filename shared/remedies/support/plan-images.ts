import type { Change, SetImages } from '../../domain/remedy/change.ts';
import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import type { RemedyContext } from '../remedy.ts';
import { imageGitFix } from './git-fix.ts';
import { isOtherVersion, repositoryText } from './image-text.ts';
import { leadOf } from './lead.ts';
import { noPlan } from './no-plan.ts';
import { type Ownership, readOwnership } from './ownership.ts';
import { describeWorkloadName, type PatchTarget } from './patch-target.ts';
import { rollOut } from './rollout-effect.ts';

export type NewImages = SetImages['containers'];

/** Whether the image of the member's workload may be changed, or who would undo it. */
export function imageOwnership(context: RemedyContext): Ownership {
  const { workload } = leadOf(context).failure;
  return readOwnership(workload?.managedBy, workload?.imageSetBy, context.gitOps);
}

/** Who takes a change of the image back one day, for the button; it holds no counts, so that it changes seldom. */
export function imageWarning(context: RemedyContext): string | undefined {
  const ownership = imageOwnership(context);
  return ownership.kind === 'free' ? ownership.warning : undefined;
}

/** What to change in Git instead, where somebody else writes the workload. */
export function gitFixFor(context: RemedyContext, target: PatchTarget, images: NewImages): string | undefined {
  const ownership = imageOwnership(context);
  if (ownership.kind === 'free') return undefined;
  return imageGitFix(describeWorkloadName(target.name), ownership.owner, images);
}

/** Why these images may not be written, in a sentence; `undefined` = they may. */
export function refuseImages(target: PatchTarget, images: NewImages): string | undefined {
  const label = describeWorkloadName(target.name);
  if (images.length === 0) return `${label} has these images already`;
  const other = images.find(({ before, after }) => repositoryText(before) !== repositoryText(after));
  if (other !== undefined) {
    return `container ${other.name} of ${label} would get another repository, ${other.after}: pullmedic changes tags and digests only`;
  }
  const bad = images.find(({ before, after }) => !isOtherVersion(before, after));
  return bad === undefined ? undefined : `${bad.after} is no other version of ${bad.before} that may be written`;
}

export interface ImagePlanParts {
  readonly plan: Pick<Plan, 'remedyId' | 'label' | 'choices' | 'choice'>;
  readonly images: NewImages;
  /** Pods that run with these images already. */
  readonly kept?: number | undefined;
  readonly warnings?: readonly string[] | undefined;
}

/** One patch of the workload's images, and the stuck pods that its controller would leave standing. */
export function planImages(context: RemedyContext, target: PatchTarget, parts: ImagePlanParts): Plan | NoPlan {
  const label = describeWorkloadName(target.name);
  const ownership = imageOwnership(context);
  if (ownership.kind === 'reconciled') {
    return noPlan(`${ownership.owner} writes ${label} and would undo this: change it in Git (Show Git fix)`);
  }
  if (target.object.spec?.paused === true) {
    return noPlan(`${label} is paused: no rollout starts until somebody resumes it (kubectl rollout resume)`);
  }
  const refused = refuseImages(target, parts.images);
  if (refused !== undefined) return noPlan(refused);

  const { danger, radius, pods, stuck } = rollOut(context, target, parts.kept);
  const change: SetImages = { kind: 'set-images', workload: target.name, containers: parts.images };
  const changes: readonly Change[] = [change, ...stuck];
  return {
    ...parts.plan,
    danger,
    changes,
    radius: [
      ...radius,
      ...(stuck.length === 0 ? [] : [`${stuck.length} that never started: deleted, as ${label} would leave them`]),
    ],
    warnings: [...(ownership.warning === undefined ? [] : [ownership.warning]), ...(parts.warnings ?? [])],
    members: [context.member.key],
    pods,
  };
}

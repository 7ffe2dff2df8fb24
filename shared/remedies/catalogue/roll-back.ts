import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import type { Proposal } from '../../domain/remedy/proposal.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { type EarlierRevision, findEarlierRevision, imageKey } from '../support/earlier-revision.ts';
import { versionOf } from '../support/image-text.ts';
import { labelOf } from '../support/label.ts';
import { leadOf } from '../support/lead.ts';
import { isRefused, noPlan } from '../support/no-plan.ts';
import { describeWorkloadName, findPatchTarget, type PatchTarget } from '../support/patch-target.ts';
import {
  gitFixFor,
  imageOwnership,
  imageWarning,
  type NewImages,
  planImages,
  refuseImages,
} from '../support/plan-images.ts';
import { findTemplateContainer, templateContainers } from '../support/template-container.ts';
import { undoCommand } from '../support/undo-command.ts';

/** What is wrong is the image that is asked for: another one helps. All else an older image would meet as well. */
const FAMILIES: readonly string[] = [
  'image-reference',
  'image-content',
  'image-platform',
  'image-name',
  'image-policy',
];

/** Puts the images of the last revision that pulled back. */
export const rollBack: Remedy = {
  id: 'roll-back',
  title: 'Roll back to the images of the last revision that pulled',

  propose(context) {
    const found = readRollback(context);
    if (isRefused(found)) return undefined;
    const { target, images, earlier } = found;
    const gitFix = gitFixFor(context, target, images);
    if (gitFix !== undefined) return { ...basics(found), danger: 'careful', gitFix };
    const plan = planRollback(context, found);
    if (isRefused(plan)) return undefined;
    return {
      ...basics(found),
      danger: plan.danger,
      rank: earlier.available > 0 ? 30 : 36,
      warning: imageWarning(context),
    };
  },

  plan(context) {
    const found = readRollback(context);
    return isRefused(found) ? found : planRollback(context, found);
  },
};

interface Rollback {
  readonly target: PatchTarget;
  readonly earlier: EarlierRevision;
  /** Every container whose image was another one then. */
  readonly images: NewImages;
  readonly label: string;
}

function readRollback(context: RemedyContext): Rollback | NoPlan {
  const { best } = leadOf(context);
  if (best !== undefined && !FAMILIES.includes(best.family)) {
    return noPlan(`an older image would fail alike: ${best.phrase}`);
  }
  const target = findPatchTarget(context);
  if (isRefused(target)) return target;
  const container = findTemplateContainer(context, target);
  if (isRefused(container)) return container;
  const earlier = findEarlierRevision(context, target);
  if (earlier === undefined) {
    return noPlan(`no earlier revision of ${describeWorkloadName(target.name)} is in sight that had another image`);
  }
  const images = templateContainers(target).flatMap(({ name, isInit, image: before }) => {
    const after = earlier.images.get(imageKey(name, isInit));
    return after === undefined || after === before ? [] : [{ name, isInit, before, after }];
  });
  const own = images.find(({ name, isInit }) => name === container.name && isInit === container.isInit);
  const version = versionOf(own?.after ?? '');
  const label = labelOf(`Roll back to ${version}`, `Roll back to revision ${earlier.revision ?? ''}`, 'Roll back');
  return { target, earlier, images, label };
}

function planRollback(context: RemedyContext, { target, earlier, images, label }: Rollback): Plan | NoPlan {
  const plan = planImages(context, target, {
    plan: { remedyId: 'roll-back', label, choices: [], choice: undefined },
    images,
    kept: earlier.available,
    warnings: warningsOf(target, earlier),
  });
  if (!isRefused(plan) || refuseImages(target, images) === undefined) return plan;
  const command = imageOwnership(context).kind === 'free' ? undoCommand(target.name, earlier.revision) : undefined;
  return command === undefined ? plan : noPlan(`${plan.refused}. By hand: ${command}`);
}

function warningsOf(
  target: PatchTarget,
  { revision, available, differsElsewhere }: EarlierRevision,
): readonly string[] {
  const name = revision === undefined ? 'the earlier revision' : `revision ${revision}`;
  return [
    ...(differsElsewhere === true ? [`${name} also had other settings: only the images go back`] : []),
    ...(differsElsewhere === undefined
      ? [`only this container's image is known of ${name} of ${describeWorkloadName(target.name)}: only that goes back`]
      : []),
    ...(available === 0 ? [`no pod of ${name} runs now: whether its image can still be pulled is not proven`] : []),
  ];
}

function basics({ label }: Rollback): Pick<Proposal, 'remedyId' | 'label' | 'choices' | 'rank'> {
  return { remedyId: 'roll-back', label, choices: [], rank: 30 };
}

import { moment } from '../../domain/instant.ts';
import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { Choice } from '../../domain/remedy/proposal.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { withTag } from '../support/image-text.ts';
import { labelOf } from '../support/label.ts';
import { leadOf } from '../support/lead.ts';
import { isRefused, noPlan } from '../support/no-plan.ts';
import { findPatchTarget, type PatchTarget } from '../support/patch-target.ts';
import { gitFixFor, type NewImages, planImages } from '../support/plan-images.ts';
import { findTemplateContainer } from '../support/template-container.ts';

/** Another tag of the same repository, one that the registry really has. Never another repository. */
export const correctImage: Remedy = {
  id: 'correct-image',
  title: 'Use a tag that the registry has',

  propose(context) {
    const found = readCorrection(context, undefined);
    if (isRefused(found)) return undefined;
    const basics = { remedyId: 'correct-image', label: found.label, choices: found.choices, rank: 40 } as const;
    const gitFix = gitFixFor(context, found.target, found.images);
    if (gitFix !== undefined) return { ...basics, danger: 'careful', gitFix };
    const plan = planCorrection(context, found);
    return isRefused(plan) ? undefined : { ...basics, danger: plan.danger, warning: plan.warnings[0] };
  },

  plan(context, choice) {
    const found = readCorrection(context, choice);
    return isRefused(found) ? found : planCorrection(context, found);
  },
};

interface Correction {
  readonly target: PatchTarget;
  readonly images: NewImages;
  readonly choices: readonly Choice[];
  readonly choice: string;
  readonly label: string;
}

function readCorrection(context: RemedyContext, wanted: string | undefined): Correction | NoPlan {
  const { failure, best } = leadOf(context);
  if (best?.causeId !== 'tag-not-found')
    return noPlan(`no other tag is known to help: ${best?.phrase ?? 'unknown cause'}`);
  if (best.confidence !== 'certain' || best.detail === 'appeared-since') {
    return noPlan('the registry did not say that the tag is missing, so no other one is guessed');
  }
  if (failure.registry === undefined) return noPlan('the registry does not answer just now: try again in a moment');
  const tags = failure.registry.tags?.nearest ?? [];
  const choices = tags
    .filter(({ tag }) => tag !== failure.image?.tag && withTag('x', tag) !== undefined)
    .map(
      ({ tag, pushedAt }): Choice => ({
        value: tag,
        label: pushedAt === undefined ? tag : `${tag}, pushed ${moment(pushedAt)}`,
      }),
    );
  const choice = wanted ?? choices[0]?.value;
  if (choice === undefined) return noPlan('the registry named no tag that resembles this one');
  if (!choices.some(({ value }) => value === choice))
    return noPlan(`the registry does not list tag ${choice} any more`);
  const target = findPatchTarget(context);
  if (isRefused(target)) return target;
  const container = findTemplateContainer(context, target);
  if (isRefused(container)) return container;
  const { name, isInit, image: before } = container;
  const after = withTag(before, choice);
  if (after === undefined) return noPlan(`${choice} is no tag`);
  return {
    target,
    images: [{ name, isInit, before, after }],
    choices,
    choice,
    label: labelOf(`Use ${choice}`, 'Use another tag'),
  };
}

function planCorrection(context: RemedyContext, { target, images, choices, choice, label }: Correction) {
  return planImages(context, target, {
    plan: { remedyId: 'correct-image', label, choices, choice },
    images,
    warnings: ['that the tag was mistyped is a guess: look at what it would become before you confirm'],
  });
}

import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { RemedyContext } from '../remedy.ts';
import { versionOf } from './image-text.ts';
import { noPlan } from './no-plan.ts';
import { describeWorkloadName, type PatchTarget } from './patch-target.ts';

/** A container of a pod template, as it is written there. */
export interface TemplateContainer {
  readonly name: string;
  readonly isInit: boolean;
  readonly image: string;
}

/** All containers of a template that a change of an image reaches. */
export function templateContainers({ object }: Pick<PatchTarget, 'object'>): readonly TemplateContainer[] {
  const spec = object.spec?.template?.spec;
  return [
    ...(spec?.initContainers ?? []).map(({ name, image = '' }) => ({ name, image, isInit: true })),
    ...(spec?.containers ?? []).map(({ name, image = '' }) => ({ name, image, isInit: false })),
  ];
}

/**
 * The member's container in its workload's template. What an admission webhook added, or an image that was changed since
 * the pod was made, is not there: changing the template would not do what the dialog says.
 */
export function findTemplateContainer({ member }: RemedyContext, target: PatchTarget): TemplateContainer | NoPlan {
  const label = describeWorkloadName(target.name);
  if (member.containerKind !== 'container' && member.containerKind !== 'init') {
    return noPlan(`${member.container} of ${label} is no container of its template: its image is changed by hand`);
  }
  const isInit = member.containerKind === 'init';
  const found = templateContainers(target).find((one) => one.name === member.container && one.isInit === isInit);
  if (found === undefined) {
    return noPlan(
      `${label} has no container ${member.container}: something adds it when a pod is made. Correct it there`,
    );
  }
  if (found.image !== member.image && versionOf(found.image) === versionOf(member.image)) {
    return noPlan(
      `${label} asks for ${found.image}, its pods for ${member.image}: something rewrites images. Change it by hand`,
    );
  }
  if (found.image !== member.image) {
    return noPlan(`${label} asks for ${found.image} now, not for ${member.image} any more: its new pods use that`);
  }
  return found;
}

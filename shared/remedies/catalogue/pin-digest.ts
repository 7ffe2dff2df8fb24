import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { withDigest } from '../support/image-text.ts';
import { counted } from '../support/label.ts';
import { leadOf } from '../support/lead.ts';
import { isRefused, noPlan } from '../support/no-plan.ts';
import { findPatchTarget, type PatchTarget } from '../support/patch-target.ts';
import { gitFixFor, imageWarning, type NewImages, planImages } from '../support/plan-images.ts';
import { findTemplateContainer } from '../support/template-container.ts';

/** The tag is gone, or means something that cannot be used: what it meant before may still be there. */
const CAUSES: readonly string[] = [
  'tag-not-found',
  'manifest-invalid-or-unsupported',
  'manifest-missing-in-index',
  'manifest-unknown-media-type',
  'digest-mismatch-or-corrupt',
  'layer-missing',
  'platform-mismatch',
  'signature-policy-rejected',
];
const LABEL = 'Pin the digest that runs';

/** Asks for the very image that the running pods have, by its digest. */
export const pinDigest: Remedy = {
  id: 'pin-digest',
  title: 'Pin the image to the digest that the running pods have',

  propose(context) {
    const found = readPin(context);
    if (isRefused(found)) return undefined;
    const basics = { remedyId: 'pin-digest', label: LABEL, choices: [], rank: 34 } as const;
    const gitFix = gitFixFor(context, found.target, found.images);
    if (gitFix !== undefined) return { ...basics, danger: 'careful', gitFix };
    const plan = planPin(context, found);
    return isRefused(plan) ? undefined : { ...basics, danger: plan.danger, warning: imageWarning(context) };
  },

  plan(context) {
    const found = readPin(context);
    return isRefused(found) ? found : planPin(context, found);
  },
};

interface Pin {
  readonly target: PatchTarget;
  readonly images: NewImages;
  readonly runningPods: number;
}

function readPin(context: RemedyContext): Pin | NoPlan {
  const { failure, best } = leadOf(context);
  if (!CAUSES.includes(best?.causeId ?? '')) {
    return noPlan(`another name for the same image would fail alike: ${best?.phrase ?? 'the cause is not known'}`);
  }
  if (failure.image?.digest !== undefined) return noPlan('the image is asked for by its digest already');
  const digests = failure.peers?.runningDigests ?? [];
  const [digest] = digests;
  if (digest === undefined) return noPlan('no pod runs this image, so there is no digest that is known to be good');
  if (digests.length > 1)
    return noPlan(`the pods that run report ${digests.length} digests for this tag: choose one by hand`);
  const now = failure.registry?.digest;
  if (now === digest) return noPlan('the tag means that very digest now: pinning it changes nothing');
  if (best?.causeId === 'platform-mismatch' && now === undefined) {
    return noPlan('whether the tag ever meant another image is not known');
  }
  const target = findPatchTarget(context);
  if (isRefused(target)) return target;
  const container = findTemplateContainer(context, target);
  if (isRefused(container)) return container;
  const after = withDigest(container.image, digest);
  if (after === undefined) return noPlan(`${digest} is no digest that may be written`);
  const { name, isInit, image: before } = container;
  return { target, images: [{ name, isInit, before, after }], runningPods: failure.peers?.runningPods ?? 0 };
}

function planPin(context: RemedyContext, { target, images, runningPods }: Pin) {
  return planImages(context, target, {
    plan: { remedyId: 'pin-digest', label: LABEL, choices: [], choice: undefined },
    images,
    warnings: [
      `${counted(runningPods, 'pod')} ${runningPods === 1 ? 'runs' : 'run'} it; whether the registry still has it shows when a node pulls it`,
      'a pinned image gets no newer version by its tag any more',
    ],
  });
}

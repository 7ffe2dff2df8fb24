import type { Remedy } from '../remedy.ts';
import { findAdvised } from '../support/advised.ts';
import { noPlan } from '../support/no-plan.ts';
import { attachPullSecret } from './attach-pull-secret.ts';
import { correctImage } from './correct-image.ts';
import { pinDigest } from './pin-digest.ts';
import { refreshPullSecret } from './refresh-pull-secret.ts';
import { retryNow } from './retry-now.ts';
import { rollBack } from './roll-back.ts';

/** Every remedy of a failing member, in the order of `REMEDY_IDS`. `silence-alert` and `undo` are of whole incidents. */
export const REMEDIES: readonly Remedy[] = [
  refreshPullSecret,
  attachPullSecret,
  rollBack,
  pinDigest,
  correctImage,
  retryNow,
].map(heedAdvice);

/** `pullmedic.dev/mode: advise` on a workload, its service account or its namespace wins over whatever would fit. */
function heedAdvice(remedy: Remedy): Remedy {
  return {
    ...remedy,
    propose: (context) => (findAdvised(context) === undefined ? remedy.propose(context) : undefined),
    plan(context, choice) {
      const advised = findAdvised(context);
      if (advised === undefined) return remedy.plan(context, choice);
      return noPlan(`${advised} asks that nothing of it be changed (pullmedic.dev/mode: advise)`);
    },
  };
}

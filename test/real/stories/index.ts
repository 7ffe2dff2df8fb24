import { badTagRollout } from './bad-tag-rollout.ts';
import { callsOfOneLook } from './calls-per-look.ts';
import { clusterUnreadable } from './cluster-unreadable.ts';
import { containerdMirror } from './containerd-mirror.ts';
import { ecrTokenEnds } from './ecr-token-ends.ts';
import { eventOnPod } from './event-on-pod.ts';
import { examples } from './examples.ts';
import { imagePullDiagnosed } from './image-pull-diagnosed.ts';
import { killNine } from './kill-nine.ts';
import { npmStart } from './npm-start.ts';
import { outage } from './outage.ts';
import { preflightStory } from './preflight.ts';
import { prepulled } from './prepulled.ts';
import { probedRegistries } from './probed-registries.ts';
import { remedyPutBack, remedyRefused, remedyStories } from './remedies.ts';
import { remedySilence, remedyUndo } from './remedy-undo.ts';
import type { Story } from './story.ts';
import { sweepOnly } from './sweep-only.ts';
import { watchdog } from './watchdog.ts';

/** They run beside the cases, each in its own namespaces. */
export const STORIES: readonly Story[] = [
  badTagRollout,
  killNine,
  callsOfOneLook,
  outage,
  sweepOnly,
  watchdog,
  clusterUnreadable,
  imagePullDiagnosed,
  eventOnPod,
  ecrTokenEnds,
  ...remedyStories,
  remedyRefused,
  remedyPutBack,
  remedyUndo,
  remedySilence,
  probedRegistries,
  examples,
  prepulled,
  preflightStory,
  npmStart,
  containerdMirror,
];

import type { Manifest } from '../kubectl.ts';

/** What a person does about it. */
export type Repair =
  /** `kubectl set image`: containers and their new images. */
  | { readonly kind: 'set-image'; readonly target: string; readonly images: Readonly<Record<string, string>> }
  /** The image is corrected, and the stuck pod of a StatefulSet is deleted (its controller waits for it otherwise). */
  | {
      readonly kind: 'set-image-and-delete-pod';
      readonly target: string;
      readonly images: Readonly<Record<string, string>>;
    }
  /** What was missing is created; the kubelet's next try finds it. */
  | { readonly kind: 'create'; readonly objects: readonly Manifest[] }
  /** What cannot be corrected in place is deleted; the message ends with "is gone". */
  | { readonly kind: 'delete'; readonly target: string; readonly why: string };

/** What must be said, and how surely. */
export interface Expectation {
  readonly cause: string;
  readonly confidence: 'certain' | 'likely';
  readonly detail?: string;
}

/** One row of the report: what is created, and what must be said of it. */
export interface Case {
  readonly name: string;
  /** `capture` = testbed/capture.py, `seed` = the scenario table of the lessons, `asked` = this run's own. */
  readonly from: 'capture' | 'seed' | 'asked';
  readonly objects: readonly Manifest[];
  /** First waiting reason that is a failure; `Running` = must run, and nothing may be said. */
  readonly ends: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName' | 'Running' | 'ContainerCreating';
  /** Accepted best causes, for each failing container. */
  readonly causes: readonly string[];
  /** Each must be the best finding of one of the failing containers. */
  readonly expects?: readonly Expectation[];
  readonly repair?: Repair | undefined;
  /** Failing pods that the message must count. */
  readonly pods: number;
  /** Whether the triage identity is let read the secrets of this namespace (overlay read-secrets). */
  readonly readsSecrets?: boolean;
  /** Words that must stand in the message, beside the cause's title. */
  readonly says?: RegExp;
  /** Whether something of prod serves nobody, so that the message may be red. */
  readonly mayBeRed: boolean;
  /** What it needs of the surroundings; without it the row is skipped with this reason. */
  readonly needs: 'nothing' | 'registries' | 'small-image-store' | 'pull-qps' | 'patience';
}

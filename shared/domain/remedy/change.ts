import type { Instant } from '../instant.ts';

/** Kinds whose pod template may be changed. A bare ReplicaSet, a Job and a CronJob are told what to do, not changed. */
export type PatchableKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export interface WorkloadName {
  readonly kind: PatchableKind;
  readonly namespace: string;
  readonly name: string;
}

/** Another tag or digest of the same repository, in one or more containers of one workload: one patch. */
export interface SetImages {
  readonly kind: 'set-images';
  readonly workload: WorkloadName;
  readonly containers: readonly {
    readonly name: string;
    readonly isInit: boolean;
    /** Image references as written. */
    readonly before: string;
    readonly after: string;
  }[];
}

/** Another list of pull secrets, of a service account or of a workload's pod template. */
export interface SetPullSecrets {
  readonly kind: 'set-pull-secrets';
  readonly on: { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string } | WorkloadName;
  /** Names, in order. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A stuck pod that its controller makes anew; nothing of it ever started. */
export interface DeletePod {
  readonly kind: 'delete-pod';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | undefined;
  /** Kind and name of what makes it anew: `ReplicaSet web-5d4f`. */
  readonly controller: string;
}

/** A pull secret of a configured target gets a fresh token. The token is fetched when the change is applied. */
export interface RefreshSecret {
  readonly kind: 'refresh-secret';
  readonly namespace: string;
  readonly name: string;
  /** Name of the target that allows it, and the role that gets the token. */
  readonly target: string;
  readonly identity: string;
  readonly isMissing: boolean;
  /** The image that is tried with the new credential. */
  readonly image: string;
}

/** A silence in one configured Alertmanager. */
export interface SilenceAlerts {
  readonly kind: 'silence-alerts';
  /** As configured. */
  readonly alertmanager: string;
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
  readonly minutes: number;
}

/** The undoing of a silence. */
export interface EndSilence {
  readonly kind: 'end-silence';
  readonly alertmanager: string;
  readonly silenceId: string;
}

/**
 * One change as data: what it was before, what it is to be after. Each kind is one rule of RBAC, one line of the dialog
 * and one case in the adapters that perform it. It never holds a credential.
 */
export type Change = SetImages | SetPullSecrets | DeletePod | RefreshSecret | SilenceAlerts | EndSilence;

/** Changes that the cluster's API server performs. */
export type ClusterChange = SetImages | SetPullSecrets | DeletePod;

/**
 * What became of a change.
 * - `done`: made now · `already`: it stood there as `after` (an earlier run made it, or somebody else did)
 * - `changed`: it is neither as `before` nor as `after`: left alone · `gone`: the object is not there
 * - `refused`: the cluster's rules or a webhook forbid it · `denied`: the identity may not, with the command that grants it
 */
export type Applied =
  | {
      readonly kind: 'done' | 'already';
      readonly at: Instant;
      /** Of a silence. */
      readonly id?: string | undefined;
      /** It was asked for, and nobody has answered yet. */
      readonly isUnanswered?: boolean | undefined;
    }
  | { readonly kind: 'changed' /** Field manager that did. */; readonly by: string | undefined; readonly found: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'denied'; readonly why: string; readonly command: string | undefined };

import type { ImageReference } from './image-reference.ts';
import type { Instant } from './instant.ts';
import type { PullError } from './pull-error.ts';
import type { PullSecretFact } from './pull-secret.ts';
import type { RegistryAnswer } from './registry-answer.ts';

/** Something that could not be read or asked, said instead of guessed around. */
export interface Gap {
  /** What is not known, as a sentence's start: `secret shop/regcred could not be read`. */
  readonly what: string;
  /** Why: `403: pullmedic may not get secrets there`. */
  readonly why: string;
  /** The exact command that grants it, where there is one. */
  readonly command?: string | undefined;
}

/** One pull event of the failing container (or of its pod), oldest first. */
export interface PullEvent {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
}

export interface PodFact {
  readonly name: string;
  readonly uid: string | undefined;
  readonly createdAt: Instant | undefined;
  /** When it got its node, and with it what it holds (condition PodScheduled). */
  readonly scheduledAt?: Instant | undefined;
  readonly phase: string | undefined;
  readonly nodeName: string | undefined;
  readonly serviceAccountName: string;
  /** Names in `spec.imagePullSecrets`, after admission: the ones that the kubelet uses. */
  readonly pullSecretNames: readonly string[];
  /** Whether any container of the pod ever started. */
  readonly hasStarted: boolean;
  /** Requested extended resources that the stuck pod holds, such as `nvidia.com/gpu` ─▶ `1`. */
  readonly holds: Readonly<Record<string, string>>;
}

export type ContainerKind = 'container' | 'init' | 'ephemeral' | 'image-volume';

export interface ContainerFact {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly imagePullPolicy: string | undefined;
}

export interface ServiceAccountFact {
  readonly name: string;
  readonly isFound: boolean;
  readonly pullSecretNames: readonly string[];
}

export interface NodeFact {
  readonly name: string;
  readonly isFound: boolean;
  readonly createdAt: Instant | undefined;
  readonly architecture: string | undefined;
  readonly operatingSystem: string | undefined;
  readonly kubeletVersion: string | undefined;
  readonly runtimeVersion: string | undefined;
  readonly isReady: boolean | undefined;
  readonly hasDiskPressure: boolean | undefined;
  readonly diskPressureSince: Instant | undefined;
  /** Whether `status.images` of the node lists this very image. */
  readonly hasImage: boolean | undefined;
  /** Size of this image in `status.images` of the node, as its runtime counts: compressed or not. */
  readonly imageBytes?: number | undefined;
  /** Labels that tell zone, node group and instance type; no others. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** The top owner of the failing pod and how its rollout stands. */
export interface WorkloadFact {
  /** `Deployment`, `StatefulSet`, `DaemonSet`, `ReplicaSet`, `Job`, `CronJob`, or `Pod` for a bare one. */
  readonly kind: string;
  readonly name: string;
  readonly desired: number | undefined;
  readonly available: number | undefined;
  /** Available pods of an older revision: who serves while a rollout is stuck. */
  readonly oldAvailable: number | undefined;
  /** Whether it was ever available; `undefined` where its conditions do not tell. */
  readonly hasServed?: boolean | undefined;
  readonly revision: string | undefined;
  readonly revisionCreatedAt: Instant | undefined;
  /** Image of this container in the newest other revision that has available pods, else in the one before. */
  readonly previousImage: string | undefined;
  readonly previousRevision: string | undefined;
  readonly isSuspendedOrPaused: boolean;
  /** Field manager that last set the image, and when, where managedFields were read. */
  readonly imageSetBy: string | undefined;
  readonly imageSetAt: Instant | undefined;
  /** What the pod template says of this container now; its pods may be of an older revision. */
  readonly templateImage?: string | undefined;
  /** GitOps owner in words: `Argo CD app shop-prod`, `Flux kustomization apps/shop`, `Helm release web`. */
  readonly managedBy: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The same image, seen on other pods of what was gathered. */
export interface PeerFact {
  readonly runningPods: number;
  readonly runningNodes: readonly string[];
  readonly failingPods: number;
  readonly failingNodes: readonly string[];
  /** Of those nodes, the ones that were read. */
  readonly nodes?: readonly NodeFact[] | undefined;
  /** Digests that the running ones report (`imageID`): what a tag meant when they started. */
  readonly runningDigests?: readonly string[] | undefined;
}

/**
 * One container that cannot get its image, with every fact gathered about it. Causes judge this and nothing else.
 * Built from objects by `findPullFailures`; `explainText` builds one from a bare text, where `pod` and all facts of the
 * cluster are `undefined` or empty.
 */
export interface PullFailure {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly pod: PodFact | undefined;
  readonly container: ContainerFact | undefined;
  /** As written in the pod, else as the text names it. */
  readonly imageText: string | undefined;
  /** `undefined` where no parser takes `imageText`. */
  readonly image: ImageReference | undefined;
  /** The waiting reason, such as `ImagePullBackOff`. */
  readonly reason: string | undefined;
  /** `failing`: a pull failed and no later one succeeded; `stalled`: Pulling for 10 minutes or more without an end. */
  readonly state: 'failing' | 'stalled';
  /** The error that best says why: of the waiting message, else the newest Failed event. */
  readonly error: PullError;
  /** Other distinct errors seen for this container, newest first. */
  readonly otherErrors: readonly PullError[];
  readonly events: readonly PullEvent[];
  readonly firstFailedAt: Instant | undefined;
  readonly lastFailedAt: Instant | undefined;
  readonly tries: number;
  /** Exactly the secrets that the kubelet would try, in its order. */
  readonly pullSecrets: readonly PullSecretFact[];
  /** Other pull secrets that were read (the ServiceAccount's, or all of the input offline). */
  readonly otherSecrets: readonly PullSecretFact[];
  readonly serviceAccount: ServiceAccountFact | undefined;
  readonly node: NodeFact | undefined;
  readonly workload: WorkloadFact | undefined;
  readonly peers: PeerFact | undefined;
  /** What the registry itself said, where it was asked. */
  readonly registry?: RegistryAnswer | undefined;
  readonly gaps: readonly Gap[];
  readonly observedAt: Instant;
}

import type { Confidence, Evidence, Fix } from '../finding.ts';
import type { Breaks } from './breaks.ts';
import type { PreflightKind } from './kind.ts';

/** A workload that a finding is about, as people know it: a Deployment, not its ReplicaSet. */
export interface AffectedWorkload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** Containers, init containers and image volumes of it. */
  readonly containers: readonly string[];
  /** GitOps or release tool that owns it, in words. */
  readonly managedBy: string | undefined;
}

/** One thing that will break, or may, with everything that it breaks. Holds no credential. */
export interface PreflightFinding {
  /** The same as long as it is the same thing: kind and subject. */
  readonly id: string;
  readonly kind: PreflightKind;
  /** What a repair would touch: an image, `namespace/secret`, `namespace/serviceaccount`. */
  readonly subject: string;
  /** Image references as written in the workloads; at most five. */
  readonly images: readonly string[];
  readonly breaks: Breaks;
  /** As in a diagnosis: `certain` only what was proven. */
  readonly confidence: Confidence;
  /** At most 70 characters, no digest, no link, no markup: `tag v1.2.33 does not exist`. */
  readonly phrase: string;
  /** Sorted; what is affected first by the soonest break comes first. */
  readonly workloads: readonly AffectedWorkload[];
  readonly evidence: readonly Evidence[];
  readonly fixes: readonly Fix[];
}

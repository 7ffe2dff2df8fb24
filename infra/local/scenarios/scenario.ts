import type { Clock } from '../../../shared/ports/clock.ts';
import type { Ecr } from '../ecr/ecr.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Registry } from '../registry/registry.ts';

/** Everything that a scenario may arrange. */
export interface World {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly ecr: Ecr;
  readonly clock: Clock;
}

/** One story of the scenario table: what to create, and what pullmedic must say of it. */
export interface Scenario {
  /** As the scenario table and `--scenarios` call it. */
  readonly name: string;
  /** One line for a person. */
  readonly title: string;
  /** The cause that must come first, or `runs` = nothing may be said. */
  readonly expected: string;
  readonly subject: { readonly namespace: string; readonly kind: 'Pod' | 'Deployment'; readonly workload: string };
  /** Creates the objects and what the registry needs. Ends when they are created (a rollout: when its first revision serves). */
  apply(world: World): Promise<void>;
  /** Does what a person would do about it; the pods run some seconds later. */
  repair?(world: World): Promise<void>;
}

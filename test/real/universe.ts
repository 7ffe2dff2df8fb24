import type { Clicker } from './clicker.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import type { Words } from './compare-embedded.ts';
import type { EcrRegistry } from './ecr-registry.ts';
import type { TriageIdentity } from './identity.ts';
import type { Kubectl } from './kubectl.ts';
import type { Monitoring } from './monitoring.ts';
import type { Options } from './options.ts';
import type { Product } from './product.ts';
import type { Relay } from './relay.ts';
import type { SecondCluster } from './second-cluster.ts';
import type { SlackJournal } from './slack-journal.ts';

/** Everything that a case or a story may touch. */
export interface Universe {
  readonly options: Options;
  readonly kubectl: Kubectl;
  readonly watch: ClusterWatch;
  readonly identity: TriageIdentity;
  /** `undefined`: the node cannot be told of it. */
  readonly ecr: EcrRegistry | undefined;
  readonly second: SecondCluster | undefined;
  readonly product: Product;
  readonly relay: Relay;
  readonly slack: SlackJournal;
  readonly clicker: Clicker;
  /** Whether so many cases run that what can wait must not begin with them. */
  readonly isCrowded: boolean;
  /** What is to be closed when the run ends. */
  readonly closing: (() => unknown)[];
  /** Pods that a service account of pullmedic's deleted in a namespace since then, by the audit log. */
  deletedBy(account: string, namespace: string, since: number): Promise<number>;
  /** `undefined`: its programs are missing; `monitoringMissing` says which. */
  readonly monitoring: Monitoring | undefined;
  readonly monitoringMissing: string | undefined;
  /** Creation of the oldest node (ms since the epoch). */
  readonly nodeCreatedAt: number;
  /** What the cluster said of each case, for the comparison with the embedded one. */
  readonly words: Map<string, Words>;
  channelOf(namespace: string): string;
  say(text: string): void;
}

/** Namespaces of this run begin so: nothing else in the cluster is touched. */
export function namespaceOf(name: string): string {
  return `e2e-${name}`;
}

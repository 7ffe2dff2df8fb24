import type { RepairedSecret, SecretRepair } from '../domain/incident/secret-repair.ts';
import type { Instant } from '../domain/instant.ts';

/** What looks asked of the refresh, and what came of it. Nothing of it is a credential. Throws {StoreError}. */
export interface RepairStore {
  /** Of one namespace: those of the last 12 hours. */
  repairs(cluster: string, namespace: string): Promise<readonly SecretRepair[]>;
  /** The refresh was asked for these Secrets at that time. */
  noteRepairsAsked(cluster: string, namespace: string, secrets: readonly string[], at: Instant): Promise<void>;
  /** How they ended; Secrets that no look asked for are none of its business. */
  noteRepairResults(results: readonly RepairedSecret[]): Promise<void>;
}

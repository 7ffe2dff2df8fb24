import type { Instant } from '../domain/instant.ts';
import type { RefreshMemory } from '../domain/refresh/refresh-memory.ts';
import type { RepairStore } from './repair-store.ts';

/** What the refresh remembers between runs. Nothing of it is a credential. Throws {StoreError}. */
export interface RefreshStore extends Pick<RepairStore, 'noteRepairResults'> {
  memory(cluster: string): Promise<RefreshMemory | undefined>;
  /** Reads, decides, and writes if nobody wrote in between, else decides anew. @returns what stands there now */
  updateMemory(
    cluster: string,
    decide: (memory: RefreshMemory | undefined) => RefreshMemory | undefined,
  ): Promise<RefreshMemory | undefined>;

  /** Writes of the last 12 hours that another writer may undo, by `namespace/name`. */
  contestedWrites(cluster: string): Promise<ReadonlyMap<string, readonly Instant[]>>;
  /** Adds one write at that time to each. */
  addContestedWrites(cluster: string, secrets: readonly string[], at: Instant): Promise<void>;
}

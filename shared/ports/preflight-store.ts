import type { PreflightMemory } from '../domain/preflight/memory.ts';

/** What scheduled preflights remember between runs. Throws {StoreError}. */
export interface PreflightStore {
  /** Reads, decides, and writes if nobody wrote in between, else decides anew. @returns what stands there now */
  updateMemory(
    cluster: string,
    decide: (memory: PreflightMemory | undefined) => PreflightMemory | undefined,
  ): Promise<PreflightMemory | undefined>;
}

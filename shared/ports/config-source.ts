import type { Config } from '../config/config.ts';

/** Gives the configuration in force; re-read after 60 s, and the last good one is kept when a re-read fails. */
export interface ConfigSource {
  /** @throws {ConfigError} when there was never a good one */
  load(): Promise<Config>;
}

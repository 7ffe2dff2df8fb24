import { readFile } from 'node:fs/promises';
import { types } from 'node:util';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConfigSource } from '../../ports/config-source.ts';
import type { Log } from '../../ports/log.ts';

const REREAD_MS = 60_000;

export interface ConfigSourceOptions {
  /** `PULLMEDIC_CONFIG`: a file's path or `ssm:NAME`. */
  readonly from: string;
  /** @throws {ConfigError} naming `origin`, the key and what it must be */
  readonly parse: (text: string, origin: string) => Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads the parameter of an `ssm:` source, such as `createSsmSource` gives; `undefined` = there is none. */
  readonly readParameter?: (name: string) => Promise<string | undefined>;
}

/** Reads the configuration when first asked, and again when it is older than 60 s. */
export function createConfigSource({ from, parse, clock, log, readParameter }: ConfigSourceOptions): ConfigSource {
  const read = createReader(from, readParameter);
  let good: Config | undefined;
  let readAt: Instant | undefined;
  let reading: Promise<Config> | undefined;

  async function readAgain(): Promise<Config> {
    try {
      good = parse(await read(), from);
      readAt = clock.now();
      return good;
    } catch (error) {
      if (good === undefined) throw asConfigError(from, error);
      // The next try is a minute away: a broken edit must not cost a read at every alert.
      readAt = clock.now();
      log.warn('configuration cannot be read again, the last good one stays in force', { from, error });
      return good;
    } finally {
      reading = undefined;
    }
  }

  return {
    async load() {
      const isFresh = readAt !== undefined && clock.now() - readAt < REREAD_MS;
      if (good !== undefined && isFresh) return good;
      reading ??= readAgain();
      return reading;
    },
  };
}

function createReader(from: string, readParameter: ConfigSourceOptions['readParameter']): () => Promise<string> {
  if (!from.startsWith('ssm:') && !from.startsWith('s3://')) return () => readFile(from, 'utf8');
  return async () => {
    if (from.startsWith('s3://')) {
      throw new ConfigError(`${from}: s3:// is not supported yet; put the configuration into a file or ssm:NAME`);
    }
    if (readParameter === undefined) throw new ConfigError(`${from}: ssm: cannot be read here`);
    const text = await readParameter(from.slice('ssm:'.length));
    if (text === undefined) throw new ConfigError(`${from}: there is no such parameter`);
    return text;
  };
}

function asConfigError(from: string, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  const isMissing = types.isNativeError(error) && 'code' in error && error.code === 'ENOENT';
  return new ConfigError(isMissing ? `${from}: there is no such file` : `${from}: cannot be read`, error);
}

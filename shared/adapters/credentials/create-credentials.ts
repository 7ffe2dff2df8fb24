import type { CredentialReference } from '../../config/config.ts';
import { CredentialError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credentials } from '../../ports/credentials.ts';
import { adviseRetry } from '../aws/advise-retry.ts';
import type { CredentialSource } from './credential-source.ts';
import { readCredentialFile } from './file-source.ts';

const CACHE_MS = 60_000;

export interface CredentialsOptions {
  readonly clock: Clock;
  /** The environment, handed in by the edge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `ssm:` references are read: `createSsmSource`. Left out, such a reference is refused. */
  readonly ssm?: CredentialSource;
  /** Where `aws-sm:` references are read: `createSecretsManagerSource`. Left out, such a reference is refused. */
  readonly secretsManager?: CredentialSource;
}

/** Reads `env:NAME`, `file:PATH`, `ssm:NAME` and `aws-sm:NAME[#jsonKey]`. */
export function createCredentials({ clock, env, ssm, secretsManager }: CredentialsOptions): Credentials {
  const sources: Readonly<Record<string, CredentialSource | undefined>> = {
    env: async (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    file: readCredentialFile,
    ssm,
    'aws-sm': secretsManager,
  };
  const cache = new Map<string, { readonly until: Instant; readonly value: Promise<Secret> }>();

  return {
    read(reference) {
      const cached = cache.get(reference);
      if (cached && cached.until > clock.now()) return cached.value;

      const value = readSecret(reference, sources);
      const entry = { until: clock.now() + CACHE_MS, value };
      cache.set(reference, entry);
      // A failure is not kept: the next call asks again.
      value.catch(() => {
        if (cache.get(reference) === entry) cache.delete(reference);
      });
      return value;
    },
  };
}

async function readSecret(
  reference: CredentialReference,
  sources: Readonly<Record<string, CredentialSource | undefined>>,
): Promise<Secret> {
  const [, scheme = '', name = ''] = /^([a-z-]+):(.+)$/s.exec(reference) ?? [];
  if (scheme === '' || !Object.hasOwn(sources, scheme)) {
    // Somebody may have written the value itself where its reference belongs: it is not repeated.
    throw new CredentialError('a credential must be a reference: env:NAME, file:PATH, ssm:NAME or aws-sm:NAME#key', {
      retry: 'give-up',
    });
  }
  const source = sources[scheme];
  if (source === undefined) {
    throw new CredentialError(`${reference}: ${scheme}: references cannot be read here`, { retry: 'give-up' });
  }

  let value: string | undefined;
  try {
    value = await source(name);
  } catch (error) {
    if (error instanceof CredentialError) throw error;
    throw new CredentialError(`${reference}: cannot be read`, { retry: adviseRetry(error), cause: error });
  }
  // An empty token would match a caller that sends none.
  if (value === undefined || value === '') {
    const what = value === undefined ? 'does not exist' : 'is empty';
    throw new CredentialError(`${reference}: ${what}`, { retry: 'give-up' });
  }
  return new Secret(value);
}

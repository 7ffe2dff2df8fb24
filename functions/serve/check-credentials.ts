import type { Config } from '../../shared/config/config.ts';
import { credentialReferences, type NamedReference } from '../../shared/config/credential-references.ts';
import { DEFAULT_SIGNING_SECRET } from '../../shared/config/defaults.ts';
import { ConfigError, CredentialError } from '../../shared/domain/errors.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import type { Log } from '../../shared/ports/log.ts';

/**
 * Reads every credential once, so that a mistake shows at the start and not at the first alert. What another place
 * keeps may come later (a Secret that is mounted, a parameter that is written): that is only logged.
 * @throws {ConfigError} for an environment variable that is not set: this process will never have it
 */
export async function checkCredentials(config: Config, credentials: Credentials, log: Log): Promise<void> {
  for (const { key, reference } of referencesOf(config)) {
    try {
      await credentials.read(reference);
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      if (error.retry === 'give-up' && reference.startsWith('env:')) {
        throw new ConfigError(`${key}: ${error.message}`, error);
      }
      log.error('credential not readable', { key, reference, error });
    }
  }
}

/** By Socket Mode nothing is signed, and a signing secret that nobody configured is told by the first click's 503. */
function referencesOf(config: Config): readonly NamedReference[] {
  const { appToken, signingSecret } = config.slack;
  const isSigned = appToken === undefined && signingSecret !== DEFAULT_SIGNING_SECRET;
  const read = credentialReferences(config).filter(({ key }) => isSigned || key !== 'slack.signingSecret');
  // What ends the process is the one line that it says.
  const isFatal = ({ reference }: NamedReference) => reference.startsWith('env:');
  return [...read.filter(isFatal), ...read.filter((one) => !isFatal(one))];
}

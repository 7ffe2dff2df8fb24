import type { Config, CredentialReference } from '../../shared/config/config.ts';
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
  for (const [key, reference] of referencesOf(config)) {
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

function referencesOf({
  slack,
  alerts,
  clusters,
  alertmanagers,
}: Config): readonly (readonly [string, CredentialReference])[] {
  return [
    ['slack.botToken', slack.botToken],
    ...(slack.appToken === undefined ? [] : [['slack.appToken', slack.appToken] as const]),
    // By Socket Mode nothing is signed; what nobody configured is told by the first click's 503.
    ...(slack.appToken === undefined && slack.signingSecret !== DEFAULT_SIGNING_SECRET
      ? [['slack.signingSecret', slack.signingSecret] as const]
      : []),
    ...alertmanagers.flatMap(({ auth }, index) =>
      auth === undefined ? [] : [[`alertmanagers[${index}].auth`, auth.credential] as const],
    ),
    ...alerts.tokens.map((token, index) => [`alerts.tokens[${index}].current`, token.current] as const),
    ...clusters.flatMap(({ name, access }) =>
      access.kind === 'kubeconfig' ? [[`clusters: ${name}: kubeconfig`, access.kubeconfig] as const] : [],
    ),
  ];
}

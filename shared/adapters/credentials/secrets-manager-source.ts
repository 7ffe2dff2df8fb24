import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CredentialError } from '../../domain/errors.ts';
import { errorName } from '../aws/advise-retry.ts';
import { withinTime } from '../aws/within-time.ts';
import type { CredentialSource } from './credential-source.ts';

/**
 * Reads `NAME` (the whole secret) or `NAME#key` (one text of a secret that is a JSON object). The name may be an ARN.
 * @param client builds the client at the first use
 */
export function createSecretsManagerSource(client: () => SecretsManagerClient): CredentialSource {
  let built: SecretsManagerClient | undefined;
  return async (reference) => {
    built ??= client();
    const secretsManager = built;
    const hash = reference.indexOf('#');
    const name = hash === -1 ? reference : reference.slice(0, hash);
    try {
      const command = new GetSecretValueCommand({ SecretId: name });
      const { SecretString, SecretBinary } = await withinTime((call) => secretsManager.send(command, call));
      const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
      return text === undefined || hash === -1 ? text : readSecretKey(text, reference, reference.slice(hash + 1));
    } catch (error) {
      if (errorName(error) === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  };
}

/** One text of a secret that is a JSON object. @throws {CredentialError} when it is none, without its words */
export function readSecretKey(text: string, reference: string, key: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Without the parser's words: they quote the secret.
    throw new CredentialError(`aws-sm:${reference}: the secret is not JSON`, { retry: 'give-up' });
  }
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, key)) return undefined;
  const value = (parsed as Record<string, unknown>)[key];
  if (typeof value !== 'string') {
    throw new CredentialError(`aws-sm:${reference}: not a text`, { retry: 'give-up' });
  }
  return value;
}

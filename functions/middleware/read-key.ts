import type { CredentialReference } from '../../shared/config/config.ts';
import { CredentialError } from '../../shared/domain/errors.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';

/**
 * What callers prove themselves with. A file or a secret that was written with `echo` ends with a line break.
 * @throws {CredentialError} also for an empty one: it would let anybody in
 */
export async function readKey(reference: CredentialReference, credentials: Credentials): Promise<string> {
  const value = (await credentials.read(reference)).reveal().replace(/\r?\n$/, '');
  if (value === '') throw new CredentialError(`${reference} is empty`, { retry: 'retry' });
  return value;
}

import type { CredentialReference } from '../config/config.ts';
import type { Secret } from '../domain/secret.ts';

/** Reads credentials that the configuration names by reference; each is cached for 60 s. */
export interface Credentials {
  /** @throws {CredentialError} naming the reference, never the value; `retry` when the source did not answer */
  read(reference: CredentialReference): Promise<Secret>;
}

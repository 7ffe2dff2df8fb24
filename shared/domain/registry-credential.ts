import type { RegistryCredentialName } from './registry-answer.ts';
import type { Secret } from './secret.ts';

/** A credential as the kubelet finds it in a pull secret. */
export interface RegistryCredential {
  readonly name: RegistryCredentialName;
  readonly username: string;
  readonly password: Secret;
}

import type { KubeSecret } from '../../domain/kubernetes.ts';
import type { SecretResult } from '../../domain/refresh/result.ts';
import type { RefreshTarget, TargetSecret } from '../../domain/refresh/target.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CredentialIssuer } from '../../ports/credential-issuer.ts';
import type { Log } from '../../ports/log.ts';
import type { SecretWriters } from '../../ports/secret-writer.ts';

/**
 * Whether a due Secret may be written now.
 * @param object as it stands; `undefined` = it is not there
 * @returns why not, for people
 */
export type MayWrite = (secret: TargetSecret, object: KubeSecret | undefined) => string | undefined;

export interface RefreshDependencies {
  /** A `Config`, of which only these are used. */
  readonly config: {
    readonly clusters: readonly { readonly name: string }[];
    readonly targets: readonly RefreshTarget[];
  };
  readonly writers: SecretWriters;
  readonly issuer: CredentialIssuer;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each Secret as soon as it is done. */
  readonly onResult?: ((result: SecretResult) => void) | undefined;
  /** Holds back writes that somebody undoes each time; for a run over one cluster. Left out = nothing is held back. */
  readonly mayWrite?: MayWrite | undefined;
  /** Once aborted, nothing new is begun: what is left is reported as `out-of-time`. */
  readonly signal?: AbortSignal | undefined;
}

import type { Instant } from './instant.ts';

/** How a pull secret's expiry is known. */
export type ExpirySource = 'annotation' | 'token' | 'age';

/** One `auths` entry of a pull secret, without its credential. */
export interface PullSecretEntry {
  /** The key as written: `ghcr.io`, `https://index.docker.io/v1/`, `*.example.com/team`. */
  readonly key: string;
  readonly registry: string;
  readonly username: string | undefined;
  /** Whether the kubelet finds a user name and a password in it. */
  readonly isUsable: boolean;
  readonly expiresAt: Instant | undefined;
  readonly expirySource: ExpirySource | undefined;
  /** ECR only: the region that the host names. */
  readonly ecrRegion: string | undefined;
}

/** A Secret as the kubelet would use it for pulls. It never holds a credential. */
export interface PullSecretFact {
  readonly namespace: string;
  readonly name: string;
  /**
   * - `ok`: read and parsed
   * - `missing`: the API server says that it does not exist
   * - `unreadable`: pullmedic may not read it, or the read failed; nothing is known of it
   * - `malformed`: wrong type, key, encoding or JSON: the kubelet skips it silently
   */
  readonly state: 'ok' | 'missing' | 'unreadable' | 'malformed';
  /** What is malformed or why it cannot be read. */
  readonly problem: string | undefined;
  readonly type: string | undefined;
  /** All entries, in the kubelet's order of preference. */
  readonly entries: readonly PullSecretEntry[];
  /** Entries that the kubelet would try for the failing image, best match first. */
  readonly matching: readonly PullSecretEntry[];
  readonly createdAt: Instant | undefined;
  /** Last writer by managedFields, where they were read. */
  readonly lastWrittenBy: string | undefined;
  readonly lastWrittenAt: Instant | undefined;
  /** Controller, Helm release or GitOps tool that owns it, as a person would say it. */
  readonly ownedBy: string | undefined;
}

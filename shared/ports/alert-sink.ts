import type { AlertmanagerConfig } from '../config/config.ts';
import type { OutgoingAlert, Silence } from '../domain/outgoing-alert.ts';

/** The Alertmanagers that the configuration names. Each call ends within 5 s. */
export interface AlertSink {
  /**
   * Sends alerts; the same ones again keep them firing. All are taken or none.
   * @throws {AlertmanagerError} when it did not take them, also for 30 s after it did not answer
   * @throws {CredentialError} when its credential cannot be read
   */
  post(to: AlertmanagerConfig, alerts: readonly OutgoingAlert[]): Promise<void>;

  /** Silences in force; up to 30 s old. Throws as `post` does. */
  silences(of: AlertmanagerConfig): Promise<readonly Silence[]>;
}

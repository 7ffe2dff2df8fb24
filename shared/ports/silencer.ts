import type { Instant } from '../domain/instant.ts';
import type { Applied, EndSilence, SilenceAlerts } from '../domain/remedy/change.ts';

/** Silences in configured Alertmanagers. @throws {AlertmanagerError} when it did not answer: it may be tried again */
export interface Silencer {
  /** @param id the same id twice replaces the silence instead of adding one; `undefined` = a new one */
  silence(change: SilenceAlerts, options: { readonly by: string; readonly now: Instant }): Promise<Applied>;
  end(change: EndSilence): Promise<Applied>;
}

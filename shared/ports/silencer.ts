import type { Instant } from '../domain/instant.ts';
import type { Applied, EndSilence, SilenceAlerts } from '../domain/remedy/change.ts';

/** Silences in configured Alertmanagers. @throws {AlertmanagerError} when it did not answer: it may be tried again */
export interface Silencer {
  /** @param options.id goes into the comment: a silence with it that still holds is adopted instead of adding another */
  silence(
    change: SilenceAlerts,
    options: { readonly by: string; readonly now: Instant; readonly id: string },
  ): Promise<Applied>;
  end(change: EndSilence): Promise<Applied>;
}

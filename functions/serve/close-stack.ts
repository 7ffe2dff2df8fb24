import type { Log } from '../../shared/ports/log.ts';

/** What was opened, closed in reverse order: also when a later start fails. */
export interface CloseStack {
  add(close: () => Promise<void> | void): void;
  /** Closes all, once; one that fails does not keep the others open. */
  close(): Promise<void>;
}

export function createCloseStack(log: Log): CloseStack {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          log.warn('could not be closed', { error });
        }
      }
    },
  };
}

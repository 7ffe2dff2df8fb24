/** What was started, ended in reverse order: also when a later start fails. */
export interface Closers {
  add(close: () => Promise<void> | void): void;
  /** Ends all; one that fails does not keep the others from ending. Once. */
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add(close) {
      closers.push(close);
    },
    async close() {
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch {
          // It is ending anyway; what is left of it ends with the process.
        }
      }
    },
  };
}

/** What a command may touch of the process; `index.ts` makes the real one, tests make their own. */
export interface CliIo {
  /** Where it is a terminal, nobody pipes anything in, and waiting for it would look like a hang. */
  readonly stdin: AsyncIterable<string | Buffer> & { readonly isTTY?: boolean | undefined };
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether standard output is a terminal that shows colours (and NO_COLOR is not set). */
  readonly hasColours: boolean;
  /** Width of the terminal; 80 where there is none. */
  readonly columns: number;
}

/** Exit statuses that scripts rely on. */
export const EXIT = {
  /** Done, whatever was found. */
  done: 0,
  /** Something failed. */
  failed: 1,
  /** Wrong usage or unreadable input; one line on standard error says what. */
  usage: 2,
} as const;

/** Wrong usage or unreadable input: its message is the one line that the user sees. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

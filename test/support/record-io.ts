import { Readable } from 'node:stream';
import type { CliIo } from '../../functions/cli/io.ts';

/** A command's world without a terminal, with what is piped in, and what it printed. */
export function recordIo(input = ''): {
  readonly io: CliIo;
  output(): { readonly stdout: string; readonly stderr: string };
} {
  let stdout = '';
  let stderr = '';
  const io: CliIo = {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    hasColours: false,
    columns: 80,
  };
  return { io, output: () => ({ stdout, stderr }) };
}

import { readFile } from 'node:fs/promises';
import { errorCode } from './error-code.ts';
import { type CliIo, UsageError } from './io.ts';
import type { Source } from './read-objects.ts';

/**
 * Reads every file given; `-` is standard input.
 *
 * @throws {UsageError} for a file that cannot be read, with its name and why
 */
export async function readSources(files: readonly string[], io: CliIo): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const file of new Set(files)) {
    if (file === '-') sources.push({ name: 'standard input', text: await readInput(io) });
    else sources.push({ name: file, text: await readText(file) });
  }
  return sources;
}

async function readText(file: string): Promise<string> {
  try {
    return decode(await readFile(file));
  } catch (error) {
    throw new UsageError(`${file}: ${reasonOf(error)}`);
  }
}

async function readInput(io: CliIo): Promise<string> {
  if (io.stdin.isTTY === true) throw new UsageError('standard input: is a terminal; pipe objects in or name a file');
  const pieces: Buffer[] = [];
  for await (const piece of io.stdin) pieces.push(Buffer.from(piece));
  return decode(Buffer.concat(pieces));
}

/** PowerShell's `>` writes UTF-16 with a byte order mark. */
function decode(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

function reasonOf(error: unknown): string {
  const code = errorCode(error) ?? 'unknown error';
  return REASONS[code] ?? `cannot be read (${code})`;
}

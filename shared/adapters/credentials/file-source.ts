import { readFile } from 'node:fs/promises';
import { types } from 'node:util';

/** Reads `file:PATH`; one line break at the end belongs to the editor, not to the credential. */
export async function readCredentialFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    if (types.isNativeError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program of somebody's own, by the variable that names it, else in `.venv/bin` of the checkout, else in the PATH. */
export function findProgram(name: string, variable: string): string | undefined {
  const root = join(fileURLToPath(import.meta.url), '..', '..', '..');
  const folders = [join(root, '.venv', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  const candidates = [process.env[variable] ?? '', ...folders.map((folder) => join(folder, name))];
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== '';
  } catch {
    return false;
  }
}

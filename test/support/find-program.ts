import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** A program by the environment variable that names it, else in `.venv/bin` of the checkout, else on the PATH. */
export function findProgram(name: string, variable: string): string | undefined {
  const folders = [join(ROOT, '.venv', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  return [process.env[variable] ?? '', ...folders.map((folder) => join(folder, name))].find(isProgram);
}

function isProgram(path: string): boolean {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

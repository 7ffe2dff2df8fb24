import { type CredentialKind, findCredentials } from './find-credentials.ts';
import { createRedactor, type Json } from './redact-objects.ts';

/** A place in a file that would tell a credential. Never the value. */
export interface Survivor {
  readonly file: string;
  /** `items[0].status.message` */
  readonly path: string;
  readonly kind: CredentialKind | 'value of a Secret';
}

/** A credential would stand in the fixture: nothing is written. */
export class SurvivorsError extends Error {
  readonly survivors: readonly Survivor[];

  constructor(survivors: readonly Survivor[]) {
    const lines = survivors.map(({ file, path, kind }) => `  ${file} ${path}: ${kind}`);
    super(`nothing was written, this looks like a credential:\n${lines.join('\n')}`);
    this.survivors = survivors;
  }
}

/** Shorter values of a Secret (`true`, a port) stand in other places by chance. */
const SHORTEST_SECRET = 6;

/**
 * Files of one case, fit for the repository.
 * @param files by name; Secrets among them are faked, and what stood in them must stand nowhere else
 * @throws {SurvivorsError}
 */
export function recordCase(
  files: Readonly<Record<string, Json>>,
  replaced: readonly (readonly [string, string])[] = [],
): Readonly<Record<string, Json>> {
  const redactor = createRedactor(replaced);
  const names = Object.keys(files).sort();
  const redacted = Object.fromEntries(names.map((name) => [name, redactor.redact(files[name] ?? null)]));
  const secrets = redactor.secrets().filter((value) => value.length >= SHORTEST_SECRET);
  const survivors = names.flatMap((file) =>
    strings(redacted[file] ?? null).flatMap(({ path, text }): Survivor[] => [
      ...findCredentials(text).map((kind) => ({ file, path, kind })),
      ...(secrets.some((value) => text.includes(value)) ? [{ file, path, kind: 'value of a Secret' as const }] : []),
    ]),
  );
  if (survivors.length > 0) throw new SurvivorsError(survivors);
  return redacted;
}

function strings(value: Json, path = ''): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return [...(Array.isArray(value) ? [] : [{ path: `${at} (its name)`, text: name }]), ...strings(inner, at)];
  });
}

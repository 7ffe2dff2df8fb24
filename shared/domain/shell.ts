/** Control characters, and the invisible ones that make text read differently from what a shell gets. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is what this is for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/**
 * Quotes one value so that any POSIX shell takes it as exactly one argument.
 *
 * @returns `undefined` for a value that no person should paste: control or invisible characters, nothing at all, or a
 *   leading `-` that would be taken for an option
 */
export function quoteForShell(value: string): string | undefined {
  if (value === '' || value.startsWith('-') || UNSAFE.test(value)) return undefined;
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Builds every command that pullmedic shows to people: shellCommand`kubectl -n ${namespace} delete pod ${name}`.
 * Each value is single-quoted, whatever it holds; only the literal parts are taken as they are.
 *
 * @returns `undefined` where a value is refused: then no command is shown
 */
export function shellCommand(template: TemplateStringsArray, ...values: readonly string[]): string | undefined {
  const quoted = values.map(quoteForShell);
  if (quoted.includes(undefined)) return undefined;
  return template.reduce((command, literal, index) => `${command}${quoted[index - 1] ?? ''}${literal}`);
}

/** Node's own word for why a file cannot be read, such as `ENOENT`; errors of another realm (a test's) have it too. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

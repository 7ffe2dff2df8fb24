import type { About } from './bug-report.ts';

/** What `package.json` tells of this copy: its version, and where its issues are filed. */
export function parsePackage(value: unknown): About {
  const { version, bugs, repository } = value as Readonly<Record<string, unknown>>;
  return {
    version: typeof version === 'string' ? version : 'unknown',
    issues: urlOf(bugs) ?? issuesOf(urlOf(repository)),
  };
}

/** npm takes both `"url"` and `{"url": "…"}`. */
function urlOf(field: unknown): string | undefined {
  const url = typeof field === 'object' && field !== null && 'url' in field ? field.url : field;
  return typeof url === 'string' && url !== '' ? url : undefined;
}

/** `git+https://github.com/o/r.git`, `github:o/r` and `o/r` ─▶ the repository's issues page. */
function issuesOf(repository: string | undefined): string | undefined {
  if (repository === undefined) return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(repository);
  if (short !== null) return `https://github.com/${short[1]}/issues`;
  const url = /^(?:git\+)?(?:https?|git|ssh):\/\/(?:[^@/]*@)?([\w.-]+\/.+?)(?:\.git)?\/?$/.exec(repository);
  return url === null ? undefined : `https://${url[1]}/issues`;
}

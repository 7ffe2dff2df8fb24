import { IssueError } from '../../domain/errors.ts';
import { type EntryRecord, hashCredential } from '../../domain/refresh/ecr-annotation.ts';
import type { NewCredential } from '../../domain/refresh/merge-credentials.ts';
import { isToWrite, type PlannedEntry } from '../../domain/refresh/plan-secret.ts';
import type { SharedTokens } from './share-tokens.ts';

/** Credentials for the entries of one Secret, and what is remembered of each. */
export interface IssuedCredentials {
  readonly credentials: readonly NewCredential[];
  readonly records: ReadonlyMap<string, EntryRecord>;
  /** The first refusal; entries of other tokens are served all the same. */
  readonly failure: IssueError | undefined;
}

export async function issueCredentials(
  entries: readonly PlannedEntry[],
  tokens: SharedTokens,
): Promise<IssuedCredentials> {
  const credentials: NewCredential[] = [];
  const records = new Map<string, EntryRecord>();
  let failure: IssueError | undefined;
  for (const { key, token: request } of entries.filter(isToWrite)) {
    try {
      const { username, password, issuedAt, expiresAt } = await tokens.get(request);
      credentials.push({ key, username, password });
      records.set(key, { issuedAt, expiresAt, hash: hashCredential(`${username}:${password.reveal()}`) });
    } catch (error) {
      if (!(error instanceof IssueError)) throw error;
      failure ??= error;
    }
  }
  return { credentials, records, failure };
}

import type { AlertmanagerConfig } from '../../config/config.ts';
import { AlertmanagerError, PullmedicError } from '../../domain/errors.ts';
import type { Credentials } from '../../ports/credentials.ts';

const CALL_TIMEOUT_MS = 5_000;

export interface AlertmanagerCaller {
  readonly credentials: Credentials;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Tests shorten it. */
  readonly timeoutMs?: number | undefined;
}

/**
 * One call of one configured Alertmanager, with its credential.
 * @throws {AlertmanagerError} without an answer, {CredentialError} where the credential cannot be read
 */
export async function callAlertmanager(
  to: AlertmanagerConfig,
  path: string,
  init: RequestInit,
  { credentials, fetch, timeoutMs = CALL_TIMEOUT_MS }: AlertmanagerCaller,
): Promise<{ readonly status: number; readonly isOk: boolean; readonly text: string }> {
  const authorization = await authorize(to, credentials);
  try {
    const response = await fetch(`${to.url}${path}`, {
      ...init,
      headers: { ...init.headers, accept: 'application/json', ...(authorization && { authorization }) },
      // A credential goes where the configuration says, and nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, isOk: response.ok, text: await response.text() };
  } catch (cause) {
    if (cause instanceof PullmedicError) throw cause;
    throw new AlertmanagerError(`${describeCall(to, path, init)}: no answer`, { retry: 'retry', cause });
  }
}

/** What an answer that is no success means. */
export function failedCall(what: string, { status, text }: { readonly status: number; readonly text: string }) {
  const retry = status === 429 || status >= 500 ? 'retry' : 'give-up';
  return new AlertmanagerError(`${what}: ${status} ${text.slice(0, 200)}`.trim(), { retry });
}

export function describeCall(to: AlertmanagerConfig, path: string, { method = 'GET' }: RequestInit): string {
  return `${method} ${to.url}${path}`;
}

async function authorize({ auth }: AlertmanagerConfig, credentials: Credentials): Promise<string | undefined> {
  if (auth === undefined) return undefined;
  const secret = await credentials.read(auth.credential);
  if (auth.scheme === 'bearer') return `Bearer ${secret.reveal()}`;
  return `Basic ${Buffer.from(`${auth.username ?? ''}:${secret.reveal()}`).toString('base64')}`;
}

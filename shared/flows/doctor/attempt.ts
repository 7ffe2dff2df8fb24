import { causesOf, describeNetworkFailure } from '../../domain/describe-network-failure.ts';
import { ClusterError, CredentialError, PullmedicError } from '../../domain/errors.ts';
import { redact } from '../../domain/redact.ts';

const LIMIT_MS = 10_000;

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  /** `error` is `undefined` where there was no answer in time. */
  | { readonly ok: false; readonly why: string; readonly error: PullmedicError | undefined };

/** Does it, within the time that one check has. A port's failure becomes words; anything else is a bug and is thrown. */
export async function attempt<T>(work: () => Promise<T>, limitMs: number = LIMIT_MS): Promise<Attempt<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Attempt<T>>((resolve) => {
    const why = `no answer within ${Math.round(limitMs / 100) / 10} s`;
    timer = setTimeout(() => resolve({ ok: false, why, error: undefined }), limitMs);
  });
  try {
    return await Promise.race([work().then((value): Attempt<T> => ({ ok: true, value })), late]);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    return { ok: false, why: wordsOf(error), error };
  } finally {
    clearTimeout(timer);
  }
}

/** One line, without anything that looks like a credential. */
function wordsOf(error: PullmedicError): string {
  return redact(plainWordsOf(error)).replace(/\s+/g, ' ').trim().slice(0, 300);
}

function plainWordsOf(error: PullmedicError): string {
  const { message, cause } = error;
  if (error instanceof ClusterError && error.status === undefined) return describeNetworkFailure(cause);
  if (error instanceof ClusterError && typeof cause === 'string') return `${message} ${cause}`;
  // Why a place did not give it: AWS's word, or the system's.
  const [first] = error instanceof CredentialError ? causesOf(cause) : [];
  if (first === undefined) return message;
  return `${message}: ${first.message === 'fetch failed' ? describeNetworkFailure(first) : first.message}`;
}

/** Several checks want the answer of one call. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

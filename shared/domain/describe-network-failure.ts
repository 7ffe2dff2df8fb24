import { types } from 'node:util';

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name does not resolve',
  ENODATA: 'its name does not resolve',
  EAI_AGAIN: 'its name could not be resolved right now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
};

/** Node's and OpenSSL's names of what is wrong with a certificate or a handshake. */
const TLS_CODE = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|SIGNATURE|ISSUER/;

/** Why there was no answer, without a word of what anybody sent: error messages may hold anything. */
export function describeNetworkFailure(error: unknown): string {
  const chain = causesOf(error);
  const code = chain.map(codeOf).find((one) => one !== undefined);
  if (code === undefined) {
    const name = chain.at(-1)?.name ?? 'Error';
    return name === 'Error' ? 'no answer' : `no answer (${name})`;
  }
  if (WORDS[code] !== undefined) return `${WORDS[code]} (${code})`;
  if (TLS_CODE.test(code)) return `TLS failed: ${code}`;
  return `no answer (${code})`;
}

/** The error and what caused it, outermost first. */
export function causesOf(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let next = error;
  while (types.isNativeError(next) && found.length < 5) {
    found.push(next);
    next = 'errors' in next && Array.isArray(next.errors) ? next.errors[0] : next.cause;
  }
  return found;
}

/** Its `code`, such as `ECONNREFUSED`. */
export function codeOf(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}

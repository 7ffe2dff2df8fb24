import { types } from 'node:util';
import { CredentialError } from '../../domain/errors.ts';
import { AddressRefused } from './registry-network.ts';

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

/** Why a registry could not be asked, without a word of what it sent: error messages may hold anything. */
export function describeFailure(error: unknown): string {
  if (error instanceof AddressRefused) {
    const hint =
      error.kind === 'a private address' ? '; `allowPrivate: true` in its `registries:` entry allows it' : '';
    return `it is at ${error.address}, ${error.kind}${hint}`;
  }
  if (error instanceof CredentialError) return `its caBundle: ${error.message}`;
  const chain = causesOf(error);
  const proxy = chain.map(({ message }) => /Proxy response \((\d{3})\)/.exec(message)?.[1]).find(Boolean);
  if (proxy !== undefined) return `its proxy answered ${proxy}`;
  const code = chain.map(codeOf).find((one) => one !== undefined);
  if (code === undefined) {
    const name = chain.at(-1)?.name ?? 'Error';
    return name === 'Error' ? 'no answer' : `no answer (${name})`;
  }
  if (WORDS[code] !== undefined) return `${WORDS[code]} (${code})`;
  if (TLS_CODE.test(code)) return `TLS failed: ${code}`;
  return `no answer (${code})`;
}

/** Whether something answered, and it was not HTTP. */
export function isGarbage(error: unknown): boolean {
  return causesOf(error).some(
    (one) => one.name === 'HTTPParserError' || /CONTENT_LENGTH_MISMATCH|HEADERS_OVERFLOW/.test(codeOf(one) ?? ''),
  );
}

function causesOf(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let next = error;
  while (types.isNativeError(next) && found.length < 5) {
    found.push(next);
    next = 'errors' in next && Array.isArray(next.errors) ? next.errors[0] : next.cause;
  }
  return found;
}

function codeOf(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}

import { causesOf, codeOf, describeNetworkFailure } from '../../domain/describe-network-failure.ts';
import { CredentialError } from '../../domain/errors.ts';
import { AddressRefused } from './registry-network.ts';

/** Why a registry could not be asked, without a word of what it sent: error messages may hold anything. */
export function describeFailure(error: unknown): string {
  if (error instanceof AddressRefused) {
    const hint =
      error.kind === 'a private address' ? '; `allowPrivate: true` in its `registries:` entry allows it' : '';
    return `it is at ${error.address}, ${error.kind}${hint}`;
  }
  if (error instanceof CredentialError) return `its caBundle: ${error.message}`;
  const proxy = causesOf(error)
    .map(({ message }) => /Proxy response \((\d{3})\)/.exec(message)?.[1])
    .find(Boolean);
  return proxy === undefined ? describeNetworkFailure(error) : `its proxy answered ${proxy}`;
}

/** Whether something answered, and it was not HTTP. */
export function isGarbage(error: unknown): boolean {
  return causesOf(error).some(
    (one) => one.name === 'HTTPParserError' || /CONTENT_LENGTH_MISMATCH|HEADERS_OVERFLOW/.test(codeOf(one) ?? ''),
  );
}

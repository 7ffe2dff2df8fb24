import type { IncomingMessage } from 'node:http';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Whether a request comes from this machine's own page or a plain client: a web page of somewhere else can send requests
 * to loopback too, by its own name for it (DNS rebinding: the Host tells) or across origins (the Origin tells).
 */
export function isFromHere({ headers }: IncomingMessage): boolean {
  const host = hostOf(`http://${headers.host ?? ''}`);
  if (host === undefined || !LOOPBACK.has(host.hostname)) return false;
  if (headers.origin === undefined) return true;
  return hostOf(headers.origin)?.host === host.host;
}

function hostOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

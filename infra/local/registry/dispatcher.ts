import { Agent, type Dispatcher } from 'undici';
import type { Registry } from './registry.ts';

function withHost(headers: Dispatcher.DispatchOptions['headers'], host: string): string[] {
  const flat: string[] = [];
  const add = (name: string, value: unknown) => {
    if (name.toLowerCase() !== 'host' && value !== undefined && value !== null) flat.push(name, String(value));
  };
  if (Array.isArray(headers)) for (let i = 0; i < headers.length; i += 2) add(String(headers[i]), headers[i + 1]);
  else if (headers && typeof headers === 'object' && Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<[string, unknown]>) add(name, value);
  } else for (const [name, value] of Object.entries(headers ?? {})) add(name, value);
  return [...flat, 'host', host];
}

/**
 * An undici dispatcher that takes every request to a host of the table to the embedded registry, over plain HTTP on
 * loopback: what a company's proxy would be. A request to any other host fails as DNS does.
 */
export function registryDispatcher(registry: Registry): Dispatcher {
  return new Agent({ connections: 8 }).compose((dispatch) => (options, handler) => {
    const { host } = new URL(String(options.origin));
    if (host !== registry.address && !registry.lookup(host)) {
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    }
    return dispatch({ ...options, origin: registry.url, headers: withHost(options.headers, host) }, handler);
  });
}

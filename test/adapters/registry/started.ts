import { afterEach } from '@jest/globals';
import { openRegistry, type TestRegistryOptions } from './ask.ts';
import { createTestAuthority } from './certificates.ts';
import { type Respond, startServer } from './test-registry.ts';

/** Servers and registries of one test file: whatever is started ends after its test. */
export function startedRegistries() {
  const authority = createTestAuthority();
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  /** @param names of a certificate of `authority`; without any it speaks plain HTTP */
  async function serve(respond: Respond, names?: readonly string[]) {
    const server = await startServer(respond, names && authority.issue(names));
    open.push(server.close);
    return server;
  }

  /** A plain registry on loopback and what asks it. */
  async function start(respond: Respond, options: Partial<TestRegistryOptions> = {}) {
    const server = await serve(respond);
    const registry = openRegistry({ entries: [{ host: server.address, allowPrivate: true }], ...options });
    return { server, image: `${server.address}/team/app:1.27`, registry };
  }

  return { authority, serve, start };
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSite, type SiteDeps } from '../../functions/serve/site.ts';
import { StoreError } from '../../shared/domain/errors.ts';

describe('the HTTP side of pullmedic serve', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  async function start(deps: Partial<SiteDeps>) {
    const site = createSite({ route: async () => false, problems: async () => [], metrics: async () => '', ...deps });
    server = createServer((request, response) => void site.handle(request, response));
    await new Promise<void>((resolve) => {
      server?.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { site, get: async (path: string) => fetch(url + path) };
  }

  it('is not ready while something is wrong, says what, and lives on', async () => {
    const { get } = await start({ problems: async () => ['write to the store: SQLite error 13', 'no configuration'] });
    const ready = await get('/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.text()).toBe('write to the store: SQLite error 13\nno configuration\n');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('answers a scrape by 503 when the store cannot be read', async () => {
    const metrics = async () => {
      throw new StoreError('list due records: SQLite error 10', { retry: 'retry' });
    };
    expect((await (await start({ metrics })).get('/metrics')).status).toBe(503);
  });

  it('drains: what is under way is answered, what comes later is refused', async () => {
    const gate = Promise.withResolvers<void>();
    const { site, get } = await start({
      async route(_request, response) {
        await gate.promise;
        response.writeHead(202).end();
        return true;
      },
    });
    const first = get('/alerts');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const drained = site.drain(5_000).then(() => 'drained');
    expect((await get('/alerts')).status).toBe(503);
    expect(await Promise.race([drained, Promise.resolve('not yet')])).toBe('not yet');
    gate.resolve();
    expect((await first).status).toBe(202);
    expect(await drained).toBe('drained');
  });

  it('does not wait for a request that never ends', async () => {
    const { site, get } = await start({ route: () => new Promise(() => {}) });
    const hanging = get('/alerts').catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    await site.drain(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    server?.closeAllConnections();
    expect(await hanging).toBe('cut');
  });
});

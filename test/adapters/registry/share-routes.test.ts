import { describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import type { NetworkTarget, RegistryNetwork } from '../../../shared/adapters/registry/registry-network.ts';
import { shareRoutes } from '../../../shared/adapters/registry/share-routes.ts';
import { until } from '../../support/until.ts';

const TARGET: NetworkTarget = {
  origin: 'https://registry.example.com',
  proxy: undefined,
  certificateAuthority: undefined,
  allowPrivate: false,
};

function countingNetwork() {
  const counts = { opened: 0, closed: 0, isBroken: false };
  const network: RegistryNetwork = {
    async open() {
      counts.opened += 1;
      if (counts.isBroken) throw new Error('ENOTFOUND');
      return {
        dispatcher: new Agent(),
        close: async () => {
          counts.closed += 1;
        },
      };
    },
  };
  return { counts, network };
}

describe('connections to a registry', () => {
  it('are opened once for those who ask at the same time and soon after each other, and end when nobody does', async () => {
    const { counts, network } = countingNetwork();
    const shared = shareRoutes(network, 50);
    const [a, b] = await Promise.all([shared.open(TARGET), shared.open(TARGET)]);
    expect(a?.dispatcher).toBe(b?.dispatcher);
    await a?.close();
    await a?.close();
    await b?.close();
    const c = await shared.open(TARGET);
    expect(c.dispatcher).toBe(a?.dispatcher);
    expect(counts).toMatchObject({ opened: 1, closed: 0 });
    await c.close();
    await until('it has ended', 5, () => counts.closed === 1);
    await (await shared.open(TARGET)).close();
    expect(counts.opened).toBe(2);
  });

  it.each([
    { what: 'origin', other: { origin: 'https://other.example.com' } },
    { what: 'proxy', other: { proxy: 'http://proxy.example.com' } },
    { what: 'authority', other: { certificateAuthority: 'PEM' } },
    { what: 'permission for private addresses', other: { allowPrivate: true } },
  ])('are not shared with another $what', async ({ other }) => {
    const { counts, network } = countingNetwork();
    const shared = shareRoutes(network, 50);
    await (await shared.open(TARGET)).close();
    await (await shared.open({ ...TARGET, ...other })).close();
    expect(counts.opened).toBe(2);
  });

  it('that could not be opened are tried anew', async () => {
    const { counts, network } = countingNetwork();
    const shared = shareRoutes(network, 50);
    counts.isBroken = true;
    await expect(Promise.all([shared.open(TARGET), shared.open(TARGET)])).rejects.toThrow('ENOTFOUND');
    counts.isBroken = false;
    await (await shared.open(TARGET)).close();
    expect(counts).toMatchObject({ opened: 2, closed: 0 });
  });

  it('are not kept without bound', async () => {
    const { counts, network } = countingNetwork();
    const shared = shareRoutes(network, 60_000);
    for (let n = 0; n < 70; n += 1)
      await (await shared.open({ ...TARGET, origin: `https://r${n}.example.com` })).close();
    expect(counts.closed).toBe(70 - 64);
  });
});

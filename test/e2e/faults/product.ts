import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine, EngineWraps } from '../../../functions/serve/engine.ts';
import { createClosers } from '../../../infra/local/stack/closers.ts';
import type { DataFolder } from '../../../infra/local/stack/data-folder.ts';
import { startHandlers } from '../../../infra/local/stack/handlers.ts';
import { createCounterRegistry } from '../../../shared/adapters/log/counter-registry.ts';
import type { RegistryNetwork } from '../../../shared/adapters/registry/registry-network.ts';
import type { Chat } from '../../../shared/ports/chat.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { QUIET } from './quiet.ts';

/** Where pullmedic finds the world, and what is done to its calls. */
export interface ProductOptions {
  readonly clock: Clock;
  readonly folder: Pick<DataFolder, 'database' | 'memory'>;
  /** Path of the cluster's kubeconfig. */
  readonly kubeconfig: string;
  readonly slackApiUrl: string;
  readonly timeScale: number;
  readonly wrap?: EngineWraps;
  readonly wrapChat?: (chat: Chat) => Chat;
  readonly log?: Log;
}

/** The fakes are in another process: here every registry is as far as on a machine without a network. */
const NO_WAY_OUT: RegistryNetwork = {
  open: async ({ origin }) => {
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${origin}`), { code: 'ENOTFOUND' });
  },
};

/** All of pullmedic's functions in one process, with none of the fakes. */
export interface Product {
  readonly alerts: { readonly url: string; readonly token: string };
  readonly engine: Engine;
  stop(): Promise<void>;
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const { folder, clock, kubeconfig, slackApiUrl, timeScale, wrap, wrapChat, log = QUIET } = options;
  const closers = createClosers();
  const { engine } = await startHandlers({
    options: { port: 0, wrap, wrapChat },
    log,
    timeScale,
    folder: folder as DataFolder,
    clock,
    metrics: createCounterRegistry(),
    closers,
    registryNetwork: NO_WAY_OUT,
    registryAddress: 'registry.test',
    ecrEndpoint: undefined,
    kubeconfig,
    slackApiUrl,
    channelIds: [],
  });
  const server = createServer((request, response) => {
    engine.route(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.add(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
  return { alerts: { url, token: folder.memory.alertsToken }, engine, stop: () => closers.close() };
}

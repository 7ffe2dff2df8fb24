import { openDataFolder } from '../../../infra/local/stack/data-folder.ts';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { startProduct } from './product.ts';

/** At which call this process kills itself, as `kill -9` does: nothing is flushed, nothing is closed. */
export interface Death {
  readonly port: 'store' | 'triage queue' | 'publish queue' | 'chat';
  readonly method: string;
  readonly nth: number;
  /** `before` the call has an effect, or `after` it, before the caller knows. */
  readonly when: 'before' | 'after';
}

export interface ProductArguments {
  /** Data folder; it outlives the process. */
  readonly data: string;
  readonly kubeconfig: string;
  readonly slackApiUrl: string;
  readonly timeScale: number;
  /** How far the clock of the world was moved, in seconds. */
  readonly aheadSeconds: number;
  readonly death: Death | undefined;
}

/** `node product-process.ts JSON`: pullmedic alone, in a process of its own. Prints where it takes alerts. */
async function main(given: ProductArguments): Promise<void> {
  const clock = createAdjustableClock();
  clock.advance(given.aheadSeconds);
  const { death } = given;
  const wrap = <Port extends object>(name: Death['port'], port: Port) =>
    death?.port === name ? deadlyPort(port, death) : port;
  const { alerts } = await startProduct({
    ...given,
    clock,
    folder: openDataFolder(given.data),
    wrap: {
      store: (store) => wrap('store', store),
      triageQueue: (queue) => wrap('triage queue', queue),
      publishQueue: (queue) => wrap('publish queue', queue),
    },
    wrapChat: (chat) => wrap('chat', chat),
  });
  process.stdout.write(`${JSON.stringify(alerts)}\n`);
}

function deadlyPort<Port extends object>(port: Port, { method, nth, when }: Death): Port {
  let calls = 0;
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (property !== method || typeof member !== 'function') return member;
      return async (...args: readonly unknown[]) => {
        calls += 1;
        if (calls === nth && when === 'before') process.kill(process.pid, 'SIGKILL');
        const answer: unknown = await Reflect.apply(member, target, args);
        if (calls === nth && when === 'after') process.kill(process.pid, 'SIGKILL');
        return answer;
      };
    },
  });
}

await main(JSON.parse(process.argv[2] ?? '{}') as ProductArguments);

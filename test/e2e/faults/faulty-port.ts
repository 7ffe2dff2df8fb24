import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS, type Injector } from './injector.ts';

/**
 * The same port, whose calls go wrong where the injector says so.
 * @param fail makes the error that this port throws
 */
export function faultyPort<Port extends object>(
  port: Port,
  name: string,
  injector: Injector,
  fail: (what: string) => Error,
): Port {
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: readonly unknown[]) => {
        const call = `${name} ${String(property)}`;
        const words = JSON.stringify(given);
        const kind = injector.enter(call, words);
        if (kind === 'fails') throw fail(call);
        if (kind === 'hangs' || kind === 'never') await sleep(HANG_MS, undefined, { ref: false });
        if (kind === 'never') throw fail(call);
        const answer: unknown = await Reflect.apply(member, target, given);
        // A list over everybody teaches nothing; a job that was handed out tells whose its receipt is.
        injector.learn(`${words} ${JSON.stringify(answer) ?? ''}`);
        if (kind === 'answer-lost') throw fail(call);
        return answer;
      };
    },
  });
}

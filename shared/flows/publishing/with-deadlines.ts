import { PullmedicError } from '../../domain/errors.ts';

/** A port did not answer in time. What was asked may still happen: look before doing it again. */
export class NoAnswerError extends PullmedicError {
  readonly code = 'no-answer';

  constructor(call: string, timeoutMs: number) {
    super(`${call}: no answer within ${timeoutMs} ms`, { retry: 'retry' });
  }
}

/**
 * The same port, of which no call hangs: one that has not answered after `timeoutMs` throws {NoAnswerError}.
 * @param name of the port, for the error
 */
export function withDeadlines<Port extends object>(port: Port, name: string, timeoutMs: number): Port {
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: readonly unknown[]) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => reject(new NoAnswerError(`${name} ${String(property)}`, timeoutMs)), timeoutMs);
        });
        try {
          return await Promise.race([Reflect.apply(member, target, given), late]);
        } finally {
          clearTimeout(timer);
        }
      };
    },
  });
}

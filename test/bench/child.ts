import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** A process of its own that answers each message with one. */
export interface Child {
  /** @throws when the process ends before it answers, or does not answer in time */
  ask<Answer>(message: object): Promise<Answer>;
  /** Waits until the process is gone. */
  end(): Promise<void>;
}

/** No measurement takes longer on a machine that is good for measuring. */
const ANSWER_WITHIN_MS = 300_000;

/** @param file beside this one */
export function startChild(file: string): Child {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    ask: (message) => answerOf(child, file, message),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function answerOf<Answer>(child: ChildProcess, file: string, message: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error(`${file} did not answer`))), ANSWER_WITHIN_MS);
    const onExit = (code: number | null) => settle(() => reject(new Error(`${file} ended with ${code}`)));
    const onMessage = (answer: unknown) => settle(() => resolve(answer as Answer));
    function settle(then: () => void) {
      clearTimeout(timer);
      child.off('exit', onExit);
      child.off('message', onMessage);
      then();
    }
    child.once('exit', onExit);
    child.once('message', onMessage);
    child.send(message);
  });
}

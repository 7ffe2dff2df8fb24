import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The folder that the manifests are in. */
export const MANIFESTS = join(import.meta.dirname, '../../../infra/kubernetes');

export interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whom a call is made as; the admin impersonates. Nobody = the admin. */
export interface Caller {
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface Call {
  readonly as?: Caller | undefined;
  /** What kubectl reads from standard input: an object, or a shell line's text. */
  readonly input?: object | string | undefined;
}

/** Runs kubectl; a refusal is an answer, never thrown. */
export type Kubectl = (args: readonly string[], call?: Call) => Promise<Answer>;

/** One call may take this long: an API server under load on a small machine. */
const TIMEOUT_MS = 60_000;

/** kubectl on the cluster of `KUBECONFIG`. */
export function createKubectl(): Kubectl {
  return (args, { as, input } = {}) => {
    const identity =
      as === undefined ? [] : [`--as=${as.user}`, ...(as.groups ?? []).map((group) => `--as-group=${group}`)];
    return new Promise((resolve) => {
      const child = execFile(
        'kubectl',
        [...identity, ...args],
        { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => resolve({ ok: error === null, stdout, stderr }),
      );
      child.stdin?.end(input === undefined ? '' : typeof input === 'string' ? input : JSON.stringify(input));
    });
  };
}

/** For what a check stands on. @throws when kubectl failed */
export async function must(kubectl: Kubectl, args: readonly string[], call?: Call): Promise<string> {
  const answer = await kubectl(args, call);
  if (!answer.ok) throw new Error(`kubectl ${args.join(' ')}: ${answer.stderr}`);
  return answer.stdout;
}

/** Asks until the answer is there. @throws after the time, with what was waited for */
export async function waitFor<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

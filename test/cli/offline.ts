import { Readable } from 'node:stream';
import { type CliDependencies, run } from '../../functions/cli/run.ts';

const KNOWN: Partial<CliDependencies> = {
  clock: { now: () => Date.parse('2026-11-22T11:20:00Z') },
  about: { version: '0.1.0', issues: undefined },
  preflight: { withInventory: () => Promise.reject(new Error('no cluster was expected')), progress() {} },
};

/** A world without a cluster, a registry or a server: whatever asks for one of them fails the test. */
const OFFLINE = new Proxy(KNOWN, {
  get(known, name) {
    if (Reflect.has(known, name)) return Reflect.get(known, name);
    throw new Error(`${String(name)} was not expected offline`);
  },
}) as CliDependencies;

export interface OfflineOptions {
  readonly input?: string;
  readonly hasColours?: boolean;
}

/** Runs a command line offline. @returns all that anybody sees of it, in its order, and the exit status */
export async function runOffline(
  args: readonly string[],
  { input = '', hasColours = false }: OfflineOptions = {},
): Promise<{ readonly status: number; readonly output: string }> {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const stdin = Readable.from([Buffer.from(input)]);
  const status = await run(args, { stdin, stdout: write, stderr: write, hasColours, columns: 80 }, OFFLINE);
  return { status, output };
}

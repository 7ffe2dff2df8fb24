import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that the run started, with its log in a file. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  isAlive(): boolean;
  log(): string;
  /** The end of its log, for a message. */
  tail(): string;
  /** SIGSTOP and SIGCONT: it neither works nor ends. */
  freeze(): void;
  thaw(): void;
  /** Ends it and waits until it is gone: SIGTERM, after three seconds SIGKILL; or the signal given. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const TERM_WAIT_MS = 3_000;
const TAIL_CHARS = 1_500;

/** Starts a program in the background. @throws {Error} when it does not exist */
export async function startDaemon(
  name: string,
  command: string,
  args: readonly string[],
  options: { readonly logs: string; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Daemon> {
  const logFile = join(options.logs, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', log, log],
    cwd: options.cwd,
    env: options.env ?? process.env,
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${name} cannot be started: ${error.message}`)));
  });
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    isAlive,
    log: () => readFileSync(logFile, 'utf8'),
    tail: () => readFileSync(logFile, 'utf8').slice(-TAIL_CHARS),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop(signal = 'SIGTERM') {
      if (!isAlive()) return;
      child.kill(signal);
      // One that is frozen hears nothing but SIGKILL until it goes on.
      child.kill('SIGCONT');
      const timer = new AbortController();
      await Promise.race([
        exited,
        sleep(TERM_WAIT_MS, undefined, { signal: timer.signal })
          .then(() => void child.kill('SIGKILL'))
          .catch(() => undefined),
      ]);
      timer.abort();
      await exited;
    },
  };
}

/** Runs a program to its end. @returns what it printed @throws {Error} with what it said on standard error */
export function runProgram(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.slice(0, 6).join(' ')}: exit ${code}: ${err.slice(0, 600)}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Whether a program of that name can be run. */
export async function hasProgram(name: string): Promise<boolean> {
  return await runProgram('sh', ['-c', 'command -v "$1"', 'sh', name]).then(
    () => true,
    () => false,
  );
}

/** The first of these names that can be run: Debian calls some programs otherwise. */
export async function findProgram(...names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await hasProgram(name)) return name;
  return undefined;
}

/** Waits for a thing, never for a time. @throws {Error} naming it when it does not come */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${Math.round(seconds)} s`);
    await sleep(200);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Death, ProductArguments } from './product-process.ts';
import type { World } from './world.ts';

const HERE = import.meta.dirname;

/** A process of a test that printed its first line of JSON. */
export interface Started<Line> {
  readonly line: Line;
  kill(): void;
  /** When it is gone; the signal or the exit status. */
  readonly gone: Promise<string>;
}

/** Starts a TypeScript file as a process of its own and waits for its line. @throws with what it said when none comes */
export async function startProcess<Line>(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Started<Line>> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|JEST_)/.test(name)));
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code))));
  const line = await new Promise<Line>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = text.split('\n').find((one) => one.startsWith('{') && one.endsWith('}'));
      if (found !== undefined) resolve(JSON.parse(found) as Line);
    });
    void gone.then((how) => reject(new Error(`${file} ended with ${how} before it was ready: ${said}`)));
  });
  return { line, kill: () => void child.kill('SIGKILL'), gone };
}

/** Pullmedic under somebody who starts it again whenever it dies, on the same data. */
export interface Supervised {
  alerts(): { readonly url: string; readonly token: string };
  deaths(): readonly string[];
  kill(): void;
  stop(): Promise<void>;
}

/**
 * @param options.death at which call each life ends
 * @param options.isEachLife also after a restart; else only the first dies
 * @param options.aheadSeconds by how much the world's clock moves on at each restart
 */
export async function startSupervised(
  world: World,
  options: { readonly death?: Death; readonly isEachLife?: boolean; readonly aheadSeconds?: number } = {},
): Promise<Supervised> {
  const { death, isEachLife = false, aheadSeconds = 0 } = options;
  const deaths: string[] = [];
  let isStopping = false;

  function start(): Promise<Started<{ readonly url: string; readonly token: string }>> {
    const args: ProductArguments = {
      data: dirname(world.folder.database),
      kubeconfig: world.kubeconfig,
      slackApiUrl: world.slack.apiUrl,
      timeScale: world.timeScale,
      aheadSeconds: aheadSeconds * deaths.length,
      death: deaths.length === 0 || isEachLife ? death : undefined,
    };
    return startProcess(join(HERE, 'product-process.ts'), [JSON.stringify(args)]);
  }

  let life = await start();
  const ended = keepAlive();

  async function keepAlive(): Promise<void> {
    for (;;) {
      const how = await life.gone;
      if (isStopping) return;
      deaths.push(how);
      world.clock.advance(aheadSeconds);
      world.cluster.wake();
      try {
        life = await start();
      } catch (error) {
        // It may die while it starts: that is a death like the others.
        if (!isEachLife) throw error;
      }
    }
  }

  return {
    alerts: () => life.line,
    deaths: () => deaths,
    kill: () => life.kill(),
    async stop() {
      isStopping = true;
      life.kill();
      await ended;
    },
  };
}

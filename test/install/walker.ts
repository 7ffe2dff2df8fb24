import { spawn } from 'node:child_process';
import type { clientSettings } from '../package/deploy.ts';
import type { Kubectl } from '../real/kubectl.ts';
import type { SlackJournal } from '../real/slack-journal.ts';
import type { CommandBlock } from './readme-commands.ts';

/** Where a new user stands: a checkout, a cluster, an AWS account, a Slack workspace. */
export interface World {
  /** The copy of the checkout in which commands run. */
  readonly folder: string;
  /** Of the user's shell; commands may not change it for those after them. */
  readonly env: Readonly<Record<string, string>>;
  readonly kubectl: Kubectl;
  readonly slack: SlackJournal;
  /** Where AWS is. */
  readonly awsUrl: string;
  /** Of clients of the walk itself. */
  readonly awsSettings: ReturnType<typeof clientSettings>;
  readme(): Promise<string>;
  /** Closed in reverse order. */
  onClose(close: () => unknown): void;
  close(): Promise<void>;
}

/** Something that the walk needs is not on this machine. */
export class CannotWalk extends Error {
  override readonly name = 'CannotWalk';
}

/** Goes through the blocks of a page in their order; none is passed over in silence. */
export interface Walker {
  /**
   * Runs the next block, which must hold these words; all of it, as pasted into bash, ending at its first failure.
   * @returns what it printed, both streams
   * @throws {Error} when it is another block, when it fails, or prints something else than expected
   */
  run(words: string, ...expected: readonly RegExp[]): Promise<string>;
  /** The next block, which must hold these words, is not run. */
  excuse(words: string, why: string): void;
  /** First lines of blocks that were neither run nor excused. */
  left(): readonly string[];
  done(): number;
}

const BLOCK_TIMEOUT_MS = 180_000;

export function createWalker(world: World, blocks: readonly CommandBlock[]): Walker {
  let at = 0;
  let done = 0;
  const next = (words: string): string => {
    const text = blocks[at]?.text ?? '';
    if (!text.includes(words)) throw new Error(`expected a block with ${words}, the README has: ${firstLine(text)}`);
    at += 1;
    return text;
  };
  return {
    async run(words, ...expected) {
      const text = next(words);
      const began = performance.now();
      process.stdout.write(`\n$ ${text.trimEnd().replaceAll('\n', '\n  ')}\n`);
      const { status, output } = await runBash(text, world);
      process.stdout.write(output.slice(-4_000).replace(/^/gm, '    '));
      if (status !== 0) throw new Error(`ended with ${status}: ${firstLine(text)}`);
      for (const pattern of expected) {
        if (!pattern.test(output)) throw new Error(`printed nothing like ${pattern}: ${firstLine(text)}`);
      }
      process.stdout.write(`\n  ok (${((performance.now() - began) / 1_000).toFixed(1)} s)\n`);
      done += 1;
      return output;
    },
    excuse(words, why) {
      process.stdout.write(`\n!! not run: ${firstLine(next(words))}: ${why}\n`);
    },
    left: () => blocks.slice(at).map(({ text }) => firstLine(text)),
    done: () => done,
  };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function runBash(text: string, { folder, env }: World): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BLOCK_TIMEOUT_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

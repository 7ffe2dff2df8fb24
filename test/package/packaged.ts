import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lambdaNames, ROOT } from '../../infra/build/bundle.ts';
import { readTemplate, type Template } from './template.ts';
import { unzip } from './unzip.ts';

/** What `npm run package` reads of a checkout. */
const SOURCES = ['functions', 'shared', 'infra', 'serverless.yml', 'package.json'];
const TEMPLATE = 'cloudformation-template-update-stack.json';

/** A checkout of its own with what packaging needs: `dist` of the one that the tests run in stays as it is. */
export interface Checkout {
  readonly folder: string;
  /** Runs the script of that name. @returns its exit status and what it said */
  script(name: string, args?: readonly string[]): { readonly status: number | null; readonly output: string };
  remove(): void;
}

/** @param more files and folders beside those that packaging needs */
export function createCheckout(more: readonly string[] = []): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-package-'));
  for (const name of [...SOURCES, ...more]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return {
    folder,
    script(name, args = []) {
      // As npm runs it, without npm's own second.
      const [, ...words] = (scripts[name] ?? '').replace(/^exec /, '').split(' ');
      const { status, stdout, stderr } = spawnSync(process.execPath, [...words, ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: withoutAws(),
      });
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Packaging needs no credentials: there are none. */
function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

/** The template alone: what is in the zips does not matter to it. */
export function compileTemplate(args: readonly string[] = []): { readonly template: Template; readonly text: string } {
  const checkout = createCheckout();
  try {
    for (const name of lambdaNames()) {
      mkdirSync(join(checkout.folder, 'dist', name), { recursive: true });
      writeFileSync(join(checkout.folder, 'dist', name, 'index.cjs'), '');
    }
    const osls = join(ROOT, 'node_modules', '.bin', 'osls');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [osls, 'package', '--package', 'out', '--param=config=ssm:/pullmedic/config', ...args],
      { cwd: checkout.folder, encoding: 'utf8', env: withoutAws() },
    );
    if (status !== 0) throw new Error(`osls package ended with ${status}: ${stdout}${stderr}`);
    const text = readFileSync(join(checkout.folder, 'out', TEMPLATE), 'utf8');
    return { template: readTemplate(text), text };
  } finally {
    checkout.remove();
  }
}

/** A package as `npm run package` leaves it, each zip unpacked into a folder of its own. */
export interface Packaged {
  readonly template: Template;
  readonly output: string;
  /** Where the zip of that function was unpacked, as `/var/task` is on Lambda. */
  taskFolder(name: string): string;
  remove(): void;
}

/** @throws with what the script said where it failed */
export function packageFunctions(): Packaged {
  const checkout = createCheckout();
  try {
    const { status, output } = checkout.script('package', ['--param', 'config=ssm:/pullmedic/config']);
    if (status !== 0) throw new Error(`npm run package ended with ${status}: ${output}`);
    const out = join(checkout.folder, '.serverless');
    for (const file of readdirSync(out).filter((name) => name.endsWith('.zip'))) {
      unzip(readFileSync(join(out, file)), join(checkout.folder, 'task', file.replace('.zip', '')));
    }
    return {
      template: readTemplate(readFileSync(join(out, TEMPLATE), 'utf8')),
      output,
      taskFolder: (name) => join(checkout.folder, 'task', name),
      remove: checkout.remove,
    };
  } catch (error) {
    checkout.remove();
    throw error;
  }
}

// Runs every command of the README's installation, in its order, in a copy of the checkout: see walk.sh.
// Exit status: 0 all did what the README says, 1 one did not, 77 something is missing here, and standard error says what.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsRung } from './aws-rung.ts';
import { clusterRung } from './cluster-rung.ts';
import { kubeconfigRung } from './kubeconfig-rung.ts';
import { readCommands } from './readme-commands.ts';
import { CannotWalk, createWalker, type World } from './walker.ts';
import { openWorld } from './world.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
/** What a person does not have from the repository, or makes anew. */
const NOT_COPIED = new Set(['.git', 'node_modules', '.serverless', 'coverage']);
const RUNGS = [kubeconfigRung, clusterRung, awsRung];

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-walk-'));
  let world: World | undefined;
  try {
    const copy = join(folder, 'pullmedic');
    mkdirSync(copy);
    cpSync(CHECKOUT, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(path.slice(CHECKOUT.length + 1)) });
    symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
    world = await openWorld(copy);
    const walker = createWalker(world, readCommands(await world.readme()));
    for (const rung of RUNGS) await rung(walker, world);
    const left = walker.left();
    if (left.length > 0) throw new Error(`commands of the README that no rung runs:\n${left.join('\n')}`);
    process.stdout.write(`\n${walker.done()} blocks of commands did what the README says\n`);
    return 0;
  } catch (error) {
    if (error instanceof CannotWalk) {
      process.stderr.write(`\n!! THE README WAS NOT WALKED THROUGH: ${error.message}\n`);
      return 77;
    }
    process.stderr.write(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exit(await main());

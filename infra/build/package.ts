/**
 * `npm run package [-- --stage NAME --region REGION --param name=value … --out FOLDER]`: builds the bundles, then writes
 * a zip for each function and the CloudFormation template into `.serverless/`. Needs no network and no AWS account.
 * Ends with status 1 when something failed, 2 when it was called wrongly, with one line that says what.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ROOT } from './bundle.ts';
import { type PackageOptions, readPackageOptions, UsageError } from './package-options.ts';

const OSLS = join(ROOT, 'node_modules', '.bin', 'osls');
const TEMPLATE = 'cloudformation-template-update-stack.json';

function main(args: readonly string[]): number {
  let options: PackageOptions;
  try {
    options = readPackageOptions(args, ROOT);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`package: ${error.message}\n`);
    return 2;
  }
  const folder = resolve(ROOT, options.out);
  const refusal = refusalOf(folder);
  if (refusal !== undefined) {
    process.stderr.write(`package: ${refusal}\n`);
    return 2;
  }
  // What an earlier run left must not be deployed with this one.
  rmSync(folder, { recursive: true, force: true });
  const built = run(process.execPath, [join(ROOT, 'infra', 'build', 'build.ts'), '--lambda']);
  if (built !== 0) return 1;
  if (run(process.execPath, [OSLS, 'package', '--package', folder, ...options.forOsls]) !== 0) return 1;
  process.stdout.write(summary(folder, options.stage));
  return 0;
}

/** Cleaning must not take what is somebody's own. */
function refusalOf(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const isOurs = readdirSync(folder).every((name) => /\.zip$|^(?:cloudformation-template|serverless-state)/.test(name));
  return isOurs ? undefined : `${folder} holds files that no package has: name another folder with --out`;
}

function run(program: string, args: readonly string[]): number {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`package: ${program}: ${error.message}\n`);
  return status ?? 1;
}

function summary(folder: string, stage: string): string {
  const zips = readdirSync(folder).filter((name) => name.endsWith('.zip'));
  const kb = zips.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1_000;
  const shown = relative(ROOT, folder) || '.';
  return [
    `${zips.length} zips, ${kb.toFixed(0)} kB, and ${TEMPLATE} in ${shown}/`,
    `npx osls deploy --package ${shown} --stage ${stage}   # takes AWS credentials`,
    '',
  ].join('\n');
}

process.exitCode = main(process.argv.slice(2));

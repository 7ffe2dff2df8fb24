/**
 * `npm run build [-- --lambda]`: one CommonJS bundle for each function in `dist/<name>/index.cjs`, metafiles in
 * `dist/meta/`, and a table of sizes; with `--lambda` those alone that run there. Ends with status 1 when a bundle cannot
 * be made or is over its budget.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUDGETS_KB } from './budgets.ts';
import { type Bundle, bundle, bundleNames, lambdaNames, packagesIn, ROOT } from './bundle.ts';

const dist = join(ROOT, 'dist');

function write({ name, code, metafile }: Bundle): void {
  mkdirSync(join(dist, name), { recursive: true });
  mkdirSync(join(dist, 'meta'), { recursive: true });
  writeFileSync(join(dist, name, 'index.cjs'), code);
  writeFileSync(join(dist, 'meta', `${name}.json`), JSON.stringify(metafile));
}

function row({ name, code, ...rest }: Bundle): { readonly text: string; readonly isOver: boolean } {
  const sizeKb = code.length / 1000;
  const budgetKb = BUDGETS_KB[name];
  // A bundle without a budget would grow unseen.
  const isOver = budgetKb === undefined || sizeKb > budgetKb;
  const largest = [...packagesIn({ name, code, ...rest })].sort(([, a], [, b]) => b - a).slice(0, 3);
  const cells = [
    name.padEnd(20),
    `${sizeKb.toFixed(0)} kB`.padStart(9),
    `${(gzipSync(code).length / 1000).toFixed(0)} kB`.padStart(9),
    (budgetKb === undefined ? 'none' : `${budgetKb} kB`).padStart(9),
    (isOver ? 'OVER' : 'ok').padEnd(5),
    largest.map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(0)}`).join(', '),
  ];
  return { text: cells.join('  '), isOver };
}

const isForLambda = process.argv.includes('--lambda');
const names = isForLambda ? lambdaNames() : bundleNames();
for (const name of isForLambda ? names : ['']) rmSync(join(dist, name), { recursive: true, force: true });
const results = await Promise.allSettled(names.map(bundle));

let failures = 0;
console.log(['function'.padEnd(20), 'minified', '     gzip', '   budget', '     ', 'largest packages, kB'].join('  '));
results.forEach((result, index) => {
  if (result.status === 'rejected') {
    failures += 1;
    console.error(`${names[index]}: ${result.reason instanceof Error ? result.reason.message : result.reason}`);
    return;
  }
  write(result.value);
  const { text, isOver } = row(result.value);
  if (isOver) failures += 1;
  console.log(text);
});
console.log(`${names.length - failures} of ${names.length} bundles built within budget`);
if (failures > 0) process.exitCode = 1;

/**
 * `npm run bench [-- [--json] [NAME…]]`: how much work pullmedic does, as ratios of two measurements of one run, so that
 * the machine does not matter. Every `*.bench.ts` beside this file exports `measure`. Exit status 1 where a ratio is over
 * its limit, 2 where no bench has such a name.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Measure, Ratio } from './ratio.ts';

const here = dirname(fileURLToPath(import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((argument) => !argument.startsWith('--'));
  const files = readdirSync(here).filter((file) => file.endsWith('.bench.ts'));
  const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.bench.ts', '')));
  if (chosen.length === 0) {
    process.stderr.write(`bench: none is called ${wanted.join(', ')}\n`);
    return 2;
  }
  const ratios: Ratio[] = [];
  for (const file of chosen.sort()) {
    const { measure }: { readonly measure: Measure } = await import(pathToFileURL(join(here, file)).href);
    ratios.push(...(await measure()));
  }
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(ratios)}\n` : table(ratios));
  return ratios.some(isOver) ? 1 : 0;
}

function table(ratios: readonly Ratio[]): string {
  const width = Math.max(...ratios.map(({ name }) => name.length));
  const lines = ratios.map((ratio) => {
    const { name, value, limit } = ratio;
    const mark = isOver(ratio) ? '  over' : '';
    return `${name.padEnd(width)}  ${value.toFixed(1).padStart(8)}  ${String(limit).padStart(8)}${mark}`;
  });
  return `${[`${'ratio'.padEnd(width)}  measured     limit`, ...lines].join('\n')}\n`;
}

function isOver({ value, limit }: Ratio): boolean {
  return !(value <= limit);
}

process.exitCode = await main(process.argv.slice(2));

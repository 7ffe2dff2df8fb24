import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUDGETS_KB } from '../../infra/build/budgets.ts';
import { bundle, lambdaNames } from '../../infra/build/bundle.ts';
import { slackActionsEnv } from '../support/bundle-process.ts';
import type { Ratio } from './ratio.ts';

/** The median of so many cold loads of each bundle, in turns: what else the machine does hits all alike. */
const ROUNDS = 9;

/**
 * How many times the CPU of a bare Node a process takes that loads a bundle, and no more: what a cold start costs before
 * the first event. Measured 2026-11 at 2.5 to 8.7: a third more is a dependency that somebody should know of.
 */
const LOAD_LIMITS: Readonly<Record<string, number>> = {
  'alert-webhook': 5,
  'dead-letter': 4,
  'incident-publisher': 6,
  'slack-actions': 6,
  'triage-worker': 11,
  'remedy-worker': 11,
  sweeper: 10,
  'refresh-scheduler': 10,
  'secret-refresh': 11,
  preflight: 11,
};

interface Load {
  /** Of user and system. */
  readonly cpuMs: number;
  /** Resident, at its highest. */
  readonly memoryMb: number;
}

/** Every function from its packaged bundle: its size against its budget, its load against a bare Node of the same run. */
export async function measure(): Promise<readonly Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-cold-'));
  try {
    const names = lambdaNames();
    for (const name of names) writeFileSync(join(folder, `${name}.cjs`), (await bundle(name)).code);
    const loads = new Map<string, Load[]>(['', ...names].map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, list] of loads) list.push(load(folder, name));
    }
    return ratios(folder, names, loads);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ratios(
  folder: string,
  names: readonly string[],
  loads: ReadonlyMap<string, readonly Load[]>,
): readonly Ratio[] {
  const bare = medians(loads.get('') ?? []);
  process.stderr.write(`cold-start, median of ${ROUNDS}: bare Node ${describe(bare)}\n`);
  return names.flatMap((name) => {
    const of = medians(loads.get(name) ?? []);
    const kb = statSync(join(folder, `${name}.cjs`)).size / 1_000;
    process.stderr.write(`  ${name.padEnd(20)} ${kb.toFixed(0).padStart(5)} kB  ${describe(of)}\n`);
    return [
      { name: `${name}: kB / its budget`, value: kb / (BUDGETS_KB[name] ?? 0), limit: 1 },
      {
        name: `${name}: CPU of a load / bare Node`,
        value: of.cpuMs / bare.cpuMs,
        limit: LOAD_LIMITS[name] ?? 0,
      },
    ];
  });
}

function describe({ cpuMs, memoryMb }: Load): string {
  return `${cpuMs.toFixed(0).padStart(4)} ms CPU, ${memoryMb.toFixed(0).padStart(4)} MB`;
}

/** @param name of a bundle; none = nothing is loaded */
function load(folder: string, name: string): Load {
  const file = join(folder, `${name}.cjs`);
  const loading =
    name === '' ? '' : `if(typeof require(${JSON.stringify(file)}).handler!=='function')throw new Error('no handler');`;
  const report =
    'const u=process.resourceUsage();' +
    "process.stdout.write('\\n#'+JSON.stringify({cpuMs:(u.userCPUTime+u.systemCPUTime)/1000,memoryMb:u.maxRSS/1024}));process.exit()";
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', `${loading}${report}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...slackActionsEnv('http://127.0.0.1:1'),
      PULLMEDIC_REFRESH_QUEUE_URL: 'http://127.0.0.1:1/123456789012/refresh',
      POWERTOOLS_METRICS_NAMESPACE: 'bench',
    },
  });
  const said = /\n#(\{.*\})$/.exec(stdout)?.[1];
  if (said === undefined) throw new Error(`${name} did not load: ${stderr}`);
  return JSON.parse(said) as Load;
}

function medians(all: readonly Load[]): Load {
  const median = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  return { cpuMs: median(all.map(({ cpuMs }) => cpuMs)), memoryMb: median(all.map(({ memoryMb }) => memoryMb)) };
}

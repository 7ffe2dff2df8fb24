import {
  CHECK_AREAS,
  type Check,
  type CheckArea,
  countChecks,
  summariseChecks,
} from '../../shared/domain/doctor/check.ts';
import type { DoctorDeps } from '../../shared/flows/doctor/doctor-deps.ts';
import { runDoctor } from '../../shared/flows/doctor/run-doctor.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';
import { plain } from './text-layout.ts';

export interface DoctorOptions {
  readonly config?: string;
  /** Areas, separated by commas. */
  readonly only?: string;
  readonly cluster?: string;
  readonly webhookUrl?: string;
  readonly json?: true;
}

/** What the command needs of the world: the configuration, and what it names, opened to be looked at. */
export interface DoctorWorld {
  /** @throws {ConfigError} for a configuration that cannot be used */
  open<T>(options: Pick<DoctorOptions, 'config'>, use: (deps: DoctorDeps) => Promise<T>): Promise<T>;
  /** Draws on standard error where it is a terminal; `undefined` ends it. */
  readonly progress: (text: string | undefined) => void;
}

/** `pullmedic doctor`: one line for each thing that was tried. @returns 1 where one of them failed */
export async function doctor(options: DoctorOptions, world: DoctorWorld, io: CliIo): Promise<number> {
  const areas = parseAreas(options.only);
  const webhookUrl = parseUrl(options.webhookUrl);
  const { cluster } = options;
  const checks = await world.open(options, async (deps) => {
    const names = deps.config.clusters.map(({ name }) => name);
    if (cluster !== undefined && !names.includes(cluster)) {
      throw new UsageError(`doctor: cluster ${cluster} is not configured; configured: ${names.join(', ')}`);
    }
    const onProgress = (done: number, all: number) => world.progress(`${done} of ${all} checked`);
    try {
      return await runDoctor({ areas, cluster, webhookUrl }, { ...deps, onProgress });
    } finally {
      world.progress(undefined);
    }
  });
  if (options.json === true)
    io.stdout(`${JSON.stringify({ checks: checks.map(toJson), summary: countChecks(checks) })}\n`);
  else io.stdout(`${[...checks.flatMap(lines), plain(`${summariseChecks(checks)}.`)].join('\n')}\n`);
  return checks.some(({ outcome }) => outcome === 'fail') ? EXIT.failed : EXIT.done;
}

function lines({ area, subject, outcome, seen, advice, commands = [] }: Check): readonly string[] {
  return [
    `${outcome.padEnd(7)}  ${area.padEnd(7)}  ${plain(`${subject}: ${seen}`)}`,
    ...(advice === undefined ? [] : [`${INDENT}do: ${plain(advice)}`]),
    ...commands.map((command) => `${INDENT}    ${plain(command)}`),
  ];
}

const INDENT = ' '.repeat(18);

function toJson({ advice, ...check }: Check): unknown {
  return { ...check, do: advice };
}

function parseAreas(only: string | undefined): readonly CheckArea[] {
  if (only === undefined) return CHECK_AREAS;
  const wanted = only.split(',').map((area) => area.trim());
  const unknown = wanted.find((area) => !CHECK_AREAS.some((one) => one === area));
  if (unknown !== undefined) {
    throw new UsageError(`doctor: --only takes ${CHECK_AREAS.join(', ')}, not ${JSON.stringify(unknown)}`);
  }
  return CHECK_AREAS.filter((area) => wanted.includes(area));
}

function parseUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw new UsageError('doctor: --webhook-url takes an address such as https://pullmedic.example.com/alerts/prod-eu');
  }
  return parsed.href;
}

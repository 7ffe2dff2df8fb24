import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { parseConfig } from '../../shared/config/load.ts';
import { ConfigError } from '../../shared/domain/errors.ts';

/** What stands on the command line of `npm run package`. */
export interface PackageOptions {
  readonly stage: string;
  /** Relative to the root, or absolute. */
  readonly out: string;
  /** As osls takes them. */
  readonly forOsls: readonly string[];
}

/** Called wrongly: one line for whoever called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_CONFIG = 'pullmedic.yaml';

/**
 * Reads the arguments, and the configuration that goes into the zips, where it is a file.
 * @throws {UsageError} naming what is wrong: an option, a parameter, a configuration that is missing or unusable
 */
export function readPackageOptions(args: readonly string[], root: string): PackageOptions {
  const { stage = 'prod', region, param = [], out = '.serverless' } = parse(args);
  // It becomes part of the names of queues and functions.
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) {
    throw new UsageError(`--stage ${stage}: expected at most 20 small letters, digits and -, a letter first`);
  }
  if (region !== undefined && !/^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(region)) {
    throw new UsageError(`--region ${region}: expected an AWS region, such as eu-west-1`);
  }
  const params = readParams(param, knownParams(root));
  checkTogether(params);
  checkConfig(params.get('config') ?? DEFAULT_CONFIG, root);
  return {
    stage,
    out,
    forOsls: [
      `--stage=${stage}`,
      ...(region === undefined ? [] : [`--region=${region}`]),
      ...[...params].map(([name, value]) => `--param=${name}=${value}`),
    ],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stage: { type: 'string' },
        region: { type: 'string' },
        param: { type: 'string', multiple: true },
        out: { type: 'string' },
      },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`${sentence}; there are --stage, --region, --param name=value and --out`);
  }
}

/** Every `${param:name, …}` of the files that make the template. */
function knownParams(root: string): ReadonlySet<string> {
  const folder = join(root, 'infra', 'aws');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  const texts = [join(root, 'serverless.yml'), ...files.map((name) => join(folder, name))].map((path) =>
    readFileSync(path, 'utf8'),
  );
  return new Set(texts.flatMap((text) => [...text.matchAll(/\$\{param:(\w+)/g)].map(([, name = '']) => name)));
}

function readParams(given: readonly string[], known: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(
    given.map((text) => {
      const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined) throw new UsageError(`--param ${text}: expected name=value`);
      if (!known.has(name)) {
        const [nearest] = [...known].sort((a, b) => distance(a, name) - distance(b, name));
        throw new UsageError(`--param ${name}: there is none of that name; the nearest is ${nearest}`);
      }
      return [name, value] as const;
    }),
  );
}

function checkTogether(params: ReadonlyMap<string, string>): void {
  const [subnets, groups] = ['subnetIds', 'securityGroupIds'].map((name) => (params.get(name) ?? '') !== '');
  if (subnets !== groups) throw new UsageError('--param subnetIds and --param securityGroupIds belong together');
  const reserved = params.get('reservedConcurrency') ?? '';
  if (!/^\d*$/.test(reserved)) {
    throw new UsageError(`--param reservedConcurrency=${reserved}: expected a whole number`);
  }
}

/** An error in it should be known before it is deployed. What SSM holds is read by the functions. */
function checkConfig(from: string, root: string): void {
  if (from.startsWith('ssm:')) {
    if (from.startsWith('ssm:/pullmedic/')) return;
    throw new UsageError(`--param config=${from}: the functions' roles read parameters below /pullmedic/ only`);
  }
  if (from !== DEFAULT_CONFIG) {
    throw new UsageError(`--param config=${from}: expected ssm:NAME, or nothing for ${DEFAULT_CONFIG} of this folder`);
  }
  const path = resolve(root, from);
  if (!existsSync(path)) {
    throw new UsageError(
      `${from} is not there: write it (docs/configuration.md), or keep the configuration in SSM and say where, ` +
        `as in --param config=ssm:/pullmedic/config`,
    );
  }
  try {
    parseConfig(readFileSync(path, 'utf8'), from);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

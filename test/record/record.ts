import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readKubeconfig } from '../../functions/cli/kubeconfig.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { CAUSES } from '../../shared/diagnosis/causes/index.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { PullmedicError } from '../../shared/domain/errors.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { type Expectations, withExpectation } from './expectations.ts';
import { type CaseFiles, failuresIn, readCaptured, readLive } from './read-source.ts';
import { recordCase, SurvivorsError } from './record-case.ts';

const USAGE = `Writes what a cluster says of a pod that cannot pull its image as a fixture, without its credentials.

  npm run record -- --from FOLDER --case CASE      a folder of captures: FOLDER/CASE/{pod.json, events.json, …}
  npm run record -- -n NAMESPACE --name CASE       a namespace of a live cluster, by KUBECONFIG; read-only

  --pod POD             the pod, where not the first one that cannot pull
  --context CONTEXT     of the kubeconfig
  --cause ID[,ID]       accepted best causes, or «none»; needed for a case that expected.json does not know
  --replace FROM=TO     a text of your own to put another in place of; may be repeated
  --to FOLDER           where fixtures are (test/fixtures/captures)`;

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      case: { type: 'string' },
      namespace: { type: 'string', short: 'n' },
      name: { type: 'string' },
      pod: { type: 'string' },
      context: { type: 'string' },
      cause: { type: 'string' },
      replace: { type: 'string', multiple: true },
      to: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const { from, namespace } = values;
  const name = values.case ?? values.name;
  if ((from === undefined) === (namespace === undefined) || name === undefined) throw new UsageError(USAGE);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new UsageError(`${name}: a case is lower case letters, digits and -`);

  const { files, runtime } =
    namespace === undefined
      ? { files: readCaptured(join(from ?? '', name)), runtime: basename(resolve(from ?? '')) }
      : await readCluster(namespace, values.pod, values.context);
  const replaced = (values.replace ?? []).map(readPair);
  const redacted = recordCase(files, replaced);

  const root = values.to ?? join(import.meta.dirname, '..', 'fixtures', 'captures');
  const causes = readCauses(values.cause, { runtime, name }, readExpected(root), redacted);
  write(root, { runtime, name }, redacted, causes);
}

function readPair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new UsageError(`--replace ${text}: FROM=TO`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** As the user says; a case that is known keeps what is said of it. */
function readCauses(
  given: string | undefined,
  { runtime, name }: { readonly runtime: string; readonly name: string },
  expected: Expectations,
  files: CaseFiles,
): readonly string[] {
  const seen = failuresIn(files).map((failure) => diagnose(failure)[0]?.causeId ?? 'unknown');
  console.log(`pullmedic says: ${seen.length === 0 ? 'nothing fails' : seen.join(', ')}`);
  const known = expected[`${runtime}/${name}`] ?? expected[name];
  if (given === undefined) {
    if (Array.isArray(known)) return known as readonly string[];
    throw new UsageError(`expected.json knows no ${name}: say --cause ID[,ID], or --cause none where nothing fails`);
  }
  const causes = given === 'none' ? [] : given.split(',');
  const ids = CAUSES.map(({ id }) => id);
  for (const cause of causes) if (!ids.includes(cause)) throw new UsageError(`${cause} is none of: ${ids.join(', ')}`);
  return causes;
}

function readExpected(root: string): Expectations {
  const file = join(root, 'expected.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Expectations) : {};
}

function write(
  root: string,
  at: { readonly runtime: string; readonly name: string },
  files: CaseFiles,
  causes: readonly string[],
): void {
  const folder = join(root, at.runtime, at.name);
  // What an earlier recording left behind is not mixed with this one.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, object] of Object.entries(files)) writeFileSync(join(folder, name), `${JSON.stringify(object)}\n`);
  const expected = withExpectation(readExpected(root), at, causes);
  writeFileSync(join(root, 'expected.json'), `${JSON.stringify(expected, undefined, 2)}\n`);
  console.log(`wrote ${folder}: ${Object.keys(files).join(', ')}; read it before you commit it`);
}

async function readCluster(namespace: string, pod: string | undefined, context: string | undefined) {
  const clock = createSystemClock();
  const given = process.env['KUBECONFIG'] ?? '';
  const paths = given === '' ? [join(homedir(), '.kube', 'config')] : given.split(delimiter);
  const kubeconfig = await readKubeconfig(paths);
  const name = context ?? 'current context';
  const clusters = createClusters({
    component: 'record',
    config: {
      load: async () => ({
        clusters: [
          { name, environment: 'non-prod', access: { kind: 'kubeconfig', kubeconfig: 'KUBECONFIG', context } },
        ],
      }),
    },
    credentials: { read: async () => new Secret(kubeconfig) },
    clock,
    log: { debug() {}, info() {}, warn: console.error, error: console.error },
    awsKeys: () => {
      throw new UsageError('an EKS kubeconfig is not supported here: use a token or a client certificate');
    },
  });
  try {
    return await readLive(await clusters.reader(name), { namespace, pod, now: clock.now() });
  } finally {
    await clusters.close();
  }
}

try {
  await main();
} catch (error) {
  const isSaid = error instanceof UsageError || error instanceof SurvivorsError || error instanceof PullmedicError;
  console.error(isSaid ? error.message : error);
  process.exitCode = isSaid && !(error instanceof SurvivorsError) ? 2 : 1;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { goodSecret, pod } from '../cases/objects.ts';
import { runProgram, startDaemon, until } from '../processes.ts';
import { namespaceOf, type Universe } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'prepull';
const SECRET = 'registry';
/** Nothing else pulls it. */
const REPOSITORY = 'private.example.com/team/prepulled';
const IMAGE = `${REPOSITORY}:v1`;
const ENDS_WITHIN_SECONDS = 180;
const CLI = join(import.meta.dirname, '..', '..', '..', 'functions', 'cli', 'bin.js');

interface Result {
  readonly end: string;
  readonly images: readonly string[];
  readonly isCleanedUp: boolean;
  readonly nodes: readonly {
    readonly node: string;
    readonly state: string;
    readonly seconds?: number;
    readonly causes?: readonly { readonly id: string; readonly confidence: string }[];
  }[];
}

/** `pullmedic prepull`, as a person runs it: the node has the image, a pod that may not pull runs, nothing is left. */
export const prepulled = story(
  NAME,
  [NAME],
  async (universe, problems, tell) => {
    const { kubectl, watch } = universe;
    const namespace = namespaceOf(NAME);
    await kubectl.run('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    await kubectl.apply(namespace, [goodSecret(SECRET)]);
    if ((await imagesOnNode(universe)).length > 0) throw new Error(`${IMAGE} is on the node already`);

    const digest = await digestOf(universe, problems);
    const refused = await prepull(universe, [`${REPOSITORY}@${digest}`, '--timeout', '90s']);
    const [cause] = refused.result.nodes[0]?.causes ?? [];
    if (refused.isDone || refused.result.end !== 'hopeless')
      problems.push(`without a password it ended as ${refused.result.end}`);
    if (cause?.id !== 'auth-missing') problems.push(`without a password its cause is ${cause?.id}`);
    tell({
      fails: { text: `without the pull secret: exit 1, ${refused.result.end}` },
      cause: { text: `${cause?.id}, ${cause?.confidence}` },
    });

    const startedAt = Date.now();
    const { isDone, result } = await prepull(universe, [IMAGE, '--pull-secret', SECRET]);
    if (!isDone || !result.isCleanedUp) problems.push(`it ended as ${JSON.stringify(result)}`);
    const onNode = await imagesOnNode(universe);
    if (onNode.length === 0) problems.push('containerd does not have the image');
    const left = await kubectl.json<{ readonly items: readonly unknown[] }>('get', 'daemonsets,pods', '-n', namespace);
    if (left.items.length > 0) problems.push(`${left.items.length} objects are left`);
    tell({
      message: {
        text: `${result.nodes.length} node has ${result.images[0]?.slice(0, 60)}…, DaemonSet gone`,
        seconds: (Date.now() - startedAt) / 1_000,
      },
    });

    const image = result.images[0] ?? '';
    await kubectl.run('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce-');
    await kubectl.apply(namespace, [pod(image, { policy: 'Never', secrets: [SECRET] })]);
    await until('a pod that may not pull runs', 30, () => watch.see(namespace).runningSince);
    tell({ recovered: { text: 'a pod with imagePullPolicy Never runs' } });
  },
  (universe) =>
    needsRegistries(universe) ??
    (universe.options.helperImage === undefined ? "needs a static busybox (Debian's busybox-static)" : undefined),
);

/** Asked as `--print` asks: by the registry port, with the pull secret. */
async function digestOf(universe: Universe, problems: string[]): Promise<string> {
  const { output } = await run(universe, [IMAGE, '--pull-secret', SECRET, '--print', '--json']);
  const digest = /prepulled:v1@(sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (digest === undefined) problems.push(`--print names no digest: ${output.slice(0, 300)}`);
  return digest ?? '';
}

async function prepull(universe: Universe, args: readonly string[]) {
  const { isDone, output } = await run(universe, [...args, '--json']);
  return { isDone, result: JSON.parse(output) as Result };
}

async function run({ product, options, kubectl, closing }: Universe, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-prepull-'));
  const config = join(folder, 'pullmedic.yaml');
  writeFileSync(config, product.configText, { mode: 0o600 });
  const helper = ['--helper-image', options.helperImage ?? '', '-n', namespaceOf(NAME)];
  const command = ['--disable-warning=ExperimentalWarning', CLI, 'prepull', ...helper, ...args];
  const env = { ...process.env, PULLMEDIC_CONFIG: config, KUBECONFIG: kubectl.kubeconfig };
  try {
    const cli = await startDaemon('prepull', process.execPath, command, { logs: folder, env });
    closing.push(() => cli.stop());
    await until('prepull ends', ENDS_WITHIN_SECONDS, () => !cli.isAlive());
    // What it tells on the way is on standard error.
    const output =
      cli
        .log()
        .split('\n')
        .find((line) => line.startsWith('{')) ?? '';
    if (output === '') throw new Error(`prepull printed no JSON: ${cli.tail()}`);
    return { isDone: /"end":"done"/.test(output), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What containerd itself says, not the kubelet. */
async function imagesOnNode({ options }: Universe): Promise<readonly string[]> {
  const socket = join(dirname(options.registryCa ?? ''), 'containerd', 'containerd.sock');
  const names = await runProgram('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'list', '--quiet']);
  return names.split('\n').filter((name) => name.startsWith(`${REPOSITORY}@`));
}

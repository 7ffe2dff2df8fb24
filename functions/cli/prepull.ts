import { randomInt } from 'node:crypto';
import { stringify } from 'yaml';
import { type ImageReference, parseImageReference } from '../../shared/domain/image-reference.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { DEFAULT_HELPER_IMAGE, prepullDaemonSet } from '../../shared/domain/prepull/daemon-set.ts';
import { shellCommand } from '../../shared/domain/shell.ts';
import { type PullSecrets, resolveImages } from '../../shared/flows/prepull/resolve-images.ts';
import { cleanUp, create, RollOutError, waitForNodes } from '../../shared/flows/prepull/roll-out.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';
import type { DaemonSets } from '../../shared/ports/daemon-sets.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';
import { createPrepullDiary } from './prepull-diary.ts';
import { plain } from './text-layout.ts';

export interface PrepullOptions {
  readonly images: readonly string[];
  readonly namespace: string;
  /** Of the kubeconfig; `undefined` = its current one. */
  readonly context: string | undefined;
  /** Empty = those of the service account `default`. */
  readonly pullSecretNames: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly keep: boolean;
  readonly keepTags: boolean;
  readonly print: boolean;
  readonly json: boolean;
  readonly helperImage: string | undefined;
  readonly priorityClassName: string | undefined;
}

/** One cluster, as the person at the terminal. */
export interface PrepullCluster {
  readonly reader: ClusterReader;
  readonly daemonSets: DaemonSets;
}

/** A way to clusters, and to the person's Ctrl-C. */
export interface PrepullAccess {
  /** Opens the cluster of a kubeconfig context (`undefined` = the current one), uses it and closes it again. */
  withCluster<T>(context: string | undefined, use: (cluster: PrepullCluster) => Promise<T>): Promise<T>;
  /** Aborted by Ctrl-C and SIGTERM; a second one ends the process at once. */
  interrupted(): AbortSignal;
  /** Tests shorten it. */
  readonly lookEveryMs?: number | undefined;
}

export interface PrepullWorld extends PrepullAccess {
  readonly clock: Clock;
  openRegistry(): Promise<Registry | undefined>;
}

/** `pullmedic prepull`: puts images on every node before anything needs them. */
export async function prepull(options: PrepullOptions, world: PrepullWorld, io: CliIo): Promise<number> {
  const images = [...options.images, options.helperImage ?? DEFAULT_HELPER_IMAGE].map(parseImage);
  const registry = await world.openRegistry();
  if (registry === undefined && !options.keepTags && images.some(({ digest }) => digest === undefined)) {
    throw new UsageError(
      'prepull: the configuration says askRegistries: false, so no tag becomes a digest; give digests, or --keep-tags',
    );
  }
  const work = { options, world, io, images, registry };
  // A manifest of digests needs nobody.
  if (options.print && (options.keepTags || images.every(({ digest }) => digest !== undefined))) {
    return printManifest(work, asWritten(images));
  }
  return world.withCluster(options.context, async (cluster) => {
    try {
      return await prepullIn(cluster, work);
    } catch (error) {
      if (!(error instanceof RollOutError)) throw error;
      io.stderr(`pullmedic: ${plain(error.message)}\n`);
      if (error.command !== undefined) io.stderr(`  this grants it: ${error.command}\n`);
      return EXIT.failed;
    }
  });
}

interface Work {
  readonly options: PrepullOptions;
  readonly world: PrepullWorld;
  readonly io: CliIo;
  /** The last one is the helper. */
  readonly images: readonly ImageReference[];
  readonly registry: Registry | undefined;
}

async function prepullIn(cluster: PrepullCluster, work: Work): Promise<number> {
  const { options, world, io } = work;
  const say = options.json ? io.stderr : io.stdout;
  const signal = world.interrupted();
  const references = await findReferences(cluster, work, signal);
  if (references === undefined) return EXIT.failed;
  if (options.print) return printManifest(work, references);

  const manifest = manifestOf(work, references);
  const { namespace, name } = manifest.metadata;
  const deps = { ...cluster, lookEveryMs: world.lookEveryMs };
  const diary = createPrepullDiary(work, { cluster: cluster.reader, references, say });
  const command = shellCommand`kubectl --namespace ${namespace} delete daemonset ${name}`;
  let left: string | undefined;
  try {
    await create(manifest, deps);
    say(`created  daemonset ${namespace}/${name}; if this process is killed: ${command}\n`);
    const end = await waitForNodes(manifest, references.images.length, { ...options, signal }, deps, diary);
    await diary.end(end);
  } finally {
    if (!options.keep) left = await cleanUp(manifest, deps);
  }
  const kept = options.keep ? `kept: ${command}` : left === undefined ? 'deleted' : `NOT deleted, ${left}: ${command}`;
  return diary.finish({ namespace, name, kept, isCleanedUp: !options.keep && left === undefined, left });
}

/** What is rolled out, each as a reference. */
export interface References {
  readonly images: readonly string[];
  readonly helper: string;
}

function asWritten(images: readonly ImageReference[]): References {
  const all = images.map(({ raw }) => raw);
  return { images: [...new Set(all.slice(0, -1))], helper: all.at(-1) ?? DEFAULT_HELPER_IMAGE };
}

/** @returns `undefined` where an image cannot be found: it has been said, and nothing was created */
async function findReferences(
  { reader }: PrepullCluster,
  { options, io, images, registry }: Work,
  signal: AbortSignal,
): Promise<References | undefined> {
  if (options.keepTags || registry === undefined) return asWritten(images);
  const resolved = await resolveImages(images, await readPullSecrets(reader, options, io), registry, signal);
  const failed = resolved.filter((one) => 'why' in one);
  for (const { asked, why } of failed) io.stderr(`pullmedic: ${plain(asked)}: ${plain(why)}\n`);
  if (failed.length > 0) {
    io.stderr(
      'pullmedic: nothing was created. Give IMAGE@sha256:…, name the registry under "registries:" of PULLMEDIC_CONFIG, or --keep-tags\n',
    );
    return undefined;
  }
  const found = resolved.flatMap((one) => ('reference' in one ? one.reference : []));
  return { images: [...new Set(found.slice(0, -1))], helper: found.at(-1) ?? DEFAULT_HELPER_IMAGE };
}

/** @throws {UsageError} for a secret that is named and not there: its pods would wait for it in vain */
async function readPullSecrets(
  reader: ClusterReader,
  { namespace, pullSecretNames }: PrepullOptions,
  io: CliIo,
): Promise<PullSecrets> {
  const names = pullSecretNames.length > 0 ? pullSecretNames : await defaultNames(reader, namespace);
  const secrets: KubeSecret[] = [];
  for (const name of names) {
    const read = await reader.getSecret(namespace, name);
    if (!read.ok)
      io.stderr(`pullmedic: ${plain(`${read.gap.what}: ${read.gap.why}`)}; its registry is asked without it\n`);
    else if (read.value !== 'missing') secrets.push(read.value);
    else if (pullSecretNames.includes(name)) throw new UsageError(`prepull: there is no secret ${namespace}/${name}`);
  }
  return { namespace, names, secrets };
}

async function defaultNames(reader: ClusterReader, namespace: string): Promise<readonly string[]> {
  const read = await reader.listServiceAccounts(namespace);
  if (!read.ok) return [];
  const account = read.value.find(({ metadata }) => metadata?.name === 'default');
  return (account?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
}

function manifestOf({ options }: Work, { images, helper }: References) {
  const { namespace, pullSecretNames, nodeSelector, priorityClassName, keepTags } = options;
  return prepullDaemonSet({
    ...{ namespace, pullSecretNames, nodeSelector, priorityClassName, images },
    name: `pullmedic-prepull-${randomName()}`,
    isByTag: keepTags,
    helperImage: helper,
    serviceAccountName: 'default',
  });
}

/** As Kubernetes makes them: no vowels, nothing that looks like something else. */
function randomName(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
}

function printManifest(work: Work, references: References): number {
  const manifest = manifestOf(work, references);
  work.io.stdout(
    work.options.json ? `${JSON.stringify(manifest)}\n` : stringify(manifest, { aliasDuplicateObjects: false }),
  );
  return EXIT.done;
}

function parseImage(text: string): ImageReference {
  const image = parseImageReference(text);
  if (image === undefined) throw new UsageError(`prepull: ${plain(text)} is no image reference`);
  return image;
}

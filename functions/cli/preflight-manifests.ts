import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import type { Gap } from '../../shared/domain/pull-failure.ts';
import {
  type PreflightNode,
  readNode,
  readPod,
  readServiceAccount,
  readWorkload,
} from '../../shared/preflight/objects.ts';
import type { PreflightSnapshot } from '../../shared/preflight/snapshot.ts';
import { type CliIo, UsageError } from './io.ts';
import { readObjects, type Source } from './read-objects.ts';
import { readSources } from './read-sources.ts';

/** What manifests hold that a preflight judges. */
export interface Manifests
  extends Pick<PreflightSnapshot, 'workloads' | 'pods' | 'serviceAccounts' | 'secrets' | 'gaps'> {
  readonly nodes: readonly PreflightNode[];
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];
const KUSTOMIZATION = /^kustomization\.ya?ml$/i;

/**
 * Reads files, folders (with what is below them) and standard input. A file of a folder that is no Kubernetes object is
 * a gap, one that is named by itself an error.
 * @param namespace of objects that name none
 * @throws {UsageError} for what cannot be read, and where nothing of it names an image
 */
export async function readManifests(paths: readonly string[], namespace: string, io: CliIo): Promise<Manifests> {
  const gaps: Gap[] = [];
  const found: ReturnType<typeof toObjects>[] = [];
  for (const path of new Set(paths)) {
    const files = path === '-' ? undefined : await filesBelow(path);
    for (const file of files ?? [path]) {
      if (files !== undefined && KUSTOMIZATION.test(basename(file))) {
        gaps.push({ what: `${file} was not applied`, why: 'render it first: kubectl kustomize, then preflight -f -' });
        continue;
      }
      try {
        const sources = await readSources([file], io);
        found.push(toObjects(sources, namespace));
      } catch (error) {
        if (!(error instanceof UsageError) || files === undefined) throw error;
        gaps.push({ what: `${file} was not checked`, why: error.message.replace(`${file}: `, '') });
      }
    }
  }
  const workloads = found.flatMap((one) => one.workloads);
  const pods = found.flatMap((one) => one.pods);
  if (workloads.length + pods.length === 0) {
    const first = gaps[0] === undefined ? '' : ` (${gaps[0].what}: ${gaps[0].why})`;
    throw new UsageError(`${paths.join(', ')}: holds no workload${first}`);
  }
  return {
    workloads,
    pods,
    serviceAccounts: found.flatMap((one) => one.serviceAccounts),
    secrets: found.flatMap((one) => one.secrets),
    nodes: found.flatMap((one) => one.nodes),
    gaps,
  };
}

function toObjects(sources: readonly Source[], namespace: string) {
  const read = readObjects(sources, { at: 0, clock: 0 });
  const isDefined = <T>(one: T | undefined): one is T => one !== undefined;
  return {
    workloads: read.workloads.map((raw) => readWorkload(raw, namespace)).filter(isDefined),
    pods: read.pods.map((raw) => readPod(raw, namespace)).filter(isDefined),
    serviceAccounts: read.serviceAccounts.map((raw) => readServiceAccount(raw, namespace)).filter(isDefined),
    nodes: read.nodes.map((raw) => readNode(raw)).filter(isDefined),
    secrets: read.secrets.map((secret) => asStored(secret, namespace)),
  };
}

/** As the API server would keep it: `stringData` goes into `data`. */
function asStored(secret: KubeSecret, namespace: string): KubeSecret {
  const { stringData } = secret as { readonly stringData?: unknown };
  const plain = typeof stringData === 'object' && stringData !== null ? Object.entries(stringData) : [];
  const added = plain.map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')] as const);
  return {
    ...secret,
    metadata: { ...secret.metadata, namespace: secret.metadata?.namespace ?? namespace },
    ...(added.length === 0 ? {} : { data: { ...secret.data, ...Object.fromEntries(added) } }),
  };
}

/** @returns `undefined` for what is no folder: reading it says what it is */
async function filesBelow(path: string): Promise<readonly string[] | undefined> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return undefined;
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && EXTENSIONS.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(?:^|\/)(?:\.[^/]+|node_modules)\//.test(file.slice(path.length)))
    .sort();
  if (files.length === 0) throw new UsageError(`${path}: holds no .yaml, .yml or .json file`);
  return files;
}

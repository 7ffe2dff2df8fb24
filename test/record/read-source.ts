import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import type { KubeObject, Pod } from '../../shared/domain/kubernetes.ts';
import { gather, podsOnly } from '../../shared/flows/gather.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';
import type { Json } from './redact-objects.ts';

/** Objects of one case by file name, as they were. */
export type CaseFiles = Readonly<Record<string, Json>>;

/** What a folder of captures holds of a case that a test reads: states of the pod, its events, its owners and secrets. */
const FILE = /^(?:pod(?:\.\w+)?|events|owners|secrets|serviceaccounts|nodes)\.json$/;

/** @throws where the folder has no `pod.json` */
export function readCaptured(folder: string): CaseFiles {
  const names = readdirSync(folder).filter((name) => FILE.test(name));
  if (!names.includes('pod.json')) throw new Error(`${folder}: no pod.json`);
  return Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json]));
}

/**
 * Reads a namespace as a look does.
 * @param pod its name; else the first one that cannot pull
 * @returns the files, and the runtime of the pod's node: `containerd-2.4.2`
 */
export async function readLive(
  reader: ClusterReader,
  at: { readonly namespace: string; readonly pod: string | undefined; readonly now: number },
): Promise<{ readonly files: CaseFiles; readonly runtime: string }> {
  const { namespace, now } = at;
  const all = await gather(reader, { cluster: 'recorded', namespace, observedAt: now, watchedKinds: [] });
  const name = at.pod ?? findPullFailures(all)[0]?.pod?.name;
  if (name === undefined) throw new Error(`no pod in ${namespace} fails to pull; name one with --pod`);
  const pod = all.pods.find(({ metadata }) => metadata?.name === name);
  if (pod === undefined) throw new Error(`no pod ${name} in ${namespace}`);

  const owners = ownersOf(pod, all.workloads);
  const subjects = new Set([name, ...owners.map(({ metadata }) => metadata?.name)]);
  const events = all.events.filter(({ involvedObject }) => subjects.has(involvedObject?.name));
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    'owners.json': owners,
    'secrets.json': all.secrets,
    'serviceaccounts.json': all.serviceAccounts.filter(
      ({ metadata }) => metadata?.name === (pod.spec?.serviceAccountName ?? 'default'),
    ),
  };
  const files = Object.fromEntries([
    ['pod.json', pod as unknown as Json],
    ['events.json', listOf(events)],
    ...Object.entries(lists).flatMap(([file, items]) => (items.length === 0 ? [] : [[file, listOf(items)] as const])),
  ]) as CaseFiles;
  return { files, runtime: await runtimeOf(pod, reader) };
}

/** `containerd://2.4.2` ─▶ `containerd-2.4.2` */
async function runtimeOf({ spec }: Pod, reader: ClusterReader): Promise<string> {
  const read = spec?.nodeName === undefined ? undefined : await reader.getNode(spec.nodeName);
  const node = read?.ok === true && read.value !== 'missing' ? read.value : undefined;
  return node?.status?.nodeInfo?.containerRuntimeVersion?.replace('://', '-') ?? 'unknown-runtime';
}

function ownersOf(object: KubeObject, workloads: readonly KubeObject[]): readonly KubeObject[] {
  const [reference] = object.metadata?.ownerReferences ?? [];
  const owner = workloads.find(({ kind, metadata }) => kind === reference?.kind && metadata?.name === reference?.name);
  return owner === undefined ? [] : [owner, ...ownersOf(owner, workloads)];
}

function listOf(items: readonly unknown[]): Json {
  return { apiVersion: 'v1', items: items as readonly Json[], kind: 'List' };
}

/** Best causes of a case as pullmedic sees it now. */
export function failuresIn(files: CaseFiles) {
  const items = (name: string) => ((files[name] as { readonly items?: unknown } | undefined)?.items ?? []) as never[];
  const pods = [files['pod.json'] as unknown as Pod];
  const events: readonly { readonly lastTimestamp?: string | null }[] = items('events.json');
  const times = events
    .map(({ lastTimestamp }) => Date.parse(lastTimestamp ?? ''))
    .filter((time) => !Number.isNaN(time));
  return findPullFailures({
    ...podsOnly('recorded', pods, Math.max(0, ...times)),
    events: items('events.json'),
    workloads: items('owners.json'),
    secrets: items('secrets.json'),
    serviceAccounts: items('serviceaccounts.json'),
  });
}

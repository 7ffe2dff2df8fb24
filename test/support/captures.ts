import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeEvent, KubeSecret, Pod, Workload } from '../../shared/domain/kubernetes.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';

/** Objects recorded from real kubelets: `<runtime>/<case>/{pod.json, pod.<Reason>.json, events.json, owners.json}`. */
export const CAPTURES = join(import.meta.dirname, '..', 'fixtures', 'captures');

/** One recorded state of one case. */
export interface Capture {
  readonly runtime: string;
  readonly name: string;
  /** `pod.json` (the last state) or `pod.<Reason>.json`. */
  readonly podFile: string;
  readonly folder: string;
  /** Accepted best causes; empty = nothing fails. */
  readonly expected: readonly string[];
}

/** Every state of every case, with what is accepted for it (`runtime/case` overrides `case`). */
export function listCaptures(): readonly Capture[] {
  const expected = readJson(join(CAPTURES, 'expected.json')) as Readonly<Record<string, readonly string[]>>;
  return folders(CAPTURES).flatMap((runtime) =>
    folders(join(CAPTURES, runtime)).flatMap((name) => {
      const folder = join(CAPTURES, runtime, name);
      const accepted = expected[`${runtime}/${name}`] ?? expected[name];
      if (accepted === undefined) throw new Error(`expected.json says nothing of ${name}`);
      return readdirSync(folder)
        .filter((file) => /^pod(\.\w+)?\.json$/.test(file))
        .map((podFile) => ({ runtime, name, podFile, folder, expected: accepted }));
    }),
  );
}

export function readPod({ folder, podFile }: Capture): Pod {
  return readJson(join(folder, podFile)) as Pod;
}

export function readEvents({ folder }: Capture): readonly KubeEvent[] {
  return (readJson(join(folder, 'events.json')) as { readonly items: readonly KubeEvent[] }).items;
}

/** Empty where the case has no workload. */
export function readOwners({ folder }: Capture): readonly Workload[] {
  const file = join(folder, 'owners.json');
  return existsSync(file) ? (readJson(file) as { readonly items: readonly Workload[] }).items : [];
}

/** Faked by `npm run record`: hosts and expiries are true. Empty where the case has none. */
export function readSecrets({ folder }: Capture): readonly KubeSecret[] {
  const file = join(folder, 'secrets.json');
  return existsSync(file) ? (readJson(file) as { readonly items: readonly KubeSecret[] }).items : [];
}

/** A snapshot that holds only what is given; "now" is the last event's time unless given. */
export function snapshotOf(
  parts: Partial<ClusterSnapshot> & Pick<ClusterSnapshot, 'pods' | 'events'>,
): ClusterSnapshot {
  const times = parts.events.map(({ lastTimestamp, eventTime }) => Date.parse(lastTimestamp ?? eventTime ?? ''));
  return {
    cluster: undefined,
    secrets: [],
    secretsNotRead: {},
    serviceAccounts: [],
    nodes: [],
    workloads: [],
    namespaces: [],
    gaps: [],
    observedAt: Math.max(0, ...times.filter((time) => !Number.isNaN(time))),
    ...parts,
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function folders(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

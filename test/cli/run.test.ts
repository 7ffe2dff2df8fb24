import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readKubeconfig } from '../../functions/cli/kubeconfig.ts';
import { run } from '../../functions/cli/run.ts';
import { ClusterError } from '../../shared/domain/errors.ts';
import type { KubeEvent, Pod, Workload } from '../../shared/domain/kubernetes.ts';
import type { ClusterReader, Read } from '../../shared/ports/cluster.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { listCaptures, readEvents, readOwners, readPod } from '../support/captures.ts';
import { recordIo } from '../support/record-io.ts';

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly contexts: readonly (string | undefined)[];
  /** How often the way to registries was opened. */
  readonly opened: number;
}

const NOW = Date.parse('2026-11-22T11:20:00Z');

async function pullmedic(
  args: readonly string[],
  options: { input?: string; reader?: ClusterReader; registry?: Registry } = {},
): Promise<Ended> {
  const { io, output } = recordIo(options.input);
  let opened = 0;
  const contexts: (string | undefined)[] = [];
  const status = await run(args, io, {
    clock: { now: () => NOW },
    about: { version: '1.2.3', issues: undefined },
    doctor: { open: () => Promise.reject(new Error('not expected')), progress() {} },
    preflight: { withInventory: () => Promise.reject(new Error('no cluster was expected')), progress() {} },
    prepull: {
      withCluster: () => Promise.reject(new Error('no cluster was expected')),
      interrupted: () => new AbortController().signal,
    },
    remedyRecords: { open: () => Promise.reject(new Error('not expected')) },
    readKubeconfig: () => Promise.reject(new Error('not expected')),
    async withCluster(context, use) {
      contexts.push(context);
      if (options.reader === undefined) throw new Error('no cluster was expected');
      return use(options.reader);
    },
    async openRegistry() {
      opened += 1;
      return options.registry;
    },
    withSecrets: () => Promise.reject(new Error('no cluster was expected')),
    refresh: { open: () => Promise.reject(new Error('no refresh was expected')) },
    serve: {
      log: { debug() {}, info() {}, warn() {}, error() {} },
      start: () => Promise.reject(new Error('no server was expected')),
      untilSignal: () => Promise.reject(new Error('no server was expected')),
    },
  });
  return { status, ...output(), contexts, opened };
}

describe('wrong usage and unreadable input', () => {
  it.each([
    { what: 'no command', args: [], says: /explain/ },
    { what: 'an unknown command', args: ['diagnoze'], says: /unknown command 'diagnoze'/ },
    { what: 'an unknown option', args: ['diagnose', '--fast'], says: /unknown option '--fast'/ },
    { what: 'nothing to diagnose', args: ['diagnose'], says: /-f FILE/ },
    { what: 'a pod without a namespace', args: ['diagnose', 'web-1'], says: /NAMESPACE\/POD/ },
    { what: 'a pod with too many parts', args: ['diagnose', 'a/b/c'], says: /NAMESPACE\/POD/ },
    { what: 'two namespaces', args: ['diagnose', 'shop/web-1', '-n', 'other'], says: /NAMESPACE\/POD/ },
    { what: 'a namespace and all', args: ['diagnose', '-A', '-n', 'shop'], says: /give NAMESPACE\/POD/ },
    { what: 'files and a cluster', args: ['diagnose', '-n', 'shop', '-f', '-'], says: /recorded objects only/ },
    {
      what: '--at for a cluster',
      args: ['diagnose', '-n', 'shop', '--at', '2026-11-22T09:16:00Z'],
      says: /--at needs/,
    },
    { what: 'a bad time', args: ['diagnose', '-f', '-', '--at', 'noon'], says: /--at.*2026/ },
    { what: 'a missing file', args: ['diagnose', '-f', 'no-such.json'], says: /no-such\.json: no such file/ },
    { what: 'a folder', args: ['diagnose', '-f', 'test'], says: /test: is a directory/ },
    { what: 'an empty input', args: ['diagnose', '-f', '-'], says: /standard input: is empty/ },
    {
      what: 'YAML that is no Kubernetes object',
      args: ['diagnose', '-f', '-'],
      input: 'apiVersion: v1\nkind: Pod\n',
      says: /standard input: holds no Kubernetes object/,
    },
    { what: 'half a file', args: ['diagnose', '-f', '-'], input: '{"kind":"Pod","meta', says: /does not end/ },
    { what: 'other JSON', args: ['diagnose', '-f', '-'], input: '[1, {"a": 2}]', says: /no Kubernetes object/ },
    { what: 'broken YAML', args: ['diagnose', '-f', '-'], input: 'kind: Pod\n  a: [', says: /is not YAML at line \d/ },
    { what: 'a picture', args: ['diagnose', '-f', '-'], input: '\u0089PNG\0\0', says: /is binary/ },
    { what: 'no scope of secrets', args: ['secrets'], says: /give -n NAMESPACE or -A/ },
    { what: 'a selector that is none', args: ['refresh', '-l', 'a=('], says: /--selector takes labels/ },
    { what: 'nothing to explain', args: ['explain'], says: /error text/ },
    { what: 'a picture to explain', args: ['explain'], input: '\u0089PNG\0\0', says: /is binary/ },
    { what: 'a film to explain', args: ['explain'], input: 'x'.repeat(17 * 1024 * 1024), says: /larger than 16 MiB/ },
    { what: 'a report of many', args: ['explain', '--report', '--jsonl'], says: /leave out --jsonl/ },
  ])('answers $what with status 2 and one clear line', async ({ args, input = '', says }) => {
    const { status, stdout, stderr } = await pullmedic(args, { input });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([['--help'], ['diagnose', '--help'], ['explain', '--help']])(
    'shows help within 80 columns for %s %s',
    async (...args) => {
      const { status, stdout } = await pullmedic(args);
      expect(status).toBe(0);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
      if (args.length === 2) expect(stdout).toContain('Example:\n');
    },
  );
});

function captured(name: string): { pod: Pod; events: readonly KubeEvent[]; workloads: readonly Workload[] } {
  const capture = listCaptures().find(
    (one) => one.runtime === 'containerd-2.4.2' && one.name === name && one.podFile === 'pod.json',
  );
  if (capture === undefined) throw new Error(`no capture ${name}`);
  return { pod: readPod(capture), events: readEvents(capture), workloads: readOwners(capture) };
}

/** A cluster of recorded cases, each in its namespace; `denied` namespaces answer 403. */
function clusterOf(
  cases: readonly string[],
  denied: readonly string[] = [],
): ClusterReader & { readonly calls: string[] } {
  const known = cases.map((name) => ({ namespace: name, ...captured(name) }));
  const calls: string[] = [];
  const ok = <T>(value: T): Read<T> => ({ ok: true, value });
  const inNamespace = (namespace: string | undefined) =>
    known.filter((one) => namespace === undefined || one.namespace === namespace);
  return {
    calls,
    async listPods({ namespace }) {
      calls.push(`pods ${namespace ?? '*'}`);
      if (namespace !== undefined && denied.includes(namespace))
        return { ok: false, gap: { what: 'pods', why: '403' } };
      return ok(inNamespace(namespace).map(({ pod }) => pod));
    },
    listEvents: async (namespace) => {
      calls.push(`events ${namespace}`);
      return ok(inNamespace(namespace).flatMap(({ events }) => events));
    },
    listServiceAccounts: async () => ok([]),
    listWorkloads: async (namespace, kind) =>
      ok(inNamespace(namespace).flatMap(({ workloads }) => workloads.filter((workload) => workload.kind === kind))),
    getSecret: async () => ok('missing'),
    getNode: async () => ok('missing'),
    getNamespace: async () => ok('missing'),
  };
}

interface FailureJson {
  readonly namespace: string;
  readonly pod: string;
  readonly causes: readonly { readonly id: string }[];
}

function failuresOf(stdout: string): readonly FailureJson[] {
  return (JSON.parse(stdout) as { readonly failures: readonly FailureJson[] }).failures;
}

describe('diagnose of a cluster', () => {
  it('looks at one namespace, with the rollout of its workload', async () => {
    const reader = clusterOf(['deployment', 'x509-expired']);
    const { status, stdout, contexts } = await pullmedic(['diagnose', '-n', 'deployment', '--context', 'prod-eu'], {
      reader,
    });
    expect(status).toBe(0);
    expect(contexts).toEqual(['prod-eu']);
    expect(stdout).toContain('deployment/web: tag v999 does not exist');
    expect(stdout.replace(/\s+/g, ' ')).toContain('0 of 1 pods of the Deployment available');
    expect(stdout).not.toContain('x509');
  });

  it.each([{ args: ['two-bad-containers/app'] }, { args: ['app', '-n', 'two-bad-containers'] }])(
    'looks at one pod: $args',
    async ({ args }) => {
      const { stdout } = await pullmedic(['diagnose', ...args, '--json'], {
        reader: clusterOf(['two-bad-containers']),
      });
      expect(failuresOf(stdout).map(({ causes }) => causes[0]?.id)).toEqual(['tag-not-found', 'dns-failure']);
    },
  );

  it('asks the registry of each image that an answer can tell something about', async () => {
    const asked: string[] = [];
    const registry: Registry = {
      async ask({ image, credentials }) {
        asked.push(`${image.registry}/${image.repository}:${image.tag} ${credentials.length}`);
        return { answer: undefined, gaps: [{ what: `registry ${image.registry} was not asked`, why: 'it is a test' }] };
      },
    };
    const reader = clusterOf(['two-bad-containers']);
    const { stdout } = await pullmedic(['diagnose', '-n', 'two-bad-containers'], { reader, registry });
    // Of two failing containers, the other one's host is not known to DNS.
    expect(asked).toHaveLength(1);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/registry \S+ was not asked.{0,5} it is a test/);
  });

  it.each([
    { args: ['diagnose', '-n', 'deployment', '--no-registry'], opened: 0 },
    { args: ['diagnose', '-n', 'deployment'], opened: 1 },
  ])('opens the way to registries as $args says', async ({ args, opened }) => {
    expect((await pullmedic(args, { reader: clusterOf(['deployment']) })).opened).toBe(opened);
  });

  it('asks no registry about recorded objects', async () => {
    const input = JSON.stringify({ kind: 'List', items: [captured('deployment').pod] });
    const { status, opened } = await pullmedic(['diagnose', '-f', '-'], { input });
    expect({ status, opened }).toEqual({ status: 0, opened: 0 });
  });

  it('says that a pod does not exist, with status 1', async () => {
    const { status, stderr } = await pullmedic(['diagnose', 'deployment/web'], { reader: clusterOf(['deployment']) });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'pullmedic: there is no pod deployment/web\n' });
  });

  it('looks at all namespaces, and reads more only where something waits', async () => {
    const reader = clusterOf(['healthy', 'deployment', 'forbidden-403']);
    const { stdout } = await pullmedic(['diagnose', '-A', '--json'], { reader });
    expect(failuresOf(stdout).map(({ namespace, causes }) => [namespace, causes[0]?.id])).toEqual([
      ['deployment', 'tag-not-found'],
      ['forbidden-403', 'auth-forbidden'],
    ]);
    expect(reader.calls).not.toContain('events healthy');
  });

  it('states as a gap a namespace that it may not read, and still tells the others', async () => {
    const reader = clusterOf(['deployment', 'forbidden-403'], ['forbidden-403']);
    const { status, stdout } = await pullmedic(['diagnose', '-A', '--json'], { reader });
    expect(status).toBe(0);
    // The pod's own status, seen in the list of all pods, still tells what it can.
    expect(
      failuresOf(stdout)
        .map(({ namespace }) => namespace)
        .sort(),
    ).toEqual(['deployment', 'forbidden-403']);
    expect(JSON.parse(stdout)).toMatchObject({ gaps: [{ what: 'namespace forbidden-403 could not be read' }] });
  });

  it('fails with status 1 and one line when the cluster does not answer', async () => {
    const reader = clusterOf(['deployment']);
    reader.listPods = async () => {
      throw new ClusterError('list', 'pods', undefined);
    };
    const { status, stdout, stderr } = await pullmedic(['diagnose', '-n', 'deployment'], { reader });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'pullmedic: list pods: no response\n',
    });
  });
});

describe('the kubeconfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-kubeconfig-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('is merged from several files as kubectl does, with the files that it names put in', async () => {
    write('ca.pem', 'CERT');
    const first = write(
      'a.yaml',
      'current-context: a\nclusters: [{name: c, cluster: {server: "https://a", certificate-authority: ca.pem}}]\n',
    );
    const second = write(
      'b.yaml',
      'current-context: b\nclusters: [{name: c, cluster: {server: "https://b"}}]\nusers: [{name: u, user: {token: t}}]\n',
    );
    const text = await readKubeconfig([first, join(folder, 'missing.yaml'), second]);
    expect(text).toContain('current-context: a');
    expect(text).toContain('https://a');
    expect(text).not.toContain('https://b');
    expect(text).toContain(`certificate-authority-data: ${Buffer.from('CERT').toString('base64')}`);
    expect(text).toContain('token: t');
  });

  it.each([
    { what: 'is missing', path: () => join(folder, 'none.yaml'), says: /no kubeconfig at .*none\.yaml/ },
    {
      what: 'is no YAML object',
      path: () => write('c.yaml', 'token: [hunter2'),
      says: /c\.yaml: is not a kubeconfig$/,
    },
    { what: 'is a folder', path: () => folder, says: /cannot be read \(EISDIR\)/ },
  ])('that $what is refused in one line without its content', async ({ path, says }) => {
    await expect(readKubeconfig([path()])).rejects.toThrow(says);
    await expect(readKubeconfig([path()])).rejects.toThrow(/^(?!.*hunter2)/);
  });
});

import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CliDependencies } from '../../functions/cli/dependencies.ts';
import { run } from '../../functions/cli/run.ts';
import type { PodObject } from '../../infra/local/kubernetes/objects.ts';
import { DAEMON_SETS, PODS } from '../../infra/local/kubernetes/resources.ts';
import { registryDispatcher } from '../../infra/local/registry/dispatcher.ts';
import { createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { createDaemonSets } from '../../shared/adapters/kubernetes/daemon-sets.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { type Embedded, eventually, startEmbedded } from '../local/embedded.ts';
import { until } from '../support/until.ts';

const TIME_SCALE = 50;
const HELPER = 'registry.example.com/tools/busybox:musl';
const CONFIG = parseConfig(
  `
clusters: [{ name: c, access: { kind: kubeconfig, kubeconfig: env:KUBE } }]
slack: { channel: c }
registries: [{ host: "*.example.com", allowPrivate: true }]
`,
  'test',
);
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The command line against the embedded cluster: its DaemonSet controller and its kubelets do the rest. */
describe('pullmedic prepull', () => {
  let embedded: Embedded;
  let interruption: AbortController;
  let dispatcher: ReturnType<typeof registryDispatcher>;
  let [stdout, stderr] = ['', ''];

  beforeEach(async () => {
    embedded = await startEmbedded(TIME_SCALE);
    interruption = new AbortController();
    dispatcher = registryDispatcher(embedded.registry);
    [stdout, stderr] = ['', ''];
    const platforms = ['linux/amd64', 'linux/arm64'];
    for (const image of [HELPER, 'registry.example.com/shop/web:v7', 'private.example.com/shop/api:v3']) {
      embedded.registry.addImage(image, { platforms });
    }
    embedded.cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      pullSecret('api-registry', 's3cret'),
      pullSecret('wrong', 'guessed'),
    ]);
  });
  afterEach(async () => {
    await dispatcher.destroy();
    await embedded.stop();
  });

  function prepull(...args: readonly string[]): Promise<number> {
    const { cluster, clock } = embedded;
    const io = {
      stdin: Readable.from([]),
      stdout: (text: string) => {
        stdout += text;
      },
      stderr: (text: string) => {
        stderr += text;
      },
      hasColours: false,
      columns: 80,
    };
    const deps: Partial<CliDependencies> = {
      clock,
      about: { version: '1.2.3', issues: undefined },
      readKubeconfig: async () => cluster.kubeconfig(),
      openRegistry: async () =>
        createRegistry({
          config: { load: async () => CONFIG },
          credentials: { read: () => Promise.reject(new Error('no credential was expected')) },
          clock,
          awsKeys: () => () => Promise.reject(new Error('no key was expected')),
          network: { open: async () => ({ dispatcher, close: async () => {} }) },
        }),
      prepull: {
        lookEveryMs: 20,
        interrupted: () => interruption.signal,
        async withCluster(_, use) {
          const clusters = createClusters({
            config: {
              load: async () => ({
                clusters: [
                  { name: 'c', environment: 'prod', access: { kind: 'kubeconfig', kubeconfig: 'KUBECONFIG' } },
                ],
              }),
            },
            credentials: { read: async () => new Secret(cluster.kubeconfig()) },
            clock,
            log: SILENT,
            awsKeys: () => () => Promise.reject(new Error('no key was expected')),
          });
          try {
            return await use({
              reader: await clusters.reader('c'),
              daemonSets: createDaemonSets(await clusters.connection('c')),
            });
          } finally {
            await clusters.close();
          }
        },
      },
    };
    return run(['prepull', '--helper-image', HELPER, '-n', 'shop', ...args], io, deps as CliDependencies);
  }

  const left = () => [...embedded.cluster.list(DAEMON_SETS, 'shop'), ...embedded.cluster.list(PODS, 'shop')];

  it('gives every node the digest that the tag is, tainted ones too, and leaves nothing', async () => {
    expect(await prepull('registry.example.com/shop/web:v7', '--json')).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ namespace: 'shop', end: 'done', desired: 2, isCleanedUp: true });
    expect(result.images).toEqual([
      expect.stringMatching(/^registry\.example\.com\/shop\/web:v7@sha256:[0-9a-f]{64}$/),
    ]);
    expect(result.nodes).toEqual([
      { node: 'node-1', state: 'done', pulled: 1, of: 1, seconds: expect.any(Number) },
      { node: 'node-2', state: 'done', pulled: 1, of: 1, seconds: expect.any(Number) },
    ]);
    expect(left()).toEqual([]);
    // Without the registry, from the node's own store.
    embedded.registry.removeTag('registry.example.com/shop/web:v7');
    embedded.registry.setConnectFault('registry.example.com', 'dial-timeout');
    embedded.cluster.apply([podOf(result.images[0])]);
    await eventually('a pod that may not pull runs', () =>
      (embedded.cluster.get(PODS, 'shop', 'late') as PodObject | undefined)?.status?.phase === 'Running'
        ? true
        : undefined,
    );
  });

  it('tells each node as it gets there', async () => {
    expect(await prepull('registry.example.com/shop/web:v7')).toBe(0);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^created {2}daemonset shop\/(pullmedic-prepull-\w{5}); if this process is killed: kubectl --namespace 'shop' delete daemonset '\1'$/,
    );
    expect(
      lines
        .slice(1, -1)
        .map((line) => line.replace(/\d+ s$/, '… s'))
        .sort(),
    ).toEqual([
      expect.stringMatching(/^pulled {3}node-1 {2}[12] of 2 nodes, … s$/),
      expect.stringMatching(/^pulled {3}node-2 {2}[12] of 2 nodes, … s$/),
    ]);
    expect(lines.at(-1)).toMatch(/^2 of 2 nodes have 1 image after \d+ s\. DaemonSet deleted\.$/);
  });

  it('asks the registry and pulls with the pull secret that it is given', async () => {
    const args = ['private.example.com/shop/api:v3', '--pull-secret', 'api-registry', '--json'];
    expect(await prepull(...args)).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ end: 'done', desired: 2 });
  });

  it('creates nothing for what the registry does not give, and says why', async () => {
    expect(await prepull('registry.example.com/shop/web:v8', 'private.example.com/shop/api:v3')).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('registry.example.com/shop/web:v8: registry.example.com says: that tag does not exist');
    expect(stderr).toContain(
      'private.example.com/shop/api:v3: private.example.com says: it asks for other credentials',
    );
    expect(stderr).toContain('nothing was created');
    expect(left()).toEqual([]);
  });

  it('gives up where waiting helps no node, tells the cause, and leaves nothing', async () => {
    const digest = embedded.registry.addImage('private.example.com/shop/api:v3', { platforms: ['linux/amd64'] });
    const args = [`private.example.com/shop/api@${digest}`, '--pull-secret', 'wrong', '--json', '--timeout', '1h'];
    expect(await prepull(...args)).toBe(1);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ end: 'hopeless', desired: 2, isCleanedUp: true });
    expect(result.nodes[0]).toMatchObject({ node: 'node-1', state: 'failing', pulled: 0, of: 1 });
    expect(result.nodes[0].causes[0].id).toBe('auth-invalid');
    expect(left()).toEqual([]);
  });

  it('says at the end of its time which nodes lag and why, with the report of diagnose', async () => {
    const missing = `registry.example.com/shop/web@sha256:${'0'.repeat(64)}`;
    expect(await prepull(missing, '--timeout', '2s')).toBe(1);
    expect(stdout).toMatch(
      /^failing {2}node-1 {2}0 of 1 images; the pinned digest of shop\/web does not exist \(digest-not-found, certain\)$/m,
    );
    expect(stdout).toContain('cause  digest-not-found');
    expect(stdout).toMatch(/Time is over\. 0 of 2 nodes have 1 image after \d+ s\. DaemonSet deleted\.\n$/);
    expect(left()).toEqual([]);
  });

  it('deletes what it created when it is interrupted', async () => {
    const missing = `registry.example.com/shop/web@sha256:${'0'.repeat(64)}`;
    const ended = prepull(missing);
    await until('both nodes are told', 10, () => /failing {2}node-1/.test(stdout) && /failing {2}node-2/.test(stdout));
    interruption.abort();
    expect(await ended).toBe(1);
    expect(stdout).toMatch(/Interrupted\. 0 of 2 nodes have 1 image after \d+ s\. DaemonSet deleted\.\n$/);
    expect(left()).toEqual([]);
  });

  it('leaves the DaemonSet with --keep and says how to delete it', async () => {
    expect(await prepull('registry.example.com/shop/web:v7', '--keep')).toBe(0);
    expect(stdout).toMatch(
      /DaemonSet kept: kubectl --namespace 'shop' delete daemonset 'pullmedic-prepull-\w{5}'\.\n$/,
    );
    expect(embedded.cluster.list(DAEMON_SETS, 'shop')).toHaveLength(1);
  });

  it('waits for an API server that is away for a moment, and says so once', async () => {
    embedded.cluster.setFault({ status: 503, times: 6, match: { verb: 'get', resource: 'daemonsets' } });
    expect(await prepull('registry.example.com/shop/web:v7')).toBe(0);
    expect(
      stdout.match(/^waiting {2}for the API server: get daemonsets shop\/pullmedic-prepull-\w{5}: 503$/gm),
    ).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  it('says who may not create a DaemonSet', async () => {
    embedded.cluster.setFault({ status: 403, match: { verb: 'create', resource: 'daemonsets' } });
    expect(await prepull('registry.example.com/shop/web:v7')).toBe(1);
    expect(stderr).toMatch(/^pullmedic: daemonsets\.apps in shop could not be written: 403/);
    expect(stdout).toBe('');
  });

  it('says that it could not delete the DaemonSet, and how to', async () => {
    embedded.cluster.setFault({ status: 403, match: { verb: 'delete', resource: 'daemonsets' } });
    expect(await prepull('registry.example.com/shop/web:v7')).toBe(1);
    expect(stdout).toMatch(
      /2 of 2 nodes have 1 image after \d+ s\. DaemonSet NOT deleted, .*403.*: kubectl --namespace 'shop' delete daemonset 'pullmedic-prepull-\w{5}'\.\n$/,
    );
  });

  it('says when no node is chosen', async () => {
    expect(await prepull('registry.example.com/shop/web:v7', '--node-selector', 'pool=none')).toBe(1);
    expect(stdout).toContain('No node of the cluster is chosen by --node-selector');
    expect(left()).toEqual([]);
  });

  it('rolls out tags as they are with --keep-tags, asks no registry, and pulls a tag that moved', async () => {
    expect(await prepull('registry.example.com/shop/web:v7', '--keep-tags', '--print')).toBe(0);
    expect(stdout).toContain('image: registry.example.com/shop/web:v7\n');
    expect(stdout).toContain('imagePullPolicy: Always\n');
    expect(embedded.registry.requests()).toEqual([]);
    expect(left()).toEqual([]);
  });

  it.each([
    { what: 'an image', args: ['Web:v1'], says: 'Web:v1 is no image reference' },
    { what: 'a label', args: ['web:v1', '--node-selector', 'pool'], says: 'It must be labels such as pool=web.' },
    { what: 'a time', args: ['web:v1', '--timeout', '15'], says: 'It must be a duration such as 90s, 15m or 1h.' },
    {
      what: 'a secret',
      args: ['private.example.com/shop/api:v3', '--pull-secret', 'nobody'],
      says: 'there is no secret shop/nobody',
    },
  ])('refuses $what that is none', async ({ args, says }) => {
    expect(await prepull(...args)).toBe(2);
    expect(stderr).toContain(says);
  });

  function pullSecret(name: string, password: string) {
    const auth = Buffer.from(`puller:${password}`).toString('base64');
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'shop' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { 'private.example.com': { auth } } }) },
    };
  }

  function podOf(image: string) {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'late', namespace: 'shop' },
      spec: { containers: [{ name: 'app', image, imagePullPolicy: 'Never' }] },
    };
  }
});

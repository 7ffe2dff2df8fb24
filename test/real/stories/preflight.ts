import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECR_HOST, ecrPassword, GOOD, goodSecret, PRIVATE, pullSecret, workload } from '../cases/objects.ts';
import type { Manifest } from '../kubectl.ts';
import { runProgram, startDaemon, until } from '../processes.ts';
import { namespaceOf, type Universe } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'preflight';
const CLI = join(import.meta.dirname, '..', '..', '..', 'functions', 'cli', 'bin.js');
const HOUR = 3_600_000;

interface Finding {
  readonly kind: string;
  readonly confidence: string;
  readonly breaks: string;
  readonly workloads: readonly { readonly name: string }[];
}

interface Case {
  readonly kind: string;
  /** Name of its Deployment. */
  readonly name: string;
  readonly breaks: string;
  readonly make: readonly Manifest[];
  /** Applied once its pod runs. */
  readonly spoil?: readonly Manifest[];
  /** Applied over it. */
  readonly repair: readonly Manifest[];
  /** What is done to its image in the registry: before it is made, once its pod runs, and with the repair. */
  readonly image?: { readonly before: Act; readonly spoil: Act; readonly repair: Act };
}

type Act = () => Promise<unknown>;

const OPEN = '127.0.0.1:5000';
const skopeo = (...args: readonly string[]) => runProgram('skopeo', ['--insecure-policy', ...args]);
const push = (from: string, to: string) => () =>
  skopeo(
    ...['copy', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'],
    ...[`docker://${OPEN}/${from}`, `docker://${OPEN}/${to}`],
  );
/**
 * An image that the node has from nowhere else: it knows an image by the name that it came by first, and what another
 * story's image is made of would change what that one meets.
 */
const pushOwn = (image: string, label: string) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-image-'));
  try {
    await skopeo('copy', '--quiet', '--src-tls-verify=false', `docker://${OPEN}/team/app:v1`, `dir:${folder}`);
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const manifest = read('manifest.json');
    const config = read(manifest.config.digest.slice('sha256:'.length));
    const text = JSON.stringify({ ...config, config: { ...config.config, Labels: { label } } });
    const hash = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(folder, hash), text);
    const changed = { ...manifest, config: { ...manifest.config, digest: `sha256:${hash}`, size: text.length } };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(changed));
    await skopeo('copy', '--quiet', '--dest-tls-verify=false', `dir:${folder}`, `docker://${OPEN}/${image}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
const takeAway = (image: string) => () => skopeo('delete', '--tls-verify=false', `docker://${OPEN}/${image}`);

const web = (name: string, image: string, secrets?: readonly string[]) =>
  workload('Deployment', image, { name, replicas: 1, ...(secrets && { secrets }) });
const opaque = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: 'x' },
});
/** Near what Docker Hub gives an address, one pull each on the one node; they never start. */
const hubJobs = (imagePullPolicy: string): readonly Manifest[] =>
  Array.from({ length: 80 }, (_, i) => {
    const containers = [{ name: 'app', image: `docker.io/library/preflight-${i}:v1`, imagePullPolicy }];
    const template = { spec: { restartPolicy: 'Never', containers } };
    const spec = { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } };
    return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: `hub-${i}` }, spec };
  });
const ecr = (endsAt: number, name = 'ended') =>
  pullSecret(name, ECR_HOST, 'AWS', ecrPassword(Math.floor(endsAt / 1_000)));

const account = (name: string, secret: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name },
  imagePullSecrets: [{ name: secret }],
});
const asAccount = (manifest: Manifest, serviceAccountName: string): Manifest => {
  const { template } = manifest['spec'] as { readonly template: { readonly spec: object } };
  const spec = { ...template.spec, serviceAccountName };
  return { ...manifest, spec: { ...(manifest['spec'] as object), template: { ...template, spec } } };
};

/** Each finding but `image-expiring`: no ECR answers here with lifecycle rules. */
const CASES: readonly Case[] = [
  {
    kind: 'image-gone',
    name: 'gone',
    breaks: 'now',
    make: [web('gone', 'registry.example.com/team/app:v9-preflight')],
    repair: [web('gone', GOOD)],
  },
  {
    kind: 'secret-missing',
    name: 'missing',
    breaks: 'now',
    make: [web('missing', PRIVATE, ['absent'])],
    repair: [goodSecret('absent')],
  },
  {
    kind: 'secret-malformed',
    name: 'malformed',
    breaks: 'now',
    make: [opaque('broken'), web('malformed', PRIVATE, ['broken'])],
    repair: [goodSecret('sound'), web('malformed', PRIVATE, ['sound'])],
  },
  {
    kind: 'secret-other-host',
    name: 'elsewhere',
    breaks: 'now',
    make: [goodSecret('other', 'other.example.com'), web('elsewhere', PRIVATE, ['other'])],
    repair: [goodSecret('other')],
  },
  {
    kind: 'credentials-refused',
    name: 'refused',
    breaks: 'now',
    make: [pullSecret('wrong', 'private.example.com', 'puller', 'no'), web('refused', PRIVATE, ['wrong'])],
    repair: [goodSecret('wrong')],
  },
  {
    kind: 'secret-expired',
    name: 'ended',
    breaks: 'now',
    make: [ecr(Date.now() - HOUR), web('ended', `${ECR_HOST}/team/app:v1`, ['ended'])],
    repair: [ecr(Date.now() + 11 * HOUR)],
  },
  {
    kind: 'secret-wrong-region',
    name: 'region',
    breaks: 'now',
    make: [
      pullSecret('region', ECR_HOST.replace('us-east-1', 'us-west-2'), 'AWS', 'x'),
      web('region', `${ECR_HOST}/team/app:v2`, ['region']),
    ],
    repair: [pullSecret('region', ECR_HOST, 'AWS', 'x')],
  },
  {
    kind: 'service-account-secret-missing',
    name: 'account',
    breaks: 'now',
    make: [account('by-account', 'nowhere'), asAccount(web('account', PRIVATE), 'by-account')],
    repair: [goodSecret('nowhere')],
  },
  {
    kind: 'no-credentials',
    name: 'bare',
    breaks: 'now',
    make: [web('bare', PRIVATE)],
    repair: [goodSecret('found'), web('bare', PRIVATE, ['found'])],
  },
  {
    kind: 'cached-only',
    name: 'cached',
    breaks: 'next-node',
    make: [goodSecret('changed'), web('cached', PRIVATE, ['changed'])],
    spoil: [pullSecret('changed', 'private.example.com', 'puller', 'no')],
    repair: [goodSecret('changed')],
  },
  {
    kind: 'image-gone',
    name: 'only-here',
    breaks: 'next-node',
    make: [web('only-here', 'registry.example.com/preflight/only-here:v1')],
    repair: [],
    image: {
      before: push('team/app:v1', 'preflight/only-here:v1'),
      spoil: takeAway('preflight/only-here:v1'),
      repair: push('team/app:v1', 'preflight/only-here:v1'),
    },
  },
  {
    kind: 'tag-moved',
    name: 'moved',
    breaks: 'drift',
    make: [web('moved', 'registry.example.com/preflight/moved:v1')],
    repair: [],
    image: {
      before: pushOwn('preflight/moved:v1', 'first'),
      spoil: pushOwn('preflight/moved:v1', 'second'),
      repair: pushOwn('preflight/moved:v1', 'first'),
    },
  },
  {
    kind: 'secret-expiring',
    name: 'ending',
    breaks: 'at',
    make: [ecr(Date.now() + 5 * HOUR, 'ending'), web('ending', `${ECR_HOST}/team/app:v3`, ['ending'])],
    repair: [web('ending', GOOD)],
  },
  {
    kind: 'platform-missing',
    name: 'arm',
    breaks: 'now',
    make: [web('arm', 'registry.example.com/team/arm-only:v1')],
    repair: [web('arm', GOOD)],
  },
  { kind: 'hub-limit', name: 'hub-0', breaks: 'drift', make: hubJobs('Always'), repair: hubJobs('IfNotPresent') },
  {
    kind: 'latest-tag',
    name: 'latest',
    breaks: 'drift',
    make: [web('latest', 'registry.example.com/team/app')],
    repair: [web('latest', GOOD)],
  },
  {
    kind: 'invalid-name',
    name: 'named',
    breaks: 'now',
    make: [web('named', 'registry.example.com/Team/app:v1')],
    repair: [web('named', GOOD)],
  },
];

/** `pullmedic preflight`, as a person runs it: every finding is made, found, and gone once repaired. */
export const preflightStory = story(
  NAME,
  [NAME],
  async (universe, problems, tell) => {
    const { kubectl, identity } = universe;
    const namespace = namespaceOf(NAME);
    for (const { image } of CASES) await image?.before();
    await kubectl.apply(
      namespace,
      CASES.flatMap(({ make }) => make),
    );
    for (const { name, spoil = [], image } of CASES) {
      if (spoil.length === 0 && image === undefined) continue;
      await kubectl.run('rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=60s');
      await kubectl.apply(namespace, spoil);
      await image?.spoil();
    }
    const startedAt = Date.now();
    const found = await preflight(universe, kubectl.kubeconfig);
    const seconds = (Date.now() - startedAt) / 1_000;
    for (const { kind, name, breaks } of CASES) {
      const finding = found.find((one) => one.kind === kind && one.workloads.some((each) => each.name === name));
      if (finding === undefined) problems.push(`${kind} of ${name} was not found`);
      else if (finding.breaks !== breaks) problems.push(`${kind} of ${name} breaks ${finding.breaks}, not ${breaks}`);
    }
    const kinds = [...new Set(found.map(({ kind }) => kind))].join(', ');
    tell({ fails: { text: `${CASES.length} things made` }, cause: { text: `found: ${kinds}`, seconds } });

    const blind = await preflight(universe, identity.kubeconfig);
    const wrong = blind.filter(({ kind, confidence }) => kind.includes('secret') && confidence === 'certain');
    if (wrong.length > 0) problems.push(`without Secrets it is certain of ${wrong.map(({ kind }) => kind).join(', ')}`);
    tell({ message: { text: `triage identity without Secrets: ${blind.length} findings, none certain of a secret` } });

    await kubectl.apply(
      namespace,
      CASES.flatMap(({ repair }) => repair),
    );
    for (const { image } of CASES) await image?.repair();
    await until('the findings are gone', 90, async () => {
      const left = await preflight(universe, kubectl.kubeconfig);
      return CASES.every(
        ({ kind, name }) => !left.some((one) => one.kind === kind && one.workloads.some((each) => each.name === name)),
      );
    });
    const arm = (await preflight(universe, kubectl.kubeconfig, '--platform', 'linux/arm64')).map(({ kind }) => kind);
    if (!arm.includes('platform-missing')) problems.push(`with --platform linux/arm64 it found ${arm.join(', ')}`);
    tell({ recovered: { text: 'each is gone once repaired' } });
    await kubectl.run('delete', 'namespace', namespace, '--wait=false');
  },
  needsRegistries,
);

/** @throws where it ends with another status than 0 */
async function preflight(
  { product, closing }: Universe,
  kubeconfig: string,
  ...more: readonly string[]
): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-preflight-'));
  const config = join(folder, 'pullmedic.yaml');
  writeFileSync(config, product.configText, { mode: 0o600 });
  const command = [
    '--disable-warning=ExperimentalWarning',
    CLI,
    'preflight',
    '-n',
    namespaceOf(NAME),
    '--json',
    ...more,
  ];
  const env = { ...process.env, PULLMEDIC_CONFIG: config, KUBECONFIG: kubeconfig };
  try {
    const cli = await startDaemon('preflight', process.execPath, command, { logs: folder, env });
    closing.push(() => cli.stop());
    await until('preflight ends', 120, () => !cli.isAlive());
    const line = cli
      .log()
      .split('\n')
      .find((one) => one.startsWith('{'));
    if (line === undefined) throw new Error(`preflight printed no JSON: ${cli.tail()}`);
    return (JSON.parse(line) as { readonly findings: readonly Finding[] }).findings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

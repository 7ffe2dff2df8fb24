import { describe, expect, it } from '@jest/globals';
import type { RefreshJob } from '../../../shared/domain/jobs.ts';
import type { SecretResult } from '../../../shared/domain/refresh/result.ts';
import type { RefreshTarget } from '../../../shared/domain/refresh/target.ts';
import { lookAtScope } from '../../../shared/flows/look-at-scope.ts';
import type { JobQueue } from '../../../shared/ports/job-queue.ts';
import {
  authOf,
  ECR_HOST,
  ecrPassword,
  pullSecret,
  refreshTarget,
  secretResult,
} from '../../support/refresh-builders.ts';
import { addFailing, forbiddenText, runningPod } from '../kube-objects.ts';
import { type LookStage, membersOf, openStage } from '../look-stage.ts';

const IMAGE = `${ECR_HOST}/checkout:v1`;
const HOUR = 3_600_000;

interface RepairStage extends LookStage {
  readonly jobs: RefreshJob[];
  lookOnce(): Promise<void>;
  addPod(name: string, change?: { readonly namespace?: string; readonly image?: string }): void;
  /** Writes the secret, expired an hour ago unless told otherwise. */
  putSecret(change?: PutSecret): void;
  /** The refresh answers. */
  answer(change?: Partial<SecretResult>): Promise<void>;
  member(): Promise<ReturnType<typeof membersOf>[number] | undefined>;
}

interface PutSecret {
  readonly expiresAt?: number;
  readonly key?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manager?: string;
}

function openRepairStage(
  targets: readonly RefreshTarget[] = [refreshTarget()],
  send: (job: RefreshJob) => void = () => {},
): RepairStage {
  const stage = openStage();
  const jobs: RefreshJob[] = [];
  const refreshQueue: JobQueue<RefreshJob> = {
    async send(job) {
      send(job);
      jobs.push(job);
    },
    async sendAll(all) {
      for (const { job } of all) jobs.push(job);
    },
  };
  const deps = { ...stage.deps, config: { ...stage.deps.config, targets }, refreshQueue };
  return {
    ...stage,
    jobs,
    lookOnce: () =>
      lookAtScope(
        {
          kind: 'look',
          scope: { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
          hintedAt: stage.now(),
          from: 'sweep',
          alerts: [],
          alertCount: 0,
          isClusterAssumed: false,
        },
        deps,
      ),
    addPod(name, { namespace = 'shop', image = IMAGE } = {}) {
      const options = { namespace, name, image, at: stage.now(), pullSecret: 'ecr-creds' };
      addFailing(stage.cluster, options, forbiddenText(image));
    },
    putSecret({
      expiresAt = stage.now() - HOUR,
      key = ECR_HOST,
      name = 'ecr-creds',
      manager = 'ecr-renew',
      ...meta
    } = {}) {
      const time = new Date(stage.now()).toISOString();
      const managedFields = [{ manager, time, operation: 'Update', fieldsV1: { 'f:data': {} } }];
      const auths = { [key]: { auth: authOf('AWS', ecrPassword(expiresAt)) } };
      const parts = pullSecret({ name, auths });
      const metadata = { ...parts.metadata, ...meta, managedFields };
      stage.cluster.secrets = [
        ...stage.cluster.secrets.filter((one) => one.metadata?.name !== name),
        { ...parts, metadata },
      ];
    },
    answer: (change = {}) =>
      stage.deps.store.noteRepairResults([secretResult(stage.now(), { cluster: 'prod', ...change })]),
    async member() {
      const [loaded] = await stage.incidents('shop');
      return loaded && membersOf(loaded)[0];
    },
  };
}

async function stateOf(stage: LookStage): Promise<string | undefined> {
  const [loaded] = await stage.incidents('shop');
  return loaded?.incident.state;
}

describe('a look that finds an expired secret of a target', () => {
  it('asks the refresh once, however many pods fail, and the incident is being repaired', async () => {
    const stage = openRepairStage();
    stage.putSecret();
    for (const name of ['a', 'b', 'c']) stage.addPod(name);
    await stage.lookOnce();
    expect(stage.jobs).toEqual([
      { kind: 'refresh', cluster: 'prod', namespaces: ['shop'], reason: 'alert', image: IMAGE },
    ]);
    expect(await stateOf(stage)).toBe('repairing');
    expect((await stage.member())?.repair).toMatchObject({
      state: 'asked',
      secret: 'ecr-creds',
      target: 'shop',
      identity: 'role/pull',
    });
  });

  it('asks nothing more while it looks on, and tells when it was written', async () => {
    const stage = openRepairStage();
    stage.putSecret();
    stage.addPod('a');
    for (let look = 0; look < 3; look += 1) {
      await stage.lookOnce();
      stage.advance(10);
    }
    await stage.answer();
    await stage.lookOnce();
    expect(stage.jobs).toHaveLength(1);
    expect((await stage.member())?.repair).toMatchObject({ state: 'written' });
    expect(await stateOf(stage)).toBe('repairing');
  });

  it('knows what was written although the answer came with the recovery', async () => {
    const stage = openRepairStage();
    stage.putSecret();
    stage.addPod('a');
    await stage.lookOnce();
    stage.advance(20);
    await stage.answer();
    stage.cluster.pods = [runningPod({ namespace: 'shop', name: 'a', image: IMAGE, at: stage.now() })];
    stage.cluster.events = [];
    await stage.lookOnce();
    expect(await stateOf(stage)).toBe('recovered');
    expect((await stage.member())?.repair).toMatchObject({ state: 'written' });
  });

  it('is open again when the refresh failed, and says why', async () => {
    const stage = openRepairStage();
    stage.putSecret();
    stage.addPod('a');
    await stage.lookOnce();
    stage.advance(10);
    await stage.answer({ outcome: 'failed', reason: 'role-refused', why: 'AssumeRole role/pull: AccessDenied' });
    await stage.lookOnce();
    expect(await stateOf(stage)).toBe('open');
    expect((await stage.member())?.repair).toMatchObject({
      state: 'failed',
      why: 'AssumeRole role/pull: AccessDenied',
    });
  });

  it('names who put the old token back, asks three times in 12 hours and then no more', async () => {
    const stage = openRepairStage();
    stage.addPod('a');
    for (let round = 0; round < 6; round += 1) {
      stage.putSecret();
      await stage.lookOnce();
      stage.advance(2);
      if (stage.jobs.length > 0) await stage.answer();
      stage.advance(60);
      stage.putSecret();
      await stage.lookOnce();
      expect((await stage.member())?.repair).toMatchObject({ state: 'held-back', revertedBy: 'ecr-renew' });
      stage.advance(31 * 60);
    }
    expect(stage.jobs).toHaveLength(3);
  });

  it('goes on without a repair when the queue does not take the job, and asks again', async () => {
    let isDown = true;
    const stage = openRepairStage([refreshTarget()], () => {
      if (isDown) throw new Error('queue away');
    });
    stage.putSecret();
    stage.addPod('a');
    await stage.lookOnce();
    expect(stage.counted).toContain('BesideFailures');
    expect((await stage.member())?.repair).toBeUndefined();
    expect(await stateOf(stage)).toBe('observed');
    isDown = false;
    stage.advance(10);
    await stage.lookOnce();
    expect(stage.jobs).toHaveLength(1);
    expect(await stateOf(stage)).toBe('repairing');
  });

  it('asks for a secret that is missing where the target makes it', async () => {
    const stage = openRepairStage([refreshTarget({ create: true })]);
    stage.addPod('a');
    await stage.lookOnce();
    expect(stage.jobs).toHaveLength(1);
    expect((await stage.member())?.repair).toMatchObject({ state: 'asked', wasMissing: true });
  });

  it('goes by the label of a namespace that was read', async () => {
    const target = refreshTarget({ namespaces: undefined, namespaceLabel: { key: 'tenancy/team', value: 'shop' } });
    const stage = openRepairStage([target]);
    stage.cluster.namespaces = [{ metadata: { name: 'shop', labels: { 'tenancy/team': 'shop' } } }];
    stage.putSecret();
    stage.addPod('a');
    await stage.lookOnce();
    expect(stage.jobs).toHaveLength(1);
  });
});

describe('no job is sent', () => {
  const LOOK_ALIKE = `${ECR_HOST}.evil.example`;
  it.each([
    { title: 'without a target', targets: [], put: {} },
    { title: 'of another cluster', targets: [refreshTarget({ clusters: ['prod-us'] })], put: {} },
    { title: 'of another namespace', targets: [refreshTarget({ namespaces: ['shop2'] })], put: {} },
    {
      title: 'for a namespace without the label',
      targets: [refreshTarget({ namespaces: undefined, namespaceLabel: { key: 'tenancy/team', value: 'shop' } })],
      put: {},
    },
    { title: 'for a secret of another name', targets: [refreshTarget({ secretNames: ['other'] })], put: {} },
    {
      title: 'for another account',
      targets: [refreshTarget({ registries: ['999999999999.dkr.ecr.eu-west-1.amazonaws.com'] })],
      put: {},
    },
    {
      title: 'for a look-alike host',
      targets: [refreshTarget()],
      put: { key: LOOK_ALIKE },
      image: `${LOOK_ALIKE}/a:v1`,
    },
    { title: 'where the mode is advise', targets: [refreshTarget({ mode: 'advise' })], put: {} },
    { title: 'for a token that is still good', targets: [refreshTarget()], put: { expiresAt: Date.UTC(2027, 0, 1) } },
    {
      title: 'where a label of the secret forbids it',
      targets: [refreshTarget()],
      put: { labels: { 'pullmedic.dev/refresh': 'false' } },
    },
    {
      title: 'where an annotation of the secret says advise',
      targets: [refreshTarget()],
      put: { annotations: { 'pullmedic.dev/mode': 'advise' } },
    },
    {
      title: 'because a planted label asks for it',
      targets: [refreshTarget({ namespaces: ['pay'] })],
      put: { labels: { 'pullmedic.dev/refresh': 'true' } },
    },
  ] as const)('$title', async (row) => {
    const stage = openRepairStage(row.targets);
    stage.putSecret(row.put);
    stage.addPod('a', 'image' in row ? { image: row.image } : {});
    await stage.lookOnce();
    expect(stage.jobs).toEqual([]);
    expect(await stateOf(stage)).toBe('observed');
    expect((await stage.member())?.repair).toBeUndefined();
  });

  it('for a missing secret that the target does not make', async () => {
    const stage = openRepairStage();
    stage.addPod('a');
    await stage.lookOnce();
    expect(stage.jobs).toEqual([]);
  });

  it('where an annotation of the namespace says advise', async () => {
    const stage = openRepairStage();
    stage.cluster.namespaces = [{ metadata: { name: 'shop', annotations: { 'pullmedic.dev/mode': 'advise' } } }];
    stage.putSecret();
    stage.addPod('a');
    await stage.lookOnce();
    expect(stage.jobs).toEqual([]);
  });
});

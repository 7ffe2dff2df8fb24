import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Embedded, startEmbedded } from './embedded.ts';

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isPresent = hasKubectl();
if (!isPresent) console.warn('SKIPPED: kubectl is not installed; the embedded API is not tried with it');
const withKubectl = isPresent ? describe : describe.skip;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

withKubectl('the embedded API with the real kubectl', () => {
  let embedded: Embedded;
  let folder: string;

  async function run(args: string, input?: string): Promise<Ran> {
    const list = args.match(/(?:[^\s']+|'[^']*')+/g)?.map((part) => part.replaceAll("'", '')) ?? [];
    return new Promise((resolve) => {
      const options = { env: { ...process.env, KUBECONFIG: join(folder, 'config') }, timeout: 18_000 };
      const child = execFile('kubectl', [`--cache-dir=${folder}/cache`, ...list], options, (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, err });
      });
      child.stdin?.end(input ?? '');
    });
  }

  /** Runs it and fails with kubectl's own words where it fails. */
  async function kubectl(args: string, input?: string): Promise<string> {
    const { code, out, err } = await run(args, input);
    if (code !== 0) throw new Error(`kubectl ${args}: ${err || out}`);
    return out.trim();
  }

  beforeAll(async () => {
    embedded = await startEmbedded(10);
    for (const image of ['nginx:1.27', 'nginx:1.28', 'private.example.com/team/secret-app:v1']) {
      embedded.registry.addImage(image);
    }
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-kubectl-'));
    writeFileSync(join(folder, 'config'), embedded.cluster.kubeconfig());
  });

  afterAll(async () => {
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
    expect(embedded.errors).toEqual([]);
  });

  it('run, wait, get, describe, delete of a pod that cannot pull', async () => {
    expect(await kubectl('run bad --image=registry.example.com/team/app:v999')).toBe('pod/bad created');
    await kubectl(
      "wait pod/bad --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=ImagePullBackOff --timeout=15s",
    );
    expect(await kubectl('get pods')).toMatch(
      /NAME +READY +STATUS +RESTARTS +AGE\nbad +0\/1 +ImagePullBackOff +0 +\d+s/,
    );
    const described = await kubectl('describe pod bad');
    expect(described).toMatch(/Reason: +ImagePullBackOff/);
    expect(described).toMatch(
      /Warning +Failed +.* +kubelet +Failed to pull image "registry\.example\.com\/team\/app:v999": rpc error/,
    );
    expect(described).toMatch(/Normal +Scheduled +.* +default-scheduler +Successfully assigned default\/bad to node-1/);
    expect(await kubectl('get events --field-selector reason=BackOff,involvedObject.name=bad')).toContain(
      'Back-off pulling image',
    );
    expect((await run('logs bad')).err).toContain('no logs');
    expect(await kubectl('delete pod bad')).toBe('pod "bad" deleted');
    expect((await run('get pod bad')).err).toContain('pods "bad" not found');
  });

  it('apply, edit and apply again; the pod runs once its image is right', async () => {
    const yaml = (tag: string) =>
      `---\n{apiVersion: v1, kind: Pod, metadata: {name: applied}, spec: {containers: [{name: app, image: "nginx:${tag}"}]}}`;
    expect(await kubectl('apply -f -', yaml('1.99'))).toBe('pod/applied created');
    expect(await kubectl('apply -f -', yaml('1.99'))).toBe('pod/applied unchanged');
    expect(await kubectl('apply -f -', yaml('1.27'))).toBe('pod/applied configured');
    await kubectl('wait pod/applied --for=condition=Ready --timeout=15s');
    expect(await kubectl('apply --server-side --force-conflicts -f -', yaml('1.27'))).toContain('serverside-applied');
    expect(await kubectl('label pod applied team=shop')).toBe('pod/applied labeled');
    expect(await kubectl("get pods -l team=shop -o jsonpath='{.items[*].metadata.name}'")).toBe('applied');
    await kubectl('delete pod applied --now');
  });

  it('create deployment, set image, rollout status, undo, restart, scale', async () => {
    await kubectl('create deployment web --image=nginx:1.27 --replicas=4');
    expect(await kubectl('rollout status deployment/web --timeout=15s')).toContain('successfully rolled out');
    await kubectl('set image deployment/web nginx=nginx:1.99');
    await kubectl("wait deployment/web --for=jsonpath='{.status.updatedReplicas}'=2 --timeout=15s");
    // 25 % of 4 up and down: 2 new pods fail while 3 old ones serve.
    expect(await kubectl("get deployment web -o jsonpath='{.status.availableReplicas} {.status.replicas}'")).toBe(
      '3 5',
    );
    expect((await run('rollout status deployment/web --timeout=1s')).code).not.toBe(0);
    await kubectl('rollout undo deployment/web');
    await kubectl('rollout status deployment/web --timeout=15s');
    expect(await kubectl("get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'")).toBe(
      'nginx:1.27',
    );
    expect(await kubectl('rollout history deployment/web')).toMatch(/REVISION +CHANGE-CAUSE\n2 .*\n3 /);
    await kubectl('rollout restart deployment/web');
    await kubectl('rollout status deployment/web --timeout=15s');
    await kubectl('scale deployment/web --replicas=1');
    await kubectl("wait deployment/web --for=jsonpath='{.status.replicas}'=1 --timeout=15s");
    expect(await kubectl('describe deployment web')).toMatch(/Available +True +MinimumReplicasAvailable/);
    await kubectl('delete deployment web --cascade=foreground');
    expect(await kubectl('get replicasets -o name')).toBe('');
  }, 60_000);

  it('StatefulSet, DaemonSet and Job come up, roll and go', async () => {
    const template = (name: string, more = '') =>
      `template: {metadata: {labels: {app: ${name}}}, spec: {${more} containers: [{name: app, image: "nginx:1.27"}]}}`;
    const yaml = [
      `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, replicas: 2, selector: {matchLabels: {app: db}}, ${template('db')}}}`,
      `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: {app: agent}}, ${template('agent')}}}`,
      `{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {${template('once', 'restartPolicy: Never,')}}}`,
    ].join('\n---\n');
    await kubectl('apply -f -', `---\n${yaml}`);
    await kubectl('rollout status statefulset/db --timeout=15s');
    await kubectl('rollout status daemonset/agent --timeout=15s');
    await kubectl('wait job/once --for=condition=complete --timeout=15s');
    expect(await kubectl("get pods -l app=db -o jsonpath='{.items[*].metadata.name}'")).toBe('db-0 db-1');
    await kubectl('set image statefulset/db app=nginx:1.28');
    await kubectl('rollout status statefulset/db --timeout=15s');
    await kubectl('rollout undo statefulset/db');
    await kubectl('rollout status statefulset/db --timeout=15s');
    expect(await kubectl("get pod db-1 -o jsonpath='{.spec.containers[0].image}'")).toBe('nginx:1.27');
    await kubectl('delete statefulset,daemonset,job --all');
    await kubectl('wait pods --all --for=delete --timeout=15s');
  }, 60_000);

  it('secrets and service accounts by kubectl create make a private image run', async () => {
    await kubectl('create namespace shop');
    const login = '--docker-server=private.example.com --docker-username=puller --docker-password=s3cret';
    await kubectl(`create secret docker-registry regcred -n shop ${login}`);
    await kubectl('create serviceaccount puller -n shop');
    await kubectl(`patch serviceaccount puller -n shop -p '{"imagePullSecrets":[{"name":"regcred"}]}'`);
    const overrides = `'{"spec":{"serviceAccountName":"puller"}}'`;
    await kubectl(`run app -n shop --image=private.example.com/team/secret-app:v1 --overrides=${overrides}`);
    await kubectl('wait pod/app -n shop --for=condition=Ready --timeout=15s');
    expect(await kubectl('get secrets -n shop')).toMatch(/regcred +kubernetes\.io\/dockerconfigjson +1 +\d+s/);
    expect(await kubectl('get secret regcred -n shop -o yaml --show-managed-fields')).toContain(
      'manager: kubectl-create',
    );
    expect(await kubectl('delete namespace shop')).toBe('namespace "shop" deleted');
    expect((await run('get namespace shop')).code).toBe(1);
  });

  it('nodes, discovery and permissions', async () => {
    expect(await kubectl('get nodes')).toMatch(/node-1 +Ready +<none> +30d +v1\.36\.3/);
    expect(await kubectl('describe node node-2')).toContain('kubernetes.io/arch=arm64');
    expect(await kubectl('api-resources -o name')).toContain('deployments.apps');
    expect(await kubectl('auth can-i delete pods')).toBe('yes');
    expect(await kubectl('version')).toContain('Server Version: v1.36.3');
  });

  it('refuses in the words of the real server', async () => {
    expect((await run('delete namespace default')).err).toContain('this namespace may not be deleted');
    expect((await run('run x --image=nginx:1.27 -n nowhere')).err).toContain('namespaces "nowhere" not found');
    expect((await run('run Bad_Name --image=nginx:1.27')).err).toContain('a lowercase RFC 1123 subdomain');
  });
});

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { bundle } from '../../infra/build/bundle.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { startWorld, type World } from './world.ts';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = readFileSync(join(root, 'infra', 'serve', 'Dockerfile'), 'utf8');
const overlay = join(root, 'infra', 'serve', 'kubernetes');
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
if (!hasKubectl) console.warn('kubectl is not here: the overlay is not built');

describe('what the image holds', () => {
  let world: World;
  let app: string;
  beforeAll(async () => {
    world = await startWorld();
    app = mkdtempSync(join(tmpdir(), 'pullmedic-image-'));
    mkdirSync(join(app, 'dist', 'cli'), { recursive: true });
    writeFileSync(join(app, 'dist', 'cli', 'index.cjs'), (await bundle('cli')).code);
    copyFileSync(join(root, 'package.json'), join(app, 'package.json'));
  }, 60_000);
  afterAll(async () => {
    await world.stop();
    rmSync(app, { recursive: true, force: true });
  });

  it('runs without node_modules and without the source, and tells its version', async () => {
    const process = world.spawn(undefined, {}, join(app, 'dist', 'cli', 'index.cjs'));
    const { url } = await process.ready();
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}metrics`)).text()).toMatch(/pullmedic_build_info\{version="\d+\.\d+\.\d+"/);
    process.child.kill('SIGTERM');
    expect(await process.ended).toEqual({ status: 0, signal: null });
  }, 60_000);
});

describe('the Dockerfile', () => {
  it('pins its one base by digest', () => {
    const [, base] = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile) ?? [];
    expect(base).toMatch(/^docker\.io\/library\/node:24\S*@sha256:[0-9a-f]{64}$/);
    const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as the Dockerfile writes it.
    expect(stages).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  it('copies only what is there, and what .dockerignore lets through', () => {
    const ignore = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied).toContain('package-lock.json');
    for (const path of copied) {
      expect(existsSync(join(root, path))).toBe(true);
      expect(ignore).toContain(`!${path}`);
    }
  });

  it('does not run as root', () => {
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
  });
});

describe('the overlay', () => {
  it('has a configuration that works as it is', () => {
    const config = parseConfig(readFileSync(join(overlay, 'pullmedic.yaml'), 'utf8'), 'pullmedic.yaml');
    expect(config.clusters).toEqual([{ name: 'this-cluster', environment: 'prod', access: { kind: 'in-cluster' } }]);
  });

  (hasKubectl ? it : it.skip)('builds; the pod meets the profile «restricted» and finds every file it asks for', () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const objects = parseAllDocuments(stdout).map((one) => one.toJS() as Manifest);
    const of = (kind: string) => objects.filter((object) => object.kind === kind);
    const [deployment] = of('Deployment');
    const pod = deployment?.spec?.template.spec;
    expect(deployment?.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(pod).toMatchObject({
      serviceAccountName: 'pullmedic-triage',
      automountServiceAccountToken: true,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    const [container] = pod?.containers ?? [];
    expect(container).toMatchObject({
      imagePullPolicy: 'IfNotPresent',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
      resources: { limits: { memory: expect.any(String) }, requests: { cpu: expect.any(String) } },
    });
    expect(of('PersistentVolumeClaim')[0]?.spec).toMatchObject({ accessModes: ['ReadWriteOnce'] });
    expect(deployment?.spec?.selector).toEqual({ matchLabels: of('Service')[0]?.spec?.selector });
    expect(deployment?.spec?.template.metadata.labels).toEqual(of('Service')[0]?.spec?.selector);
    const asked = [...readFileSync(join(overlay, 'pullmedic.yaml'), 'utf8').matchAll(/file:\/etc\/pullmedic\/(\S+)/g)];
    expect(asked).toHaveLength(3);
    for (const [, path] of asked) expect(JSON.stringify(pod)).toContain(`"path":"${path}"`);
    expect(of('ConfigMap')[0]?.metadata.name).toBe('pullmedic-config');
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly selector?: object;
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: { readonly containers: readonly object[] };
    };
  };
}

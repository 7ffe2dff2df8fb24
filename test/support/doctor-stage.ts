import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliDependencies } from '../../functions/cli/dependencies.ts';
import { createDoctorWorld } from '../../functions/cli/doctor-world.ts';
import { run } from '../../functions/cli/run.ts';
import { type AlertmanagerApi, startAlertmanagerApi } from '../../infra/local/alertmanager/api.ts';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import { type Api, createApi } from '../../infra/local/kubernetes/api.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, resourceOf } from '../../infra/local/kubernetes/resources.ts';
import { type ApiServer, createApiServer } from '../../infra/local/kubernetes/server.ts';
import { type LocalSlack, type LocalSlackOptions, startSlack } from '../../infra/local/slack/server.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { ownManifests } from './manifests.ts';
import { recordIo } from './record-io.ts';
import { type StsEndpoint, startSts } from './sts-endpoint.ts';

export const CALLER = 'arn:aws:sts::123456789012:assumed-role/pullmedic-worker/me';
export const PULL_ROLE = 'arn:aws:iam::123456789012:role/pullmedic-pull';
const ECR_HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
/** No output may hold it. */
export const CANARY = 'CANARY';
const BOT_TOKEN = `xoxb-${CANARY}`;
const IDENTITIES = ['triage', 'refresh', 'remedy'] as const;

/** An installation in which all is well, until a test breaks one thing of it. */
export interface DoctorStage {
  readonly api: Api;
  readonly server: ApiServer;
  readonly slack: LocalSlack;
  readonly ecr: Ecr;
  readonly sts: StsEndpoint;
  readonly alertmanager: AlertmanagerApi;
  /** What `env:` references name. */
  readonly env: Record<string, string | undefined>;
  readonly folder: string;
  /** `pullmedic doctor …` on a configuration, the whole one unless given. */
  doctor(args?: readonly string[], config?: object): Promise<DoctorOutput>;
  /** The configuration, as an object to be changed. */
  config(): Config;
  apply(folder: string, namespace?: string): void;
  stop(): Promise<void>;
}

export interface DoctorOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of that area that hold these words, and what stands indented below each. */
  about(area: string, subject: string): string;
}

export type Config = ReturnType<typeof configOf>;

export async function startDoctorStage(options: Partial<LocalSlackOptions> = {}): Promise<DoctorStage> {
  const clock = createSystemClock();
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-doctor-'));
  const api = createApi(clock);
  const users = Object.fromEntries(
    IDENTITIES.map((one) => [
      `${CANARY}-${one}`,
      { name: `system:serviceaccount:pullmedic:pullmedic-${one}`, groups: [] },
    ]),
  );
  const [server, slack, ecr, sts, alertmanager] = await Promise.all([
    createApiServer({ api, token: `${CANARY}-admin`, users }),
    startSlack({ clock, token: BOT_TOKEN, channels: ['incidents', 'team-shop'], ...options }),
    createEcr({ clock }),
    startSts(CALLER),
    startAlertmanagerApi(clock),
  ]);
  sts.trusting.add(PULL_ROLE);
  const env: Record<string, string | undefined> = {
    KUBE_ADMIN: kubeconfig(server.url, `${CANARY}-admin`),
    ...Object.fromEntries(
      IDENTITIES.map((one) => [`KUBE_${one.toUpperCase()}`, kubeconfig(server.url, `${CANARY}-${one}`)]),
    ),
    ALERTS: `${CANARY}-alerts`,
    BOT: BOT_TOKEN,
    SIGNING: '0123456789abcdef0123456789abcdef',
  };

  function apply(name: string, namespace?: string): void {
    for (const manifest of ownManifests(name)) {
      const object = structuredClone(manifest) as unknown as ApiObject;
      const resource = resourceOf(object);
      if (resource === undefined) throw new Error(`the embedded cluster serves no ${manifest.kind}`);
      if (resource.isNamespaced && namespace !== undefined) object.metadata.namespace = namespace;
      api.create(resource, object, { manager: 'test' });
    }
  }

  for (const name of ['default', 'shop', 'web']) {
    api.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as ApiObject, {
      manager: 'test',
    });
  }
  for (const name of ['base', 'policies', 'overlays/triage']) apply(name);
  for (const name of ['read-secrets', 'refresh', 'remedy']) apply(`overlays/${name}`, 'shop');

  const config = () => configOf({ slack, alertmanagerUrl: alertmanager.url });
  return {
    api,
    server,
    slack,
    ecr,
    sts,
    alertmanager,
    env,
    folder,
    config,
    apply,
    async doctor(args = [], wanted = config()) {
      const file = join(folder, 'pullmedic.yaml');
      writeFileSync(file, JSON.stringify(wanted));
      const nowhere = async () => undefined;
      const world = createDoctorWorld({
        clock,
        log: { debug() {}, info() {}, warn() {}, error() {} },
        env,
        ssm: nowhere,
        secretsManager: nowhere,
        awsKeys: () => async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: `${CANARY}-aws` }),
        fetch,
        progress() {},
        awsEndpoints: { ecr: ecr.endpoint, sts: sts.url },
        limitMs: 1_500,
      });
      const { io, output } = recordIo();
      const about = { version: '0', issues: undefined };
      const dependencies = { clock, about, doctor: world } as unknown as CliDependencies;
      const status = await run(['doctor', '--config', file, ...args], io, dependencies);
      const { stdout, stderr } = output();
      // A path of this run would not be the same in the next.
      const shown = stdout.replaceAll(folder, '');
      return { status, stdout: shown, stderr, about: (area, subject) => linesAbout(shown, area, subject) };
    },
    async stop() {
      await Promise.all([server, slack, ecr, sts, alertmanager].map((one) => one.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function linesAbout(text: string, area: string, subject: string): string {
  const entries = text.split(/\n(?! )/);
  return entries
    .filter((entry) => {
      const [line = ''] = entry.split('\n');
      return new RegExp(`^\\w+ +${area} +`).test(line) && line.includes(subject);
    })
    .join('\n');
}

function configOf({ slack, alertmanagerUrl }: { readonly slack: LocalSlack; readonly alertmanagerUrl: string }) {
  return {
    clusters: [
      {
        name: 'prod-eu',
        access: { kind: 'kubeconfig', kubeconfig: 'env:KUBE_TRIAGE' },
        refreshAccess: { kind: 'kubeconfig', kubeconfig: 'env:KUBE_REFRESH' },
        remedyAccess: { kind: 'kubeconfig', kubeconfig: 'env:KUBE_REMEDY' },
      },
    ],
    alerts: { tokens: [{ current: 'env:ALERTS' }] },
    slack: {
      channel: 'incidents',
      botToken: 'env:BOT',
      signingSecret: 'env:SIGNING',
      apiUrl: slack.apiUrl,
    } as Record<string, string>,
    routes: { rules: [{ namespaces: ['shop'], channel: 'team-shop' }] },
    targets: [
      { name: 'shop', namespaces: ['shop'], secretNames: ['ecr-creds'], registries: [ECR_HOST], roleArn: PULL_ROLE },
    ] as Record<string, unknown>[],
    policy: {
      rules: [
        { name: 'shop may', namespaces: ['shop'], channels: [slack.workspace.findChannel('incidents')?.id ?? ''] },
      ],
    },
    alertmanagers: [{ url: alertmanagerUrl }],
  };
}

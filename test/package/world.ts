import { rootCertificates } from 'node:tls';
import { type AlertmanagerApi, startAlertmanagerApi } from '../../infra/local/alertmanager/api.ts';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import { type Cluster, createCluster } from '../../infra/local/kubernetes/cluster.ts';
import { createRegistry, type Registry } from '../../infra/local/registry/registry.ts';
import { type LocalSlack, startSlack } from '../../infra/local/slack/server.ts';
import { createClosers } from '../../infra/local/stack/closers.ts';
import { type AdjustableClock, createAdjustableClock } from '../../shared/adapters/clock.ts';
import { ALICE } from '../e2e/slack-user.ts';
import { ACCOUNT, REGION } from './aws-calls.ts';

export const CHANNEL = 'incidents';
export const ALERT_TOKEN = 'token-of-alertmanager';
export const SIGNING_SECRET = 'signing-secret-of-the-app';
const BOT_TOKEN = 'xoxb-packaged';
export const ECR_HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
/** A twentieth of all waits. */
export const TIME_SCALE = 0.05;

/** What is around pullmedic: a cluster and an empty one, registries, ECR, Slack, an Alertmanager. */
export interface World {
  readonly cluster: Cluster;
  /** Nothing runs there. */
  readonly dev: Cluster;
  readonly registry: Registry;
  readonly ecr: Ecr;
  readonly slack: LocalSlack;
  readonly alertmanager: AlertmanagerApi;
  readonly clock: AdjustableClock;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const closers = createClosers();
  try {
    const clock = createAdjustableClock();
    const ecr = await createEcr({ clock });
    closers.add(() => ecr.stop());
    const timeScale = 1 / TIME_SCALE;
    const registry = await createRegistry({ tokens: ecr.tokens, timeScale });
    closers.add(() => registry.stop());
    // Nodes reach it by the address that the functions do.
    registry.addHost({ host: registry.address, auth: 'open', content: 'registry.example.com' });
    const cluster = await createCluster({ clock, registry, timeScale });
    closers.add(() => cluster.stop());
    const dev = await createCluster({ clock, registry, timeScale });
    closers.add(() => dev.stop());
    const slack = await startSlack({
      clock,
      token: BOT_TOKEN,
      channels: [CHANNEL],
      postsPerSecond: 1_000,
      postBurst: 1_000,
    });
    closers.add(() => slack.stop());
    const alertmanager = await startAlertmanagerApi(clock);
    closers.add(() => alertmanager.stop());
    return { cluster, dev, registry, ecr, slack, alertmanager, clock, stop: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Secrets Manager, by the names that the configuration uses where it says nothing, and those that it names. */
export function secretsOf({ cluster, dev }: World): Readonly<Record<string, string>> {
  return {
    'pullmedic/alerts': JSON.stringify({ token: ALERT_TOKEN }),
    'pullmedic/slack': JSON.stringify({ botToken: BOT_TOKEN, signingSecret: SIGNING_SECRET }),
    'pullmedic/clusters/prod-eu': JSON.stringify({ kubeconfig: cluster.kubeconfig() }),
    'pullmedic/clusters/dev': JSON.stringify({ kubeconfig: dev.kubeconfig() }),
    'pullmedic/alertmanager': JSON.stringify({ password: 'of-alertmanager' }),
    'pullmedic/registries/ca': rootCertificates[0] ?? '',
  };
}

/** `pullmedic.yaml` as SSM holds it. */
export function configText({ registry, slack, alertmanager }: World): string {
  return `
clusters:
  - name: prod-eu
    # Three ways to one cluster: a stored kubeconfig looks, the function's own role acts, another role refreshes.
    remedyAccess: { kind: eks, region: ${REGION}, clusterName: prod-eu }
    refreshAccess: { kind: eks, region: ${REGION}, clusterName: prod-eu, roleArn: "arn:aws:iam::${ACCOUNT}:role/pullmedic-refresh" }
  - name: dev
    environment: non-prod
    # The other way round: a role looks, a stored kubeconfig would act.
    access: { kind: eks, region: ${REGION}, clusterName: dev, roleArn: "arn:aws:iam::${ACCOUNT}:role/pullmedic-triage" }
    remedyAccess: { kind: kubeconfig }
    refreshAccess: { kind: kubeconfig }
slack:
  channel: ${slack.workspace.findChannel(CHANNEL)?.id}
  apiUrl: ${JSON.stringify(slack.apiUrl)}
alertmanagers:
  - url: ${JSON.stringify(alertmanager.url)}
    auth: { credential: "aws-sm:pullmedic/alertmanager#password" }
registries:
  - host: ${JSON.stringify(registry.address)}
    allowPrivate: true
    caBundle: aws-sm:pullmedic/registries/ca
  # Nothing listens there: no test asks the real one.
  - { host: "${ECR_HOST}", proxy: "http://127.0.0.1:9", caBundle: "aws-sm:pullmedic/registries/ca" }
ecr:
  accounts: [{ id: "${ACCOUNT}" }]
targets:
  - name: warehouse
    namespaces: [warehouse]
    secretNames: [ecr-creds]
    registries: ["${ECR_HOST}"]
    roleArn: "arn:aws:iam::${ACCOUNT}:role/pullmedic-pull"
    retryPods: true
  - name: depot
    clusters: [prod-eu]
    namespaceLabel: { key: example.com/refreshed, value: "yes" }
    secretNames: [ecr-creds]
    registries: ["${ECR_HOST}"]
    roleArn: "arn:aws:iam::${ACCOUNT}:role/pullmedic-pull"
  - name: payments
    namespaces: [payments]
    secretNames: [ecr-creds]
    registries: ["${ECR_HOST}"]
    roleArn: "arn:aws:iam::${ACCOUNT}:role/pullmedic-pull"
    mode: advise
policy:
  rules:
    - { name: by itself, namespaces: [reports], remedies: [retry-now], mode: auto }
    - { name: everybody here, users: [${ALICE}], typedName: never }
refresh: { everyMinutes: 5 }
limits: { timeScale: ${TIME_SCALE}, buzzesPerHour: 1000 }
`;
}

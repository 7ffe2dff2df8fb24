import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS, findResource, RESOURCES, type Resource } from '../../infra/local/kubernetes/resources.ts';
import { CALLER, CANARY, type DoctorStage, PULL_ROLE, startDoctorStage } from '../support/doctor-stage.ts';

/** What every run's output is held to, whatever was broken. */
const CREDENTIAL = new RegExp(`${CANARY}|[A-Za-z0-9+/=]{120}|0123456789abcdef0123456789abcdef`);

describe('pullmedic doctor', () => {
  let stage: DoctorStage;
  let printed: string;

  beforeEach(async () => {
    stage = await startDoctorStage();
    printed = '';
  });
  afterEach(async () => {
    await stage.stop();
    expect(printed).not.toMatch(CREDENTIAL);
  });

  async function doctor(...given: Parameters<DoctorStage['doctor']>) {
    const output = await stage.doctor(...given);
    printed += output.stdout + output.stderr;
    return output;
  }

  it('finds nothing to mend where the shipped roles are bound and the app is made from the manifest', async () => {
    const { status, stdout, about } = await doctor();
    expect(stdout).not.toMatch(/^fail/m);
    expect(status).toBe(0);
    expect(about('cluster', 'as triage: permissions')).toBe(
      `ok       cluster  prod-eu as triage: permissions: may do all that it must (13 rights asked for)
ok       cluster  prod-eu as triage: permissions: may read pull secrets in shop; not in default, web`,
    );
    expect(about('cluster', 'as refresh')).toContain('may do all that it must (2 rights asked for)');
    expect(about('cluster', 'as remedy')).toContain('may do all that it must (21 rights asked for)');
    expect(about('aws', 'shop')).toMatch(
      /^ok {7}aws {6}shop: ecr token in eu-west-1 as arn:aws:iam::123456789012:role\/pullmedic-pull: is given, good until \d{4}-\d\d-\d\dT/,
    );
    expect(stage.ecr.calls()).toBe(1);
    expect(about('slack', 'scopes')).toBe('ok       slack    scopes: all 7 that are needed, and no other');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ ok, 2 warnings, 1 skipped\.$/);
  });

  it('changes nothing: no object, no message', async () => {
    const everything = () => JSON.stringify(RESOURCES.map((one) => [...stage.api.store.list(one, undefined)]));
    const before = everything();
    await doctor();
    expect(everything()).toBe(before);
    expect(Object.keys(stage.slack.calls).sort()).toEqual(['auth.test', 'conversations.info', 'conversations.list']);
    expect(stage.alertmanager.posted()).toEqual([]);
  });

  describe('the configuration', () => {
    it('names a reference that does not resolve, and where it stands', async () => {
      stage.env['SIGNING'] = undefined;
      const { status, about, stdout } = await doctor(['--only', 'config']);
      expect(about('config', 'signingSecret')).toBe(
        `fail     config   slack.signingSecret: env:SIGNING: does not exist
                  do: set SIGNING for this process, or name another reference`,
      );
      expect(stdout).toMatch(/6 ok, 1 failed; first: config slack\.signingSecret: env:SIGNING: does not exist\.\n$/);
      expect(status).toBe(1);
    });

    it('warns of a credential that others can read', async () => {
      const file = join(stage.folder, 'token');
      writeFileSync(file, `${CANARY}\n`);
      chmodSync(file, 0o644);
      const config = stage.config();
      const { status, about } = await doctor(['--only', 'config'], {
        ...config,
        alerts: { tokens: [{ current: `file:${file}` }] },
      });
      expect(about('config', 'alerts')).toBe(
        `warn     config   alerts.tokens[0].current: file:/token can be read, by other users of this machine too (mode 644)
                  do: take their permissions away
                      chmod 600 '/token'`,
      );
      expect(status).toBe(0);
    });

    it('says why a place does not give a credential', async () => {
      const config = { ...stage.config(), alerts: { tokens: [{ current: `file:${stage.folder}` }] } };
      const { about } = await doctor(['--only', 'config'], config);
      expect(about('config', 'alerts')).toMatch(/^fail .*: file:: cannot be read: EISDIR: /);
    });

    it('that is not there ends with status 2 and the smallest one', async () => {
      const { status, stderr } = await doctor(['--config', join(stage.folder, 'none.yaml')]);
      expect(stderr).toBe(
        `pullmedic: ${stage.folder}/none.yaml: there is no such file; give --config, or set PULLMEDIC_CONFIG; the smallest one is: clusters: [{ name: prod-eu }], slack: { channel: image-pulls }\n`,
      );
      expect(status).toBe(2);
    });

    it.each([
      {
        args: ['--only', 'config,slak'],
        says: 'doctor: --only takes config, cluster, aws, slack, webhook, not "slak"',
      },
      { args: ['--cluster', 'prod-us'], says: 'doctor: cluster prod-us is not configured; configured: prod-eu' },
      {
        args: ['--webhook-url', 'ftp://x'],
        says: 'doctor: --webhook-url takes an address such as https://pullmedic.example.com/alerts/prod-eu',
      },
    ])('$args is wrong usage', async ({ args, says }) => {
      const { status, stdout, stderr } = await doctor(args);
      expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `pullmedic: ${says}\n` });
    });
  });

  describe('a cluster', () => {
    it.each([
      {
        identity: 'triage',
        role: 'pullmedic-triage',
        drop: { resource: 'pods', verb: 'list' },
        line: `fail     cluster  prod-eu as triage: permissions: may not list pods in the whole cluster: no diagnosis: pullmedic is blind in this cluster
                  do: grant it
                      kubectl apply --server-side --kustomize infra/kubernetes/base`,
      },
      {
        identity: 'triage',
        role: 'pullmedic-events',
        drop: { resource: 'events', verb: 'patch' },
        line: `warn     cluster  prod-eu as triage: permissions: may not patch events in the whole cluster: \`kubectl describe pod\` does not end with the diagnosis; nothing else is lost
                  do: grant it
                      kubectl apply --server-side --kustomize infra/kubernetes/overlays/triage`,
      },
      {
        identity: 'refresh',
        role: 'pullmedic-refresh',
        drop: { resource: 'secrets', verb: 'patch' },
        line: `fail     cluster  prod-eu as refresh: permissions: may not patch secrets in shop: expired ECR secrets are told, not renewed
                  do: grant it
                      kubectl apply --server-side --namespace 'shop' --kustomize infra/kubernetes/overlays/refresh`,
      },
      {
        identity: 'remedy',
        role: 'pullmedic-remedy',
        drop: { resource: 'deployments', verb: 'patch' },
        line: `fail     cluster  prod-eu as remedy: permissions: may not patch deployments.apps in shop: rolling back, pinning and correcting a tag are advice, not buttons
                  do: grant it
                      kubectl apply --server-side --namespace 'shop' --kustomize infra/kubernetes/overlays/remedy`,
      },
    ])('tells $identity without $drop.verb of $drop.resource', async ({ identity, role, drop, line }) => {
      dropVerb(stage, role, drop);
      const { status, about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', `as ${identity}: permissions: may not`)).toBe(line);
      expect(status).toBe(line.startsWith('fail') ? 1 : 0);
    });

    it('asks by the name of the secret, as overlays/example grants it', async () => {
      stage.api.delete(resource(RBAC, 'rolebindings'), 'shop', 'pullmedic-refresh');
      expect((await doctor(['--only', 'cluster'])).about('cluster', 'as refresh: permissions')).toMatch(/^fail/);
      stage.apply('overlays/example/shop', 'shop');
      expect((await doctor(['--only', 'cluster'])).about('cluster', 'as refresh: permissions')).toMatch(/^ok/);
    });

    it('asks for what a target with create, attachTo and retryPods needs, and says which overlay grants each', async () => {
      const config = stage.config();
      Object.assign(config.targets[0] ?? {}, { create: true, attachTo: ['default'], retryPods: true });
      const { about } = await doctor(['--only', 'cluster'], config);
      const lines = about('cluster', 'as refresh: permissions');
      expect(lines).toContain('may not list serviceaccounts, patch serviceaccounts in shop');
      expect(lines).toContain("--namespace 'shop' --kustomize infra/kubernetes/overlays/refresh-attach");
      expect(lines).toContain('may not list pods, delete pods in shop');
      expect(lines).not.toContain('create secrets');
      stage.apply('overlays/refresh-attach', 'shop');
      stage.apply('overlays/refresh-retry-pods', 'shop');
      const after = await doctor(['--only', 'cluster'], config);
      expect(after.about('cluster', 'as refresh: permissions')).toBe(
        'ok       cluster  prod-eu as refresh: permissions: may do all that it must (7 rights asked for)',
      );
    });

    it('warns of an identity that may do more than it needs', async () => {
      stage.apply('overlays/cluster-wide');
      const { about, status } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'as refresh: permissions: may do more')).toBe(
        `warn     cluster  prod-eu as refresh: permissions: may do more in the whole cluster than it needs: get secrets (reads any Secret whose name it knows), patch secrets (writes any Secret)
                  do: use the identities of infra/kubernetes, and take the bindings away that grant more
                      kubectl get clusterrolebindings -o wide`,
      );
      expect(status).toBe(0);
    });

    it('warns of an administrator in one line, for all that share the credential', async () => {
      const config = stage.config();
      config.clusters = [{ name: 'prod-eu', access: { kind: 'kubeconfig', kubeconfig: 'env:KUBE_ADMIN' } }] as never;
      const { about } = await doctor(['--only', 'cluster'], config);
      expect(about('cluster', 'may do more')).toBe(
        `warn     cluster  prod-eu as triage, refresh, remedy: permissions: may do more in the whole cluster than it needs: everything (it is a cluster administrator)
                  do: use the identities of infra/kubernetes, and take the bindings away that grant more
                      kubectl get clusterrolebindings -o wide`,
      );
      expect(about('cluster', 'admission policies')).toBe(
        'ok       cluster  prod-eu as triage, refresh, remedy: admission policies: installed',
      );
    });

    it('names the admission policies that are missing, or have no binding', async () => {
      const config = stage.config();
      config.clusters = [{ name: 'prod-eu', access: { kind: 'kubeconfig', kubeconfig: 'env:KUBE_ADMIN' } }] as never;
      stage.api.delete(resource(ADMISSION, 'validatingadmissionpolicies'), undefined, 'pullmedic-pods');
      stage.api.delete(resource(ADMISSION, 'validatingadmissionpolicybindings'), undefined, 'pullmedic-secrets');
      const { about } = await doctor(['--only', 'cluster'], config);
      expect(about('cluster', 'admission policies')).toBe(
        `warn     cluster  prod-eu as triage, refresh, remedy: admission policies: not installed: pullmedic-pods, pullmedic-secrets
                  do: RBAC alone cannot say "only the tag" or "only stuck pods": install them
                      kubectl apply --server-side --kustomize infra/kubernetes/overlays/triage`,
      );
    });

    it('tells policies that let pass what they refuse: the embedded cluster enforces none', async () => {
      const { about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'admission policies')).toBe(
        `warn     cluster  prod-eu as triage: admission policies: a dry-run of an event that they refuse was let through: not installed, or they do not know this user
                  do: install them, and reach the cluster as a service account or group that they name
                      kubectl apply --server-side --kustomize infra/kubernetes/overlays/triage`,
      );
    });

    it('tells a credential that is not taken', async () => {
      stage.env['KUBE_TRIAGE'] = stage.env['KUBE_TRIAGE']?.replace(`${CANARY}-triage`, `${CANARY}-revoked`);
      const { status, about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'as triage')).toBe(
        `fail     cluster  prod-eu as triage: the API server does not take the credential (401)
                  do: the token has ended or was revoked: make another (infra/kubernetes/overlays/external) and write it to env:KUBE_TRIAGE
skipped  cluster  prod-eu as triage: permissions: the API server was not reached`,
      );
      expect(about('cluster', 'as refresh')).not.toMatch(/fail/);
      expect(status).toBe(1);
    });

    it('tells a server that is not there', async () => {
      editKubeconfig(stage, 'KUBE_TRIAGE', { server: 'http://127.0.0.1:9' });
      const { about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'as triage')).toContain(
        `fail     cluster  prod-eu as triage: the API server cannot be reached: the connection was refused (ECONNREFUSED)
                  do: correct \`server\` of the kubeconfig, or let this machine through (firewall, security group, private endpoint)`,
      );
    });

    it('gives a server that hangs its time, and no more', async () => {
      stage.server.setFault({ hangMs: 3_000 });
      const { about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'as triage')).toContain(
        'fail     cluster  prod-eu as triage: the API server cannot be reached: no answer within 1.5 s\n',
      );
    });

    it('finds kube-state-metrics by its label', async () => {
      const metadata = {
        namespace: 'web',
        name: 'ksm',
        labels: { 'app.kubernetes.io/name': 'kube-state-metrics' },
      };
      const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'ksm:1' }] } };
      const spec = { selector: { matchLabels: { a: 'b' } }, template };
      const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
      stage.api.create(DEPLOYMENTS, object as unknown as ApiObject, { manager: 'test' });
      const { about } = await doctor(['--only', 'cluster']);
      expect(about('cluster', 'kube-state-metrics')).toBe(
        'ok       cluster  prod-eu as triage: kube-state-metrics: runs as web/ksm',
      );
    });

    it('says why it does not look at what the configuration does not use', async () => {
      const { about } = await doctor(['--only', 'cluster'], { ...stage.config(), targets: [], policy: {} });
      expect(about('cluster', 'as refresh')).toBe(
        'skipped  cluster  prod-eu as refresh: no target is about this cluster',
      );
      expect(about('cluster', 'as remedy')).toBe('skipped  cluster  prod-eu as remedy: the policy has no rule');
    });
  });

  describe('AWS', () => {
    it('says what a role that may not be assumed lacks', async () => {
      stage.sts.trusting.clear();
      const { status, about } = await doctor(['--only', 'aws']);
      expect(about('aws', 'shop')).toBe(
        `fail     aws      shop: ecr token in eu-west-1 as ${PULL_ROLE}: AssumeRole ${PULL_ROLE} (eu-west-1): AccessDenied: User: ${CALLER} is not authorized to perform: sts:AssumeRole on resource: ${PULL_ROLE}
                  do: add this statement to the trust policy of the role, and let this identity sts:AssumeRole it
                      {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/pullmedic-worker"},"Action":"sts:AssumeRole"}`,
      );
      expect(status).toBe(1);
    });

    it('says what a role without ecr:GetAuthorizationToken lacks', async () => {
      stage.ecr.setFault({ error: 'AccessDeniedException', status: 400 });
      const { about } = await doctor(['--only', 'aws']);
      expect(about('aws', 'shop')).toBe(
        `fail     aws      shop: ecr token in eu-west-1 as ${PULL_ROLE}: GetAuthorizationToken as ${PULL_ROLE} (eu-west-1): AccessDeniedException: AccessDeniedException (embedded ECR)
                  do: add this statement to the permissions of the role
                      {"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}`,
      );
    });

    it('tries the role of each account and cluster', async () => {
      const roleArn = 'arn:aws:iam::210987654321:role/pullmedic-registry';
      const config = { ...stage.config(), ecr: { accounts: [{ id: '210987654321', roleArn }] } };
      const { about } = await doctor(['--only', 'aws'], config);
      expect(about('aws', 'of account')).toMatch(
        /^fail {5}aws {6}arn:aws:iam::210987654321:role\/pullmedic-registry \(ECR of account 210987654321\): AssumeRole/,
      );
      stage.sts.trusting.add(roleArn);
      expect((await doctor(['--only', 'aws'], config)).about('aws', 'of account')).toBe(
        `ok       aws      ${roleArn} (ECR of account 210987654321): can be assumed`,
      );
    });

    it('tells a clock that is off', async () => {
      stage.sts.aheadMs = -10 * 60_000;
      const { about } = await doctor(['--only', 'aws']);
      expect(about('aws', 'identity')).toMatch(
        /^fail {5}aws {6}identity: the clock of this machine is (10|9\.9|10\.1) min ahead of the server's\n {18}do: set it by NTP/,
      );
    });

    it('is left out where nothing of it is configured', async () => {
      const { stdout } = await doctor(['--only', 'aws'], { ...stage.config(), targets: [] });
      expect(stdout).toBe(`skipped  aws      identity: the configuration names nothing of AWS, and AWS_REGION is not set
0 ok, 1 skipped.
`);
    });
  });

  describe('Slack', () => {
    it('tells the bot where it is not invited', async () => {
      stage.slack.workspace.setMember(stage.slack.workspace.findChannel('team-shop')?.id ?? '', false);
      const { status, about } = await doctor(['--only', 'slack']);
      expect(about('slack', 'team-shop')).toBe(
        `fail     slack    channel team-shop: the bot is not in #team-shop (C0TEAMSHOP0)
                  do: type \`/invite @pullmedic\` in #team-shop: nothing can be posted there until then`,
      );
      expect(status).toBe(1);
    });

    it('tells a channel that is not there', async () => {
      const config = stage.config();
      config.slack['channel'] = '#incident';
      const { about } = await doctor(['--only', 'slack'], config);
      expect(about('slack', 'channel incident:')).toBe(
        `fail     slack    channel incident: there is none that the bot can see
                  do: correct the name, or, where it is private, type \`/invite @pullmedic\` in it`,
      );
    });

    it('tells a token of another workspace', async () => {
      const config = stage.config();
      config.slack['team'] = 'T0OTHER0';
      const { about } = await doctor(['--only', 'slack'], config);
      expect(about('slack', 'bot token')).toBe(
        `fail     slack    bot token: it is of pullmedic in local (T0LOCAL0), \`slack.team\` is T0OTHER0
                  do: install the app in T0OTHER0, or correct \`slack.team\`: nobody may press until then`,
      );
    });

    it('tells a token that is not good once, and not again for each channel', async () => {
      stage.env['BOT'] = `xoxb-${CANARY}-other`;
      const { about } = await doctor(['--only', 'slack']);
      expect(about('slack', 'bot token: ')).toBe(
        `fail     slack    bot token: Slack auth.test: invalid_auth
                  do: copy "Bot User OAuth Token" (xoxb-…) of "OAuth & Permissions" to env:BOT`,
      );
      expect(about('slack', 'channel')).toBe(
        `skipped  slack    channel incidents: the bot token does not work
skipped  slack    channel team-shop: the bot token does not work`,
      );
    });

    it('warns of a signing secret that does not look like one', async () => {
      stage.env['SIGNING'] = `${CANARY}`;
      const { about } = await doctor(['--only', 'slack']);
      expect(about('slack', 'signing secret')).toBe(
        `warn     slack    signing secret: env:SIGNING does not look like one (32 hexadecimal digits)
                  do: copy "Signing Secret" of "Basic Information" to env:SIGNING; every click is refused until then`,
      );
    });
  });

  it('prints the same for programs, with numbers', async () => {
    stage.env['SIGNING'] = undefined;
    const { status, stdout } = await doctor(['--only', 'slack', '--json']);
    const { checks, summary } = JSON.parse(stdout);
    expect(checks.at(-1)).toEqual({
      area: 'slack',
      subject: 'signing secret',
      outcome: 'fail',
      seen: 'env:SIGNING: does not exist',
      do: 'copy "Signing Secret" of "Basic Information" to env:SIGNING; every click is refused until then',
    });
    expect(summary).toEqual({ ok: 4, warn: 0, fail: 1, skipped: 0 });
    expect(status).toBe(1);
  });
});

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

function resource(group: string, plural: string): Resource {
  const found = findResource(group, 'v1', plural);
  if (found === undefined) throw new Error(`${plural} are not served`);
  return found;
}

type Rules = { resources: string[]; verbs: string[] }[];

/** Takes one verb of one resource out of a ClusterRole, and leaves all else. */
function dropVerb(
  { api }: DoctorStage,
  role: string,
  drop: { readonly resource: string; readonly verb: string },
): void {
  api.edit<ApiObject & { rules: Rules }>(
    resource(RBAC, 'clusterroles'),
    { name: role },
    { manager: 'test' },
    (copy) => {
      copy.rules = copy.rules.flatMap(({ resources, ...rule }) => [
        { ...rule, resources: resources.filter((one) => one !== drop.resource) },
        {
          ...rule,
          resources: resources.filter((one) => one === drop.resource),
          verbs: rule.verbs.filter((one) => one !== drop.verb),
        },
      ]);
    },
  );
}

/** Changes fields of the one cluster of a kubeconfig. */
function editKubeconfig({ env }: DoctorStage, name: string, fields: object): void {
  const kubeconfig = parse(env[name] ?? '') as { readonly clusters: { cluster: object }[] };
  for (const one of kubeconfig.clusters) one.cluster = { ...one.cluster, ...fields };
  env[name] = stringify(kubeconfig);
}

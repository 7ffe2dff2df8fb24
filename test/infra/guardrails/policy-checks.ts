import { ABUSES, patch } from './abuses.ts';
import { BOUND, UNBOUND } from './fixtures.ts';
import { DEVELOPER, NAMESAKE, REFRESH, REMEDY, TRIAGE } from './identities.ts';
import { INTENDED, OTHERS } from './intended.ts';
import { type Caller, type Kubectl, must, waitFor } from './kubectl.ts';
import type { Report } from './report.ts';
import { podsOf } from './set-up.ts';

/** One thing that somebody tries. */
export interface Attempt {
  readonly title: string;
  readonly as: Caller;
  /** `POD:n` is the n-th pod of the deployment, `JOB-POD` the one of the Job. */
  readonly run: readonly string[];
  readonly input?: object;
  /** What the admin does first. */
  readonly before?: readonly (readonly string[])[];
}

/** An attempt that must be refused. */
export interface Abuse extends Attempt {
  readonly policy: string;
  /** How the message of the rule begins. */
  readonly rule: string;
  /** What the API server itself says before it asks a policy: the rule stands behind that. */
  readonly sooner?: string;
}

/** First what is intended, with nothing but the shipped RBAC; then every abuse, by identities that RBAC allows all. */
export async function checkPolicies(kubectl: Kubectl, report: Report): Promise<void> {
  const names = await podNames(kubectl);
  for (const attempt of INTENDED) await expectAllowed(kubectl, report, attempt, names, 'intended');

  await grantEverything(kubectl);
  const left = await podNames(kubectl);
  for (const abuse of ABUSES) {
    const title = `refused: ${abuse.title}`;
    const answer = await attempt(kubectl, abuse, left);
    const expected =
      abuse.sooner ??
      `ValidatingAdmissionPolicy '${abuse.policy}' with binding '${abuse.policy}' denied request: ${abuse.rule}:`;
    if (answer.ok) report.failed(title, 'it was allowed');
    else if (!answer.stderr.includes(expected))
      report.failed(title, `not by ${abuse.policy}/${abuse.rule}: ${answer.stderr}`);
    else report.passed(`${title} (${abuse.policy}, ${abuse.rule})`);
  }
  await checkNamedTarget(kubectl, report);
}

/** A Secret without the label, once its name is in the policy, as overlays/example does it; its neighbour stays shut. */
async function checkNamedTarget(kubectl: Kubectl, report: Report): Promise<void> {
  const title = 'intended: refresh renews an unlabelled pull secret that the policy names, and no other';
  const write = (name: string) =>
    kubectl(
      [
        `--namespace=${BOUND}`,
        ...patch(`secret ${name}`, { metadata: { annotations: { 'pullmedic.dev/ecr': '{}' } } }),
      ],
      {
        as: REFRESH,
      },
    );
  if ((await write('named')).ok) return report.failed(title, 'it was allowed before the policy named it');
  const list = [
    { op: 'test', path: '/spec/variables/0/name', value: 'named' },
    { op: 'replace', path: '/spec/variables/0/expression', value: `['${BOUND}/named']` },
  ];
  const policy = 'validatingadmissionpolicy pullmedic-secrets';
  await must(kubectl, patch(policy, JSON.stringify(list), 'json'));
  await waitFor('the policy that names it', 30, async () => ((await write('named')).ok ? true : undefined));
  const other = await write('plain');
  if (other.stderr.includes('only-targets:')) report.passed(title);
  else report.failed(title, other.stderr || 'the other one was written too');
}

/** The same deeds by somebody else: pullmedic's rules are for pullmedic. */
export async function checkOrdinaryUsers(kubectl: Kubectl, report: Report): Promise<void> {
  const names = await podNames(kubectl);
  for (const attempt of OTHERS) await expectAllowed(kubectl, report, attempt, names, 'untouched');
}

async function expectAllowed(
  kubectl: Kubectl,
  report: Report,
  one: Attempt,
  names: readonly string[],
  what: string,
): Promise<void> {
  const answer = await attempt(kubectl, one, names);
  if (answer.ok) report.passed(`${what}: ${one.title}`);
  else report.failed(`${what}: ${one.title}`, answer.stderr);
}

async function attempt(kubectl: Kubectl, { as, run, input, before = [] }: Attempt, names: readonly string[]) {
  const fill = (args: readonly string[]) =>
    args.map((arg) => arg.replace(/POD:(\d)/, (_, index: string) => names[Number(index)] ?? 'no-such-pod'));
  for (const args of before) await must(kubectl, [`--namespace=${BOUND}`, ...fill(args)]);
  return kubectl([`--namespace=${BOUND}`, ...fill(run)], { as, input });
}

/** Six of the deployment; the controller replaces what was deleted, under another name. */
async function podNames(kubectl: Kubectl): Promise<readonly string[]> {
  return waitFor('six pods of the deployment', 60, async () => {
    const names = await podsOf(kubectl, 'web');
    return names.length >= 6 ? names : undefined;
  });
}

/** So that a refusal is the policy's and not RBAC's, and the fence is seen to hold whatever a role grants by mistake. */
async function grantEverything(kubectl: Kubectl): Promise<void> {
  await must(kubectl, ['apply', '--server-side', '--filename=-'], {
    input: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'guardrails-everything', labels: { 'pullmedic.dev/guardrails': 'true' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [
        ...[TRIAGE, REFRESH, REMEDY, NAMESAKE].map(({ user }) => ({
          kind: 'ServiceAccount',
          name: user.split(':')[3],
          namespace: user.split(':')[2],
        })),
        ...['pullmedic:remedy', 'pullmedic:triage', ...(DEVELOPER.groups ?? [])].map((name) => ({
          kind: 'Group',
          apiGroup: 'rbac.authorization.k8s.io',
          name,
        })),
      ],
    },
  });
  await waitFor('the grant', 30, async () => {
    const answer = await kubectl(['auth', 'can-i', '*', '*', `--namespace=${UNBOUND}`], { as: REMEDY });
    return answer.ok ? true : undefined;
  });
}

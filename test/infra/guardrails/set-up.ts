import { BOUND, LARGE, mirrorPod, NODE, OBJECTS, UNBOUND } from './fixtures.ts';
import { REMEDY } from './identities.ts';
import { type Kubectl, MANIFESTS, must, waitFor } from './kubectl.ts';
import type { Report } from './report.ts';

/** A policy is active when every API server has seen it: seconds. */
const POLICIES_ACTIVE_WITHIN_SECONDS = 30;
const CONTROLLERS_WITHIN_SECONDS = 60;

export const applyArguments: readonly string[] = ['apply', '--server-side', '--field-manager=guardrails'];

/** The installation as README.md says it, and what the checks need beside it. */
export async function setUp(kubectl: Kubectl, report: Report): Promise<void> {
  await removeEverything(kubectl);
  for (const namespace of [BOUND, UNBOUND]) await must(kubectl, ['create', 'namespace', namespace]);
  await must(kubectl, [...applyArguments, `--kustomize=${MANIFESTS}/overlays/triage`]);
  report.passed('the API server takes overlays/triage by server-side apply');
  for (const overlay of ['read-secrets', 'refresh', 'remedy']) {
    await must(kubectl, [...applyArguments, `--namespace=${BOUND}`, `--kustomize=${MANIFESTS}/overlays/${overlay}`]);
    report.passed(`the API server takes overlays/${overlay} for one namespace`);
  }
  await must(kubectl, ['apply', '--server-side', `--namespace=${BOUND}`, '--filename=-'], { input: OBJECTS });
  await must(kubectl, ['apply', '--server-side', `--namespace=${BOUND}`, '--filename=-'], { input: LARGE });
  await createMirrorPods(kubectl);
  await waitFor('the pods of the workloads', CONTROLLERS_WITHIN_SECONDS, async () => {
    const [web, db, nightly] = await Promise.all([podsOf(kubectl, 'web'), podsOf(kubectl, 'db'), jobPods(kubectl)]);
    return web.length === 6 && db.length === 1 && nightly.length === 1 ? true : undefined;
  });
  await waitForPolicies(kubectl);
  await checkTypes(kubectl, report);
}

/** One as the kubelet makes it, and one that says it is a Deployment's. */
async function createMirrorPods(kubectl: Kubectl): Promise<void> {
  await must(kubectl, ['create', '--filename=-'], {
    input: { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels: { 'pullmedic.dev/guardrails': 'true' } } },
  });
  for (const { apiVersion, kind, name } of [
    { apiVersion: 'v1', kind: 'Node', name: NODE },
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
  ]) {
    const uid = await must(kubectl, ['get', kind, name, `--namespace=${BOUND}`, '--output=jsonpath={.metadata.uid}']);
    await must(kubectl, ['create', `--namespace=${BOUND}`, '--filename=-'], {
      input: mirrorPod({ apiVersion, kind, name, uid }),
    });
  }
}

/** Until a known abuse, which RBAC allows, is refused by a policy. A dry run: nothing happens before that either. */
async function waitForPolicies(kubectl: Kubectl): Promise<void> {
  const abuse = ['delete', 'pod', 'bare', `--namespace=${BOUND}`, '--dry-run=server'];
  await waitFor('policies in force', POLICIES_ACTIVE_WITHIN_SECONDS, async () =>
    (await kubectl(abuse, { as: REMEDY })).stderr.includes('ValidatingAdmissionPolicy') ? true : undefined,
  );
}

/** The controller of the policies checks each expression against the schema of what it will meet. */
async function checkTypes(kubectl: Kubectl, report: Report): Promise<void> {
  const title = 'the API server finds no type error in any policy';
  const policies = await waitFor('the type check of the policies', CONTROLLERS_WITHIN_SECONDS, async () => {
    const { items } = JSON.parse(
      await must(kubectl, [
        'get',
        'validatingadmissionpolicies',
        '--selector=app.kubernetes.io/name=pullmedic',
        '--output=json',
      ]),
    ) as { readonly items: readonly CheckedPolicy[] };
    return items.every(({ status }) => status?.observedGeneration !== undefined) ? items : undefined;
  });
  const warnings = policies.flatMap(({ metadata, status }) =>
    (status?.typeChecking?.expressionWarnings ?? []).map(({ warning }) => `${metadata.name}: ${warning}`),
  );
  if (warnings.length === 0) report.passed(`${title} (${policies.length} policies)`);
  else report.failed(title, warnings.join('\n'));
}

interface CheckedPolicy {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: readonly { readonly warning: string }[] };
  };
}

/** Names of the pods of a workload of the fixtures. */
export async function podsOf(kubectl: Kubectl, app: string): Promise<readonly string[]> {
  return podNames(kubectl, `app=${app}`);
}

export async function jobPods(kubectl: Kubectl): Promise<readonly string[]> {
  return podNames(kubectl, 'batch.kubernetes.io/job-name=nightly');
}

async function podNames(kubectl: Kubectl, selector: string): Promise<readonly string[]> {
  const names = await must(kubectl, ['get', 'pods', `--namespace=${BOUND}`, `--selector=${selector}`, '--output=name']);
  return names.split('\n').flatMap((line) => (line === '' ? [] : [line.replace('pod/', '')]));
}

/** Also before the set-up: a run that was killed leaves things behind. */
export async function removeEverything(kubectl: Kubectl): Promise<void> {
  const quietly = ['--ignore-not-found', '--wait=true', '--timeout=60s'];
  await kubectl([
    'delete',
    'validatingadmissionpolicybindings,validatingadmissionpolicies,clusterrolebindings,clusterroles',
    '--selector=app.kubernetes.io/name=pullmedic',
    ...quietly,
  ]);
  await kubectl(['delete', 'clusterrolebindings,nodes', '--selector=pullmedic.dev/guardrails', ...quietly]);
  // Pods of a node that is not there wait for a kubelet otherwise.
  await kubectl([
    'delete',
    'pods',
    '--all',
    `--namespace=${BOUND}`,
    '--force',
    '--grace-period=0',
    '--ignore-not-found',
  ]);
  await kubectl(['delete', 'namespace', BOUND, UNBOUND, 'pullmedic', ...quietly]);
}

import { deniedGap } from '../../../shared/adapters/kubernetes/denied-gap.ts';
import { BOUND, UNBOUND } from './fixtures.ts';
import { EKS_TRIAGE, REFRESH, REMEDY, TRIAGE } from './identities.ts';
import { type Caller, type Kubectl, MANIFESTS, must, waitFor } from './kubectl.ts';
import type { Report } from './report.ts';
import { applyArguments } from './set-up.ts';

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

const READS = [
  'get,list pods',
  'get,list events',
  'get,list serviceaccounts',
  'get,list deployments.apps',
  'get,list replicasets.apps',
  'get,list statefulsets.apps',
  'get,list daemonsets.apps',
  'get,list jobs.batch',
  'get,list cronjobs.batch',
];
const TRIAGE_EVERYWHERE = [...READS, 'get,list nodes', 'get,list namespaces', 'create,patch events'];

/** The whole of what each identity may do: a verb more or less fails. */
const TABLE: readonly { readonly who: string; as: Caller; namespace: string; may: readonly string[] }[] = [
  { who: 'triage', as: TRIAGE, namespace: UNBOUND, may: TRIAGE_EVERYWHERE },
  { who: 'triage', as: TRIAGE, namespace: BOUND, may: [...TRIAGE_EVERYWHERE, 'get secrets'] },
  { who: 'triage by its EKS group', as: EKS_TRIAGE, namespace: UNBOUND, may: TRIAGE_EVERYWHERE },
  { who: 'refresh', as: REFRESH, namespace: UNBOUND, may: [] },
  { who: 'refresh', as: REFRESH, namespace: BOUND, may: ['get,create,patch secrets'] },
  { who: 'remedy', as: REMEDY, namespace: UNBOUND, may: [] },
  {
    who: 'remedy',
    as: REMEDY,
    namespace: BOUND,
    may: [
      ...READS,
      'get namespaces',
      'get secrets',
      'delete pods',
      'patch deployments.apps',
      'patch statefulsets.apps',
      'patch daemonsets.apps',
      'patch serviceaccounts',
    ],
  },
];

/** What one may do of what matters most, as a person would ask. */
const QUESTIONS: readonly { as: Caller; who: string; ask: readonly string[]; may: boolean }[] = [
  { who: 'triage', as: TRIAGE, ask: ['list', 'pods', '--all-namespaces'], may: true },
  { who: 'triage', as: TRIAGE, ask: ['get', 'nodes'], may: true },
  { who: 'triage', as: TRIAGE, ask: ['list', 'secrets', `--namespace=${BOUND}`], may: false },
  { who: 'triage', as: TRIAGE, ask: ['get', 'secrets', `--namespace=${UNBOUND}`], may: false },
  { who: 'triage', as: TRIAGE, ask: ['delete', 'pods', `--namespace=${BOUND}`], may: false },
  { who: 'refresh', as: REFRESH, ask: ['list', 'secrets', `--namespace=${BOUND}`], may: false },
  { who: 'refresh', as: REFRESH, ask: ['delete', 'secrets', `--namespace=${BOUND}`], may: false },
  { who: 'refresh', as: REFRESH, ask: ['patch', 'secrets', `--namespace=${UNBOUND}`], may: false },
  { who: 'remedy', as: REMEDY, ask: ['patch', 'secrets', `--namespace=${BOUND}`], may: false },
  { who: 'remedy', as: REMEDY, ask: ['create', 'daemonsets.apps', `--namespace=${BOUND}`], may: false },
  { who: 'remedy', as: REMEDY, ask: ['get', `namespaces/${BOUND}`, `--namespace=${BOUND}`], may: true },
  { who: 'remedy', as: REMEDY, ask: ['create', 'pods/exec', `--namespace=${BOUND}`], may: false },
];

/** The table of RBAC: exactly these rights, and the grant that a message prints works as printed. */
export async function checkAccess(kubectl: Kubectl, report: Report): Promise<void> {
  for (const { who, as, namespace, may } of TABLE) {
    const title = `${who} in ${namespace === BOUND ? 'a namespace with the roles bound' : 'another namespace'} may exactly what is documented`;
    const expected = new Set(may.flatMap(splitGrant));
    const granted = await grants(kubectl, as, namespace);
    const extra = [...granted].filter((one) => !expected.has(one));
    const missing = [...expected].filter((one) => !granted.has(one));
    if (extra.length === 0 && missing.length === 0) report.passed(`${title} (${granted.size} rights)`);
    else
      report.failed(title, `too much: ${extra.join(', ') || 'nothing'}; missing: ${missing.join(', ') || 'nothing'}`);
  }
  for (const { who, as, ask, may } of QUESTIONS) {
    const title = `can-i: ${who} ${may ? 'may' : 'may not'} ${ask.join(' ')}`;
    const answer = await kubectl(['auth', 'can-i', ...ask], { as });
    const said = answer.stdout.trim();
    if (said === (may ? 'yes' : 'no')) report.passed(title);
    else report.failed(title, `it said ${said} ${answer.stderr}`);
  }
  await checkPrintedGrant(kubectl, report);
}

function splitGrant(grant: string): readonly string[] {
  const [verbs = '', resource = ''] = grant.split(' ');
  return verbs.split(',').map((verb) => `${verb} ${resource}`);
}

/** Everything that RBAC grants, without what every authenticated user has (reviews of itself). */
async function grants(kubectl: Kubectl, as: Caller, namespace: string): Promise<ReadonlySet<string>> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const text = await must(kubectl, ['create', '--validate=false', '--filename=-', '--output=json'], {
    as,
    input: review,
  });
  const { status } = JSON.parse(text) as { status: { resourceRules: readonly Rule[] } };
  return new Set(
    status.resourceRules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      apiGroups
        .filter((group) => !['authorization.k8s.io', 'authentication.k8s.io'].includes(group))
        .flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map(
              (verb) =>
                `${verb} ${resource}${group === '' ? '' : `.${group}`}${resourceNames.map((name) => ` ${name}`).join('')}`,
            ),
          ),
        ),
    ),
  );
}

/** The 403 that triage meets ─▶ the command in the message ─▶ a person runs it ─▶ triage may, and no more than that. */
async function checkPrintedGrant(kubectl: Kubectl, report: Report): Promise<void> {
  const title = 'the command that a stated gap prints grants that one Secret, and no other';
  await must(kubectl, ['create', 'secret', 'generic', 'regcred', `--namespace=${UNBOUND}`]);
  const read = ['get', 'secret', 'regcred', `--namespace=${UNBOUND}`];
  const refused = await kubectl(read, { as: TRIAGE });
  const gap = deniedGap(
    { verb: 'get', resource: 'secrets', namespace: UNBOUND, name: 'regcred' },
    refused.stderr.trim().replaceAll('\\"', '"'),
  );
  if (refused.ok || gap.command === undefined) return report.failed(title, `no command from: ${refused.stderr}`);
  // As a person pastes it: a shell takes it apart.
  for (const part of gap.command.split(' && ')) {
    const words = [...part.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ''));
    await must(kubectl, words.slice(1));
  }
  const allowed = await kubectl(read, { as: TRIAGE });
  const other = await kubectl(['get', 'secret', 'other', `--namespace=${UNBOUND}`], { as: TRIAGE });
  if (allowed.ok && other.stderr.includes('Forbidden')) report.passed(title);
  else report.failed(title, `${allowed.stderr} ${other.stderr}`);
}

/** Overlays external and cluster-wide, which the rest must not need. */
export async function checkTokens(kubectl: Kubectl, report: Report): Promise<void> {
  await must(kubectl, [...applyArguments, `--kustomize=${MANIFESTS}/overlays/external`]);
  for (const { user } of [TRIAGE, REFRESH, REMEDY]) {
    const account = user.replace('system:serviceaccount:pullmedic:', '');
    const title = `overlays/external: the token of ${account} is that identity`;
    const token = await waitFor(`the token of ${account}`, 30, async () => {
      const data = await must(kubectl, [
        'get',
        'secret',
        `${account}-token`,
        '--namespace=pullmedic',
        '--output=jsonpath={.data.token}',
      ]);
      return data === '' ? undefined : Buffer.from(data, 'base64').toString();
    });
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const answer = await must(
      kubectl,
      ['create', '--validate=false', '--filename=-', '--output=jsonpath={.status.user.username}'],
      {
        input: review,
      },
    );
    if (answer === user) report.passed(title);
    else report.failed(title, `it is ${answer}`);
  }
  await must(kubectl, ['delete', 'secrets', '--namespace=pullmedic', '--selector=app.kubernetes.io/name=pullmedic']);

  const title = 'overlays/cluster-wide: opens the three roles everywhere, and is gone when deleted';
  await must(kubectl, [...applyArguments, `--kustomize=${MANIFESTS}/overlays/cluster-wide`]);
  const opened = await can(kubectl, REFRESH, ['patch', 'secrets', '--namespace=kube-system']);
  const bindings = ['read-pull-secrets', 'refresh', 'remedy'].map((role) => `pullmedic-${role}-cluster-wide`);
  await must(kubectl, ['delete', 'clusterrolebindings', ...bindings]);
  const closed = await can(kubectl, REFRESH, ['patch', 'secrets', '--namespace=kube-system']);
  if (opened === 'yes' && closed === 'no') report.passed(title);
  else report.failed(title, `opened: ${opened}, closed: ${closed}`);
}

async function can(kubectl: Kubectl, as: Caller, ask: readonly string[]): Promise<string> {
  return (await kubectl(['auth', 'can-i', ...ask], { as })).stdout.trim();
}

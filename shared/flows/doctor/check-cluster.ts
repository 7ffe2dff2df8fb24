import type { ClusterAccess, ClusterConfig } from '../../config/config.ts';
import type { Check } from '../../domain/doctor/check.ts';
import { ClusterError, type PullmedicError } from '../../domain/errors.ts';
import type { ClusterInspector } from '../../ports/inspection.ts';
import { attempt } from './attempt.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkPolicies } from './check-policies.ts';
import { judgeSkew } from './clock-skew.ts';
import { type ClusterUse, isUsed, subjectOf, usesOf } from './cluster-use.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

const OLDEST_MINOR = 27;
/** ValidatingAdmissionPolicy is generally available from here on. */
const POLICIES_MINOR = 30;

/** Each configured cluster, as each credential that is used there. */
export function clusterSteps({ cluster: only }: DoctorRequest, deps: DoctorDeps): readonly Step[] {
  const clusters = deps.config.clusters.filter(({ name }) => only === undefined || name === only);
  return clusters.flatMap((cluster) => [
    ...usesOf(cluster, deps.config).map((use) => () => checkUse(use, deps)),
    async () => unusedIdentities(cluster, deps),
  ]);
}

function unusedIdentities(cluster: ClusterConfig, deps: DoctorDeps): readonly Check[] {
  const why = {
    triage: '',
    refresh: 'no target is about this cluster',
    remedy:
      deps.config.policy.mode === 'advise' ? 'policy.mode is advise: nothing is changed' : 'the policy has no rule',
  };
  return (['refresh', 'remedy'] as const)
    .filter((identity) => !isUsed(identity, cluster, deps.config))
    .map((identity) => ({
      area: 'cluster',
      subject: `${cluster.name} as ${identity}`,
      outcome: 'skipped',
      seen: why[identity],
    }));
}

async function checkUse(use: ClusterUse, deps: DoctorDeps): Promise<readonly Check[]> {
  const line = { area: 'cluster', subject: subjectOf(use) } as const;
  const [identity = 'triage'] = use.identities;
  let inspector: ClusterInspector | undefined;
  const reached = await attempt(async () => {
    inspector = await deps.inspectCluster(use.cluster.name, identity);
    return inspector.version();
  }, deps.limitMs);
  if (!reached.ok || inspector === undefined) {
    const why = reached.ok ? '' : reached.why;
    const error = reached.ok ? undefined : reached.error;
    return [
      { ...line, outcome: 'fail', ...explainUnreached(why, error, use.access) },
      { ...line, subject: `${line.subject}: permissions`, outcome: 'skipped', seen: 'the API server was not reached' },
    ];
  }
  const { version, serverTime } = reached.value;
  const skew = judgeSkew(serverTime, deps.clock.now());
  const minor = minorOf(version);
  return [
    judgeVersion(line, version, minor),
    ...(skew === undefined ? [] : [{ ...line, ...skew }]),
    ...(await checkPermissions(use, inspector, deps)),
    ...(use.identities.includes('triage') ? await checkInstalled(line, minor, use, inspector, deps) : []),
  ];
}

/** What an installation has once in a cluster, whoever asks. */
async function checkInstalled(
  line: Line,
  minor: number,
  use: ClusterUse,
  inspector: ClusterInspector,
  deps: DoctorDeps,
): Promise<readonly Check[]> {
  const policies = minor < POLICIES_MINOR ? [] : [await checkPolicies(use, inspector, deps)];
  return [...policies, await checkStateMetrics(line, inspector, deps)];
}

type Line = Pick<Check, 'area' | 'subject'>;

function judgeVersion(line: Line, version: string, minor: number): Check {
  const seen = `the API server answers and takes the credential, Kubernetes ${version}`;
  if (minor >= POLICIES_MINOR) return { ...line, outcome: 'ok', seen };
  const isOld = minor < OLDEST_MINOR;
  return {
    ...line,
    outcome: isOld ? 'fail' : 'warn',
    seen,
    advice: isOld
      ? `pullmedic is made for 1.${OLDEST_MINOR} and later`
      : `admission policies need 1.${POLICIES_MINOR}: install infra/kubernetes/base alone, which writes nothing`,
  };
}

/** Infinity for a version of another shape or major number. */
function minorOf(version: string): number {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}

function explainUnreached(
  why: string,
  error: PullmedicError | undefined,
  access: ClusterAccess,
): Pick<Check, 'seen' | 'advice'> {
  const status = error instanceof ClusterError ? error.status : undefined;
  if (error !== undefined && !(error instanceof ClusterError)) {
    return { seen: why, advice: 'mend the reference, or what stands in it' };
  }
  if (error?.message.startsWith('ask AWS') === true) {
    return {
      seen: why,
      advice: 'see the lines about AWS: the role must trust this identity, and may eks:DescribeCluster',
    };
  }
  if (status === 401) return { seen: 'the API server does not take the credential (401)', advice: howToRenew(access) };
  if (status !== undefined) return { seen: `the API server refuses: ${why}`, advice: 'see its log and its audit log' };
  if (why.startsWith('TLS')) {
    const advice =
      why.includes('EXPIRED') || why.includes('NOT_YET')
        ? 'renew the certificate of the API server or of its CA, then put the current CA into `certificate-authority-data`'
        : 'put the CA that signed the certificate of the API server into `certificate-authority-data`, and use a name that stands in the certificate';
    return { seen: `the API server cannot be trusted: ${why}`, advice };
  }
  return {
    seen: `the API server cannot be reached: ${why}`,
    advice:
      'correct `server` of the kubeconfig, or let this machine through (firewall, security group, private endpoint)',
  };
}

function howToRenew(access: ClusterAccess): string {
  switch (access.kind) {
    case 'eks':
      return `give ${access.roleArn ?? 'the role of this process'} an access entry of the cluster, with the group of the identity (infra/kubernetes/eks)`;
    case 'in-cluster':
      return 'the pod must run with a service account of pullmedic, and mount its token';
    case 'kubeconfig':
      return `the token has ended or was revoked: make another (infra/kubernetes/overlays/external) and write it to ${access.kubeconfig}`;
  }
}

async function checkStateMetrics(line: Line, inspector: ClusterInspector, { limitMs }: DoctorDeps): Promise<Check> {
  const subject = `${line.subject}: kube-state-metrics`;
  const found = await attempt(() => inspector.stateMetrics(), limitMs);
  if (!found.ok) return { ...line, subject, outcome: 'fail', seen: found.why };
  if (found.value === 'denied') return { ...line, subject, outcome: 'skipped', seen: 'workloads may not be listed' };
  if (found.value !== undefined) return { ...line, subject, outcome: 'ok', seen: `runs as ${found.value}` };
  return {
    ...line,
    subject,
    outcome: 'warn',
    seen: 'not found by its usual label',
    advice:
      'rules on waiting reasons need it; without it pullmedic finds failing pods by its sweep alone, once a minute',
  };
}

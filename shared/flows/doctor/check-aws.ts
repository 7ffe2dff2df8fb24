import type { Config } from '../../config/config.ts';
import { credentialReferences } from '../../config/credential-references.ts';
import type { Check } from '../../domain/doctor/check.ts';
import { IssueError, type PullmedicError } from '../../domain/errors.ts';
import { partitionOf } from '../../domain/refresh/aws-partition.ts';
import { type TokenRequest, tokenKey, tokenRequestFor } from '../../domain/refresh/token-request.ts';
import { type Attempt, attempt, once } from './attempt.ts';
import { judgeSkew } from './clock-skew.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

/** Who this process is for AWS, whether it may take each role, and whether each target gets a token. */
export function awsSteps(_request: DoctorRequest, deps: DoctorDeps): readonly Step[] {
  const { config } = deps;
  const region = regionOf(deps);
  if (region === undefined) {
    const seen = 'the configuration names nothing of AWS, and AWS_REGION is not set';
    return [async () => [{ area: 'aws', subject: 'identity', outcome: 'skipped', seen }]];
  }
  const caller = once(() => attempt(() => deps.aws.callerIdentity(region), deps.limitMs));
  return [
    async () => [judgeIdentity(await caller(), deps)],
    ...rolesOf(config, region).map((role) => async () => [await checkRole(role, await caller(), deps)]),
    ...requestsOf(config).map((request) => async () => [await checkToken(request, await caller(), deps)]),
  ];
}

type Caller = Attempt<{ readonly arn: string; readonly serverTime: number | undefined }>;

function judgeIdentity(caller: Caller, deps: DoctorDeps): Check {
  const line = { area: 'aws', subject: 'identity' } as const;
  if (!caller.ok) {
    const advice = 'give this process AWS credentials: a role, `aws sso login`, or AWS_PROFILE';
    return { ...line, outcome: 'fail', seen: caller.why, advice };
  }
  const skew = judgeSkew(caller.value.serverTime, deps.clock.now());
  if (skew !== undefined) return { ...line, ...skew };
  return { ...line, outcome: 'ok', seen: `asks as ${caller.value.arn}` };
}

interface Role {
  readonly arn: string;
  readonly region: string;
  readonly usedBy: string;
}

/** Roles beside those of targets, which are tried with the token that they are for. */
function rolesOf({ clusters, ecr }: Config, region: string): readonly Role[] {
  const ofClusters = clusters.flatMap(({ name, access, refreshAccess, remedyAccess }) =>
    [access, refreshAccess, remedyAccess].flatMap((one) =>
      one?.kind === 'eks' && one.roleArn !== undefined
        ? [{ arn: one.roleArn, region: one.region, usedBy: `cluster ${name}` }]
        : [],
    ),
  );
  const ofAccounts = ecr.accounts.flatMap(({ id, roleArn }) =>
    roleArn === undefined ? [] : [{ arn: roleArn, region, usedBy: `ECR of account ${id}` }],
  );
  const all = [...ofClusters, ...ofAccounts];
  return all.filter(({ arn }, index) => all.findIndex((one) => one.arn === arn) === index);
}

async function checkRole({ arn, region, usedBy }: Role, caller: Caller, deps: DoctorDeps): Promise<Check> {
  const line = { area: 'aws', subject: `${arn} (${usedBy})` } as const;
  if (!caller.ok) return { ...line, outcome: 'skipped', seen: 'nobody is known to AWS' };
  const assumed = await attempt(() => deps.aws.assume(arn, region), deps.limitMs);
  if (assumed.ok) return { ...line, outcome: 'ok', seen: 'can be assumed' };
  return { ...line, outcome: 'fail', seen: assumed.why, ...howToAllow(assumed.error, caller.value.arn) };
}

interface TargetRequest {
  readonly request: TokenRequest;
  readonly targets: readonly string[];
}

function requestsOf({ targets }: Config): readonly TargetRequest[] {
  const all = targets.flatMap((target) =>
    target.registries.map((registry) => ({ target: target.name, request: tokenRequestFor(target, registry) })),
  );
  return [...Map.groupBy(all, ({ request }) => tokenKey(request)).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [{ request: first.request, targets: [...new Set(same.map(({ target }) => target))] }];
  });
}

/** Asks for the token as the refresh does, and drops it. */
async function checkToken({ request, targets }: TargetRequest, caller: Caller, deps: DoctorDeps): Promise<Check> {
  const who = request.role.kind === 'own' ? 'its own identity' : (request.role.chain.at(-1) ?? '');
  const subject = `${targets.join(', ')}: ${request.service} token in ${request.region} as ${who}`;
  const line = { area: 'aws', subject } as const;
  if (!caller.ok) return { ...line, outcome: 'skipped', seen: 'nobody is known to AWS' };
  const issued = await attempt(async () => {
    const { expiresAt } = await deps.issuer.issue(request);
    return expiresAt;
  }, deps.limitMs);
  if (issued.ok)
    return { ...line, outcome: 'ok', seen: `is given, good until ${new Date(issued.value).toISOString()}` };
  return { ...line, outcome: 'fail', seen: issued.why, ...howToAllow(issued.error, caller.value.arn, request) };
}

/** The statement that is missing, on the side where it is missing. */
function howToAllow(
  error: PullmedicError | undefined,
  caller: string,
  request?: TokenRequest,
): Pick<Check, 'advice' | 'commands'> {
  const reason = error instanceof IssueError ? error.reason : undefined;
  const isPublic = request?.service === 'ecr-public';
  switch (reason) {
    case 'role-refused':
      return {
        advice: 'add this statement to the trust policy of the role, and let this identity sts:AssumeRole it',
        commands: [statement({ Principal: { AWS: principalOf(caller) }, Action: 'sts:AssumeRole' })],
      };
    case 'token-refused': {
      const own = isPublic
        ? ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken']
        : 'ecr:GetAuthorizationToken';
      return {
        advice: 'add this statement to the permissions of the role',
        commands: [statement({ Action: own, Resource: '*' })],
      };
    }
    case 'credentials-expired':
      return { advice: 'renew the AWS credentials of this process' };
    default:
      return { advice: 'try again; if it stays, check the way to AWS (NAT, VPC endpoints of sts and ecr.api)' };
  }
}

function statement(rest: object): string {
  return JSON.stringify({ Effect: 'Allow', ...rest });
}

/** A trust policy names the role, not its session. */
function principalOf(arn: string): string {
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}

/** Where AWS is asked; `undefined` = the configuration needs nothing of it. */
function regionOf({ config, region }: DoctorDeps): string | undefined {
  const ofTargets = config.targets.flatMap(({ registries }) => registries.map((registry) => registry.region));
  const ofClusters = config.clusters.flatMap(({ access }) => (access.kind === 'eks' ? [access.region] : []));
  const [first] = [...ofTargets, ...ofClusters];
  const isNeeded =
    first !== undefined ||
    config.ecr.accounts.length > 0 ||
    credentialReferences(config).some(({ reference }) => /^(?:ssm|aws-sm):/.test(reference));
  if (!isNeeded) return undefined;
  // The process' own, where it is of the same partition: another one's STS does not know it.
  const isUsable = region !== undefined && (first === undefined || partitionOf(first).id === partitionOf(region).id);
  return isUsable ? region : (first ?? 'us-east-1');
}

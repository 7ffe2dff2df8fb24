import { partitionOf } from './aws-partition.ts';
import type { RefreshTarget, RoleChoice, TargetRegistry } from './target.ts';

/** Which token is wanted. Everything in it comes from the configuration. */
export interface TokenRequest {
  readonly service: 'ecr' | 'ecr-public';
  readonly region: string;
  readonly role: RoleChoice;
  /** IAM policy that narrows the last role of the chain; `undefined` = all that it may do. */
  readonly sessionPolicy: string | undefined;
  /** Whether the API is asked by its FIPS or dual-stack endpoint, as the registry's own name demands. */
  readonly isFips: boolean;
  readonly isDualStack: boolean;
}

/** What a pull needs (ECR user guide, "Private image repository policies"). */
const PULL_ACTIONS = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
/** sts:GetServiceBearerToken is what ECR Public's GetAuthorizationToken asks for besides. */
const PUBLIC_TOKEN_ACTIONS = ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'];

/** One token serves every registry of a target in the same region: the request is about all of them. */
export function tokenRequestFor(target: RefreshTarget, registry: TargetRegistry): TokenRequest {
  const { service, region } = registry;
  const together = target.registries.filter((one) => one.service === service && one.region === region);
  return {
    service,
    region,
    role: target.role,
    sessionPolicy: sessionPolicyFor(target.repositories, service, together),
    isFips: together.some(({ isFips }) => isFips),
    isDualStack: together.every(({ isDualStack }) => isDualStack),
  };
}

/** Equal for requests that one token answers. */
export function tokenKey(request: TokenRequest): string {
  const { service, region, role, sessionPolicy, isFips, isDualStack } = request;
  return JSON.stringify([service, region, role.kind === 'own' ? [] : role.chain, sessionPolicy, isFips, isDualStack]);
}

function sessionPolicyFor(
  repositories: readonly string[] | undefined,
  service: TokenRequest['service'],
  registries: readonly TargetRegistry[],
): string | undefined {
  if (repositories === undefined) return undefined;
  if (service === 'ecr-public') return policy([{ Effect: 'Allow', Action: PUBLIC_TOKEN_ACTIONS, Resource: '*' }]);
  const accounts = [...new Set(registries.map(({ account, region }) => `${region}:${account}`))];
  const resources = accounts.flatMap((place) =>
    repositories.map((name) => `arn:${partitionOf(place).id}:ecr:${place}:repository/${name}`),
  );
  return policy([
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    { Effect: 'Allow', Action: PULL_ACTIONS, Resource: resources },
  ]);
}

function policy(statements: readonly unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

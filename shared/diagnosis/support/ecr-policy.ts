import type { Confidence, Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import { fact, named } from './evidence.ts';
import { now } from './fixes.ts';
import { registrySays } from './registry-facts.ts';

/** Refines a refusal by ECR: whoever asks is of another account than the repository. */
export const CROSS_ACCOUNT = 'cross-account-policy';

/** Who asked, as the refusal names it. */
export interface AwsPrincipal {
  /** As an IAM policy writes it: the role, not the session. */
  readonly arn: string;
  readonly account: string;
  readonly roleName: string | undefined;
}

const ASSUMED = /arn:(aws[a-z-]{0,12}):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}/;
const DIRECT = /arn:(aws[a-z-]{0,12}):iam::(\d{12}):(user|role)\/([\w+=,.@/-]{1,512})/;

/** `User: arn:aws:sts::111122223333:assumed-role/NodeRole/i-0abc is not authorized to perform: ecr:BatchGetImage …`. */
export function namedPrincipal({ error }: PullFailure): AwsPrincipal | undefined {
  const assumed = ASSUMED.exec(error.text);
  if (assumed !== null) {
    const [, partition = 'aws', account = '', role = ''] = assumed;
    return { arn: `arn:${partition}:iam::${account}:role/${role}`, account, roleName: role };
  }
  const direct = DIRECT.exec(error.text);
  if (direct === null) return undefined;
  const [arn, , account = '', kind, path = ''] = direct;
  return { arn, account, roleName: kind === 'role' ? path.split('/').at(-1) : undefined };
}

export interface CrossAccount {
  readonly confidence: Confidence;
  readonly principal: AwsPrincipal;
  /** Account that owns the repository. */
  readonly owner: string;
  readonly evidence: readonly Evidence[];
}

/** Another account asks. Certain where the repository's policy was read and does not let it pull. */
export function crossAccount(failure: PullFailure): CrossAccount | undefined {
  const location = ecrLocation(failure.image?.registry ?? '');
  const principal = namedPrincipal(failure);
  if (location === undefined || principal === undefined || principal.account === location.account) return undefined;
  const owner = location.account;
  const isProven = mayPull(failure, principal) === false;
  return {
    confidence: isProven ? 'certain' : 'likely',
    principal,
    owner,
    evidence: [
      fact(`${named(principal.arn)} asks, the repository is of account ${owner}`, 'the refusal'),
      ...policyEvidence(failure),
    ],
  };
}

/** @returns `undefined` where the policy was not read */
function mayPull({ registry }: PullFailure, { arn, account }: AwsPrincipal): boolean | undefined {
  const { hasPolicy, pullPrincipals } = registry?.ecr ?? {};
  if (hasPolicy === false) return false;
  if (pullPrincipals === undefined) return undefined;
  // A role may be written with its path, which a session's name does not tell.
  const role = arn.split('/').at(-1);
  return pullPrincipals.some(
    (each) =>
      each.includes('*') ||
      each === account ||
      each.endsWith(`::${account}:root`) ||
      (each.includes(`::${account}:`) && each.endsWith(`/${role}`)),
  );
}

/** Whom the repository's policy lets pull, where it was read. */
export function policyEvidence({ registry, image }: PullFailure): readonly Evidence[] {
  const { hasPolicy, pullPrincipals } = registry?.ecr ?? {};
  if (registry === undefined) return [];
  const owner = ecrLocation(image?.registry ?? '')?.account ?? 'its owner';
  if (hasPolicy === false) {
    return [registrySays(registry, `the repository has no policy: only account ${owner} may pull`)];
  }
  if (pullPrincipals === undefined) return [];
  const shown = pullPrincipals.slice(0, 3).map(named);
  const rest = pullPrincipals.length - shown.length;
  const whom = shown.length === 0 ? 'nobody' : `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return [registrySays(registry, `the repository policy lets ${whom} pull`)];
}

/** The statement that is missing, beside those that the policy has. */
export function allowInPolicy({ image, registry }: PullFailure, principal: AwsPrincipal): Fix | undefined {
  const location = ecrLocation(image?.registry ?? '');
  if (image === undefined || location === undefined) return undefined;
  const { account, region } = location;
  const statement = JSON.stringify({
    Sid: `PullFrom${principal.account}`,
    Effect: 'Allow',
    Principal: { AWS: principal.arn },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
  });
  const title = `In account ${account}, let ${principal.arn} pull: add this statement to the repository policy`;
  if (registry?.ecr?.hasPolicy === false) {
    const policy = `{"Version":"2012-10-17","Statement":[${statement}]}`;
    return now(
      'allow-in-policy',
      title,
      shellCommand`aws ecr set-repository-policy --registry-id ${account} --region ${region} --repository-name ${image.repository} --policy-text ${policy}`,
    );
  }
  // Setting a policy replaces it: what is there stays.
  return now(
    'allow-in-policy',
    title,
    shellCommand`aws ecr get-repository-policy --registry-id ${account} --region ${region} --repository-name ${image.repository} --query policyText --output text | jq --argjson add ${statement} '.Statement += [$add]' > policy.json`,
    shellCommand`aws ecr set-repository-policy --registry-id ${account} --region ${region} --repository-name ${image.repository} --policy-text file://policy.json`,
  );
}

/** Shows the repository's policy. */
export function readPolicy({ image }: PullFailure): string | undefined {
  const location = image === undefined ? undefined : ecrLocation(image.registry);
  if (image === undefined || location === undefined) return undefined;
  return shellCommand`aws ecr get-repository-policy --registry-id ${location.account} --region ${location.region} --repository-name ${image.repository}`;
}

import type { Gap } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { errorName } from '../aws/advise-retry.ts';
import type { EcrTarget } from './registry-target.ts';

/** Everything that is asked of ECR: one policy grants it. */
const ACTIONS = ['ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:GetLifecyclePolicy', 'ecr:GetRepositoryPolicy'];

/** What one call could not tell, and, where a permission is missing, the command that grants it. */
export function ecrGap(action: string, repository: string, target: EcrTarget, error: unknown): Gap {
  const what = `ECR could not be asked: ${action.replace(/^ecr:/, '')} of ${repository} in account ${target.account}`;
  const name = errorName(error);
  if (!/^AccessDenied(?:Exception)?$/.test(name)) {
    return { what, why: /^[A-Za-z]{1,80}$/.test(name) && name !== 'Error' ? name : 'no answer' };
  }
  const who = target.roleArn ?? "pullmedic's own role";
  return { what, why: `403: ${who} may not ${action} there`, command: grantCommand(target) };
}

/** The role of the configured account; what another account's repository policy denies is not granted by it. */
function grantCommand({ account, region, roleArn }: EcrTarget): string | undefined {
  const [, partition, roleName] = /^arn:(aws[a-z-]*):iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(roleArn ?? '') ?? [];
  if (partition === undefined || roleName === undefined) return undefined;
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ACTIONS, Resource: `arn:${partition}:ecr:${region}:${account}:repository/*` },
    ],
  });
  return shellCommand`aws iam put-role-policy --role-name ${roleName} --policy-name pullmedic-read-ecr --policy-document ${document}`;
}

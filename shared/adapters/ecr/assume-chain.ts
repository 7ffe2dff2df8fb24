import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { IssueError } from '../../domain/errors.ts';
import { withinTime } from '../aws/within-time.ts';
import type { AwsKeys, AwsKeysProvider } from '../kubernetes/sign-aws.ts';
import { classifyAwsError } from './classify-aws-error.ts';
import type { EcrClientSettings } from './client-settings.ts';

/** Seen in CloudTrail as the session's name. */
const SESSION_NAME = 'pullmedic-refresh';
/** The least that STS gives: the keys ask for one token. It outlives them (GetAuthorizationToken: 12 hours). */
const SESSION_SECONDS = 900;

/**
 * Assumes the roles one after the other.
 * @param sessionPolicy narrows the last one
 * @throws {IssueError} naming the role that failed
 */
export async function assumeChain(
  chain: readonly string[],
  sessionPolicy: string | undefined,
  base: AwsKeysProvider,
  settings: EcrClientSettings,
): Promise<AwsKeys> {
  let keys: AwsKeysProvider = base;
  let assumed: AwsKeys | undefined;
  for (const [index, roleArn] of chain.entries()) {
    const isLast = index === chain.length - 1;
    assumed = await assumeOne(roleArn, isLast ? sessionPolicy : undefined, keys, settings);
    const current = assumed;
    keys = async () => current;
  }
  if (assumed === undefined) throw new IssueError('role-refused', 'a chain of roles is empty');
  return assumed;
}

async function assumeOne(
  roleArn: string,
  policy: string | undefined,
  credentials: AwsKeysProvider,
  settings: EcrClientSettings,
): Promise<AwsKeys> {
  const call = `AssumeRole ${roleArn} (${settings.region})`;
  const sts = new STSClient({ ...settings, credentials });
  try {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(policy === undefined ? {} : { Policy: policy }),
    });
    const { Credentials: found } = await withinTime((options) => sts.send(command, options));
    if (found?.AccessKeyId === undefined || found.SecretAccessKey === undefined || found.SessionToken === undefined) {
      throw new IssueError('unavailable', `${call}: the answer holds no keys`);
    }
    return {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.SessionToken,
      ...(found.Expiration === undefined ? {} : { expiration: found.Expiration }),
    };
  } catch (error) {
    throw error instanceof IssueError ? error : classifyAwsError('role', call, error);
  } finally {
    sts.destroy();
  }
}

import type { AwsKeys } from '../../shared/adapters/kubernetes/sign-aws.ts';
import { requiredVariable } from './required-variable.ts';

/**
 * The keys of the function's role: Lambda puts them into the environment of each instance.
 * @throws {ConfigError} where there are none
 */
export function lambdaKeys(env: Readonly<Record<string, string | undefined>>): AwsKeys {
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: requiredVariable(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: requiredVariable(env, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

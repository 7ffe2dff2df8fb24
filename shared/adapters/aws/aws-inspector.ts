import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { IssueError } from '../../domain/errors.ts';
import { isRecord } from '../../domain/is-record.ts';
import type { AwsInspector } from '../../ports/inspection.ts';
import { assumeChain } from '../ecr/assume-chain.ts';
import { classifyAwsError } from '../ecr/classify-aws-error.ts';
import type { AwsKeysProvider } from '../kubernetes/sign-aws.ts';
import { awsClientSettings } from './client-settings.ts';
import { withinTime } from './within-time.ts';

export interface AwsInspectorDependencies {
  readonly awsKeys: AwsKeysProvider;
  /** Instead of AWS's own; tests set it. */
  readonly endpoint?: string | undefined;
}

/** Who this process is for AWS, and which roles it may take. */
export function createAwsInspector({ awsKeys, endpoint }: AwsInspectorDependencies): AwsInspector {
  const settingsFor = (region: string) => ({
    ...awsClientSettings(),
    maxAttempts: 1,
    region,
    ...(endpoint === undefined ? { useFipsEndpoint: false, useDualstackEndpoint: false } : { endpoint }),
  });

  return {
    async callerIdentity(region) {
      const call = `GetCallerIdentity (${region})`;
      const sts = new STSClient({ ...settingsFor(region), credentials: awsKeys });
      let date: string | undefined;
      // The SDK's answers do not have the header, and it corrects its own clock in silence.
      sts.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const { response } = result;
          if (isRecord(response) && isRecord(response['headers'])) date = String(response['headers']['date'] ?? '');
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'readDate' },
      );
      try {
        const { Arn: arn } = await withinTime((options) => sts.send(new GetCallerIdentityCommand({}), options));
        if (arn === undefined) throw new IssueError('unavailable', `${call}: the answer names nobody`);
        const serverTime = Date.parse(date ?? '');
        return { arn, serverTime: Number.isNaN(serverTime) ? undefined : serverTime };
      } catch (error) {
        throw error instanceof IssueError ? error : classifyAwsError('role', call, error);
      } finally {
        sts.destroy();
      }
    },

    async assume(roleArn, region) {
      await assumeChain([roleArn], undefined, awsKeys, settingsFor(region));
    },
  };
}

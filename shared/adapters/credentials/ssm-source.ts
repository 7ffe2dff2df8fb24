import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { errorName } from '../aws/advise-retry.ts';
import { withinTime } from '../aws/within-time.ts';
import type { CredentialSource } from './credential-source.ts';

/** @param client builds the client at the first use, so that who has no `ssm:` reference pays nothing */
export function createSsmSource(client: () => SSMClient): CredentialSource {
  let built: SSMClient | undefined;
  return async (name) => {
    built ??= client();
    const ssm = built;
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const { Parameter } = await withinTime((call) => ssm.send(command, call));
      return Parameter?.Value;
    } catch (error) {
      if (errorName(error) === 'ParameterNotFound') return undefined;
      throw error;
    }
  };
}

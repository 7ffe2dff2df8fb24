import type { TokenRequest } from '../../domain/refresh/token-request.ts';
import { awsClientSettings } from '../aws/client-settings.ts';

/** What the clients of one request have in common. */
export type EcrClientSettings = ReturnType<typeof ecrClientSettings>;

/** @param endpoint instead of AWS's own: moto, or the embedded ECR */
export function ecrClientSettings(request: TokenRequest, endpoint: string | undefined) {
  return {
    ...awsClientSettings(),
    // One place decides about tries, and its waiting shows.
    maxAttempts: 1,
    region: request.region,
    useFipsEndpoint: request.isFips,
    useDualstackEndpoint: request.isDualStack,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

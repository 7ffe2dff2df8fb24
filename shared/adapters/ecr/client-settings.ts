import type { TokenRequest } from '../../domain/refresh/token-request.ts';
import { awsClientSettings } from '../aws/client-settings.ts';

/** What the clients of one request have in common. */
export type EcrClientSettings = ReturnType<typeof ecrClientSettings>;

/**
 * @param service STS is always asked by its usual name: not every region has a dual-stack one
 * @param endpoint instead of AWS's own: moto, or the embedded ECR; it has no variants
 */
export function ecrClientSettings(service: 'registry' | 'sts', request: TokenRequest, endpoint: string | undefined) {
  return {
    ...awsClientSettings(),
    // One place decides about tries, and its waiting shows.
    maxAttempts: 1,
    region: request.region,
    ...(endpoint === undefined
      ? { useFipsEndpoint: request.isFips, useDualstackEndpoint: service === 'registry' && request.isDualStack }
      : { endpoint }),
  };
}

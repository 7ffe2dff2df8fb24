import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Match } from '../cause.ts';
import { runtimeSays } from './evidence.ts';
import { says } from './words.ts';

/**
 * A fault of the certificate that the registry's side showed, in one of these words. A proxy's own certificate and a
 * runtime's socket are other causes. Never certain: what the node was shown, only the node can see.
 */
export function matchCertificateFault(failure: PullFailure, ...phrases: readonly string[]): Match | undefined {
  const { error } = failure;
  if (error.peer === 'proxy' || error.peer === 'runtime' || !says(error, ...phrases)) return undefined;
  return { confidence: 'likely', evidence: [runtimeSays(failure)] };
}

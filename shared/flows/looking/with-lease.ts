import type { Instant } from '../../domain/instant.ts';
import { type Scope, scopeKey } from '../../domain/scope.ts';
import type { LookDeps } from './look-deps.ts';

/** A hint that came in during a look is answered in the same invocation, this often at most. */
const MAX_ROUNDS = 2;

/**
 * Runs a look under the lease of its scope, and once more when a hint came in meanwhile.
 * @returns `answered`: nothing was to be done, a look since the hint has seen it or one under way looks again
 * @throws whatever the look throws; the lease is given back
 */
export async function withLease(
  scope: Scope,
  { holder, hintedAt }: { readonly holder: string; readonly hintedAt: Instant },
  { store, clock, log, metrics }: Pick<LookDeps, 'store' | 'clock' | 'log' | 'metrics'>,
  look: (startedAt: Instant) => Promise<void>,
): Promise<'looked' | 'answered'> {
  for (let round = 1; ; round += 1) {
    const startedAt = clock.now();
    const right = await store.startLook(scope, { holder, startedAt, hintedAt });
    if (right !== 'go') {
      metrics.count('LooksSkipped', 1, { right });
      return round === 1 ? 'answered' : 'looked';
    }
    let isSuccess = false;
    let isAgain = false;
    try {
      await look(startedAt);
      isSuccess = true;
    } finally {
      // A lease that cannot be given back ends by itself after a minute; the look's own error is the one to tell.
      isAgain = await store.finishLook(scope, { holder, startedAt, isSuccess }).then(
        ({ again }) => again,
        (error: unknown) => {
          log.warn('a lease was not given back', { scope: scopeKey(scope), reason: String(error) });
          return false;
        },
      );
    }
    metrics.count('Looks');
    if (!isAgain || round === MAX_ROUNDS) return 'looked';
  }
}

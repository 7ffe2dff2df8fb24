import { moment, parseInstant } from '../../domain/instant.ts';
import type { KubeSecret } from '../../domain/kubernetes.ts';
import { newestWrite } from '../../domain/pull-secret/describe-pull-secret.ts';
import type { SecretResult } from '../../domain/refresh/result.ts';
import { OURSELVES } from '../../domain/refresh/summarise-report.ts';
import { secretId } from '../../domain/refresh/want-secrets.ts';
import { heldBackUntil } from '../../domain/refresh/write-caps.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RefreshStore } from '../../ports/refresh-store.ts';
import type { MayWrite } from './refresh-deps.ts';

/** Ends repair loops: pullmedic does not write again and again what somebody else puts back. */
export interface HoldBack {
  readonly mayWrite: MayWrite;
  /** Remembers writes that may be undone: of objects that were somebody else's before, or are new, or were forced. */
  remember(results: readonly SecretResult[]): Promise<void>;
}

/** @throws {StoreError} */
export async function createHoldBack(
  cluster: string,
  { store, clock, isForced }: { readonly store: RefreshStore; readonly clock: Clock; readonly isForced: boolean },
): Promise<HoldBack> {
  const writes = await store.contestedWrites(cluster);
  return {
    mayWrite(secret, object) {
      const earlier = writes.get(secretId(secret)) ?? [];
      const until = heldBackUntil(earlier, clock.now());
      return until === undefined ? undefined : describe(earlier, until, object);
    },

    async remember(results) {
      const contested = results.filter(
        ({ outcome, reason, lastWrittenBy }) =>
          outcome === 'refreshed' && (isForced || reason === 'created' || lastWrittenBy !== OURSELVES),
      );
      await store.addContestedWrites(cluster, contested.map(secretId), clock.now());
    },
  };
}

function describe(earlier: readonly number[], until: number, object: KubeSecret | undefined): string {
  const last = newestWrite(object?.metadata?.managedFields ?? []);
  const at = parseInstant(last?.time);
  const who =
    object === undefined
      ? 'somebody deleted it since'
      : last?.manager === undefined || last.manager === OURSELVES
        ? 'it is due again'
        : `${last.manager} has changed it${at === undefined ? '' : ` at ${moment(at)}`} (managedFields)`;
  const ours = earlier.map(moment).join(', ');
  return `pullmedic wrote it at ${ours}, and ${who}: it is not written again before ${moment(until)}. Stop the other writer, or take the secret out of its target`;
}

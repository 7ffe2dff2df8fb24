import type { NetworkTarget, OpenRoute, RegistryNetwork } from './registry-network.ts';

/** A connection that nobody uses is kept this long: the next question about the same registry is seconds away. */
const IDLE_MS = 10_000;
/** Beyond these a connection ends with its question. */
const SHARED_MAX = 64;

interface SharedRoute {
  readonly route: Promise<OpenRoute>;
  users: number;
  /** When its last user left, by the process's own clock. */
  freeAt: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The same network, whose connections outlive a question for a moment: in a storm of failing pods dozens ask the same
 * registry, and a TLS handshake costs more than the question. What was resolved and allowed at its opening holds until
 * it ends.
 */
export function shareRoutes(network: RegistryNetwork, idleMs = IDLE_MS): RegistryNetwork {
  const shared = new Map<string, SharedRoute>();

  function end(key: string, one: SharedRoute): void {
    if (shared.get(key) === one) shared.delete(key);
    clearTimeout(one.timer);
    // Nobody waits for it; one that could not be opened has nothing to end.
    one.route.then((route) => route.close()).catch(() => {});
  }

  function leave(key: string, one: SharedRoute): void {
    one.users -= 1;
    if (one.users > 0) return;
    one.freeAt = performance.now();
    one.timer = setTimeout(() => end(key, one), idleMs);
    one.timer.unref();
  }

  function find(key: string): SharedRoute | undefined {
    const known = shared.get(key);
    if (known === undefined) return undefined;
    // A Lambda that slept may have slept over its timers: such a connection is dead.
    const isStale = known.users === 0 && performance.now() - known.freeAt >= idleMs;
    if (isStale) end(key, known);
    return isStale ? undefined : known;
  }

  return {
    async open(target) {
      const key = keyOf(target);
      const known = find(key);
      if (known === undefined && shared.size >= SHARED_MAX) return network.open(target);
      const one = known ?? { route: network.open(target), users: 0, freeAt: 0, timer: undefined };
      if (known === undefined) shared.set(key, one);
      clearTimeout(one.timer);
      one.users += 1;
      try {
        const { dispatcher } = await one.route;
        let isLeft = false;
        return {
          dispatcher,
          close: async () => {
            if (!isLeft) leave(key, one);
            isLeft = true;
          },
        };
      } catch (error) {
        one.users -= 1;
        end(key, one);
        throw error;
      }
    },
  };
}

function keyOf({ origin, proxy, certificateAuthority, allowPrivate }: NetworkTarget): string {
  return JSON.stringify([origin, proxy, certificateAuthority, allowPrivate]);
}

/** One ReplicaSet as the rolling update counts it. */
export interface Slot {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

export interface RollingUpdate {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** `25%` of the wanted replicas, rounded up for surge and down for unavailability. */
export function resolveCount(value: number | string | undefined, of: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = (Number.parseFloat(value ?? '25') / 100) * of;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

/**
 * Next sizes of all ReplicaSets of a rolling update (pkg/controller/deployment/rolling.go): the new one grows into the
 * surge, old ones shrink as far as enough pods serve, broken pods of old ones first.
 * @param old oldest first
 * @returns new size by name, only of those that change
 */
export function nextSizes(
  current: Slot,
  old: readonly Slot[],
  { desired, maxSurge, maxUnavailable }: RollingUpdate,
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const total = current.replicas + old.reduce((sum, { replicas }) => sum + replicas, 0);

  if (current.replicas > desired) sizes.set(current.name, desired);
  else if (current.replicas < desired) {
    const room = desired + maxSurge - total;
    if (room > 0) sizes.set(current.name, current.replicas + Math.min(room, desired - current.replicas));
  }
  if (sizes.size > 0) return sizes;

  const minAvailable = desired - maxUnavailable;
  const newUnavailable = current.replicas - current.available;
  let mayGo = total - minAvailable - newUnavailable;
  if (mayGo <= 0) return sizes;
  const left = new Map(old.map(({ name, replicas }) => [name, replicas]));
  for (const one of old) {
    const broken = Math.min(mayGo, one.replicas - one.available);
    if (broken <= 0) continue;
    left.set(one.name, one.replicas - broken);
    mayGo -= broken;
  }
  const available = current.available + old.reduce((sum, one) => sum + one.available, 0);
  let spare = available - minAvailable;
  for (const one of old) {
    const size = left.get(one.name) ?? 0;
    const goes = Math.max(0, Math.min(spare, size, one.available));
    left.set(one.name, size - goes);
    spare -= goes;
  }
  for (const one of old) {
    const size = left.get(one.name) ?? one.replicas;
    if (size !== one.replicas) sizes.set(one.name, size);
  }
  return sizes;
}

import type { PlacedPodSpec } from './objects.ts';

/** Gives equal specs as one object: thousands of pods have the few hundred specs of their workloads. */
export function createSpecSharer(): (spec: PlacedPodSpec) => PlacedPodSpec {
  const known = new Map<string, PlacedPodSpec>();
  return (spec) => {
    const text = JSON.stringify(spec);
    const same = known.get(text);
    if (same === undefined) known.set(text, spec);
    return same ?? spec;
  };
}

import { createHash, randomBytes } from 'node:crypto';

/** Letters and digits without vowels and look-alikes (k8s.io/apimachinery/pkg/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The five characters that the API server adds to a generateName. */
export function randomSuffix(length = 5): string {
  return [...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** A stable hash in the same alphabet, for pod-template-hash and controller-revision-hash. */
export function safeHash(value: unknown, length = 10): string {
  const bytes = createHash('sha256').update(stableJson(value)).digest();
  return [...bytes.subarray(0, length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** JSON with sorted keys: equal values give equal text. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${stableJson(one)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

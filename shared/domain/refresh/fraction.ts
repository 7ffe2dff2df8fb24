import { createHash } from 'node:crypto';

/** 0 to 1, evenly spread over texts, and always the same for the same one: jitter that every run agrees on. */
export function fraction(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32;
}

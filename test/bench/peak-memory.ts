import { readFileSync } from 'node:fs';

/** In MB. Linux starts `ru_maxrss` of a process at its parent's, so it is read where it is of this one alone. */
export function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

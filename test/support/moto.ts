import { describe } from '@jest/globals';
import { findMoto } from './moto-server.ts';

export { type Moto, startMoto } from './moto-server.ts';

/** `describe` where moto is installed; elsewhere a skipped one and a line that says how to run it. */
export function describeWithMoto(title: string, tests: () => void): void {
  if (findMoto() !== undefined) {
    describe(title, tests);
    return;
  }
  console.warn(`SKIPPED: "${title}" needs moto_server: python3 -m venv .venv && .venv/bin/pip install 'moto[server]'`);
  describe.skip(title, tests);
}

/** Counts checks and prints one line for each. */
export interface Report {
  passed(title: string): void;
  failed(title: string, why: string): void;
  /** Prints the sum; whether all went well, and there was anything at all. */
  finish(): boolean;
}

export function createReport(): Report {
  let passed = 0;
  let failed = 0;
  return {
    passed(title) {
      passed += 1;
      process.stdout.write(`ok      ${title}\n`);
    },
    failed(title, why) {
      failed += 1;
      process.stdout.write(`FAILED  ${title}: ${why.trim()}\n`);
    },
    finish() {
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
      return failed === 0 && passed > 0;
    },
  };
}

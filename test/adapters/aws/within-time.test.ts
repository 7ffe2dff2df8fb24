import { describe, expect, it } from '@jest/globals';
import { withinTime } from '../../../shared/adapters/aws/within-time.ts';

describe('withinTime', () => {
  it('gives what the call gives', async () => {
    expect(await withinTime(async ({ abortSignal }) => abortSignal.aborted)).toBe(false);
  });

  it('aborts a call that takes longer', async () => {
    const never = withinTime(
      ({ abortSignal }) =>
        new Promise((_, reject) => abortSignal.addEventListener('abort', () => reject(new Error('aborted')))),
      20,
    );
    await expect(never).rejects.toThrow('aborted');
  });

  it('passes on what the call throws', async () => {
    await expect(withinTime(() => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});

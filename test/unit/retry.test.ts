import { expect, test } from 'vitest';
import { retry } from '../../src/lib/retry.js';

function createOptions(attempts: number) {
  const pauses: number[] = [];
  return {
    pauses,
    options: {
      attempts,
      baseMs: 10,
      maxMs: 50,
      isRetryable: (error: unknown) => (error as Error).message === 'again',
      sleep: async (ms: number) => void pauses.push(ms),
      random: () => 0.5,
    },
  };
}

test('tries again until it succeeds, with growing, bounded, jittered pauses', async () => {
  const { options, pauses } = createOptions(10);
  const value = await retry(async (attempt) => {
    if (attempt < 6) throw new Error('again');
    return attempt;
  }, options);
  expect(value).toBe(6);
  expect(pauses).toEqual([5, 10, 20, 25, 25]);
});

test('gives up after the last attempt with its error', async () => {
  const { options, pauses } = createOptions(3);
  const calls: number[] = [];
  const failing = retry(async (attempt) => {
    calls.push(attempt);
    throw new Error('again');
  }, options);
  await expect(failing).rejects.toThrow('again');
  expect([calls, pauses.length]).toEqual([[1, 2, 3], 2]);
});

test('an error that is not retryable is thrown at once', async () => {
  const { options, pauses } = createOptions(3);
  await expect(retry(() => Promise.reject(new Error('broken')), options)).rejects.toThrow('broken');
  expect(pauses).toEqual([]);
});

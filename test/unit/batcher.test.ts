import { expect, test } from 'vitest';
import { createBatcher } from '../../src/lib/batcher.js';

/** A load that records its keys and is answered by hand. */
function createManualLoad() {
  const calls: { keys: bigint[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const called: (() => void)[] = [];
  function load(keys: bigint[]): Promise<Map<bigint, string>> {
    return new Promise((resolve, reject) => {
      const answer = () => resolve(new Map(keys.map((key) => [key, `value ${key}`])));
      calls.push({ keys, answer, fail: reject });
      called.shift()?.();
    });
  }
  const nextCall = () => new Promise<void>((resolve) => called.push(resolve));
  return { load, calls, nextCall };
}

test('calls of one event-loop turn share one load, equal keys one place in it', async () => {
  const { load, calls, nextCall } = createManualLoad();
  const batcher = createBatcher({ load, maxBatch: 10 });
  const loading = nextCall();
  const values = Promise.all([batcher.get(1n), batcher.get(2n), batcher.get(1n)]);
  await loading;
  calls[0]?.answer();
  expect(await values).toEqual(['value 1', 'value 2', 'value 1']);
  expect(calls.map(({ keys }) => keys)).toEqual([[1n, 2n]]);
});

test('keys asked for during a load wait for the next one, also keys in flight', async () => {
  const { load, calls, nextCall } = createManualLoad();
  const batcher = createBatcher({ load, maxBatch: 2 });
  let loading = nextCall();
  const first = batcher.get(1n);
  await loading;
  const later = Promise.all([1n, 2n, 3n].map((key) => batcher.get(key)));
  loading = nextCall();
  calls[0]?.answer();
  await loading;
  expect(await first).toBe('value 1');
  loading = nextCall();
  calls[1]?.answer();
  await loading;
  calls[2]?.answer();
  expect(await later).toEqual(['value 1', 'value 2', 'value 3']);
  expect(calls.map(({ keys }) => keys)).toEqual([[1n], [1n, 2n], [3n]]);
});

test('a failed load rejects its own callers and nobody else', async () => {
  const { load, calls, nextCall } = createManualLoad();
  const batcher = createBatcher({ load, maxBatch: 10 });
  let loading = nextCall();
  const failing = batcher.get(1n);
  await loading;
  const waiting = batcher.get(2n);
  loading = nextCall();
  calls[0]?.fail(new Error('no database'));
  await expect(failing).rejects.toThrow('no database');
  await loading;
  calls[1]?.answer();
  expect(await waiting).toBe('value 2');
});

test('a load that throws before it returns a promise rejects its callers', async () => {
  const batcher = createBatcher<bigint, string>({
    load: () => {
      throw new Error('broken');
    },
    maxBatch: 10,
  });
  await expect(batcher.get(1n)).rejects.toThrow('broken');
  await expect(batcher.get(2n)).rejects.toThrow('broken');
});

test('a key that the load does not find is undefined', async () => {
  const batcher = createBatcher({ load: async () => new Map([[1n, 'one']]), maxBatch: 10 });
  expect(await Promise.all([batcher.get(1n), batcher.get(2n)])).toEqual(['one', undefined]);
});

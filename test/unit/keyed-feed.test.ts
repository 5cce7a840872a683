import { expect, test } from 'vitest';
import { createKeyedFeed } from '../../src/lib/keyed-feed.js';
import { waitUntil } from '../support/wait-until.js';

type Value = { readonly text: string; readonly version: bigint };

/** Values that a test changes, and the questions that were asked about them. */
function createSource() {
  const values = new Map<string, Value>();
  const asked: { versions: string[][]; loads: string[][] } = { versions: [], loads: [] };
  let failure: Error | undefined;
  return {
    asked,
    put(key: string, text: string) {
      values.set(key, { text, version: (values.get(key)?.version ?? 0n) + 1n });
    },
    remove: (key: string) => void values.delete(key),
    fail(error: Error | undefined) {
      failure = error;
    },
    source: {
      async versions(keys: readonly string[]) {
        asked.versions.push([...keys]);
        if (failure) throw failure;
        return new Map(
          keys.flatMap((key) => {
            const value = values.get(key);
            return value ? [[key, value.version] as const] : [];
          }),
        );
      },
      async load(keys: readonly string[]) {
        asked.loads.push([...keys]);
        return new Map([...values].filter(([key]) => keys.includes(key)));
      },
      versionOf: ({ version }: Value) => version,
    },
  };
}

/** Nothing but what the test asks for: the poll comes later than it ends. */
const never = { pollIntervalMs: 3_600_000 };

test('a reader gets the value first, then the latest after each look, and nothing else wakes it', async () => {
  const { source, put, asked } = createSource();
  put('a', 'first');
  put('b', 'other');
  const feed = createKeyedFeed(source, never);
  let woken = 0;
  const reader = await feed.subscribe('a', () => {
    woken += 1;
  });
  const other = await feed.subscribe('b', () => {});
  expect(reader.pending()).toBe(true);
  expect(reader.take()?.text).toBe('first');
  expect(reader.pending()).toBe(false);
  woken = 0;
  put('b', 'changed');
  await feed.refresh();
  expect([woken, reader.pending(), other.pending()]).toEqual([0, false, true]);
  put('a', 'second');
  put('a', 'third');
  await feed.refresh();
  expect(woken).toBe(1);
  // What was not taken is superseded.
  put('a', 'fourth');
  await feed.refresh();
  expect(reader.take()?.text).toBe('fourth');
  expect(reader.pending()).toBe(false);
  // Only what has changed is loaded.
  expect(asked.loads.at(-1)).toEqual(['a']);
  await feed.refresh();
  expect(asked.loads.at(-1)).toEqual(['a']);
  reader.close();
  other.close();
});

test('what is followed by many is asked about once, in parts', async () => {
  const { source, put, asked } = createSource();
  const keys = Array.from({ length: 7 }, (_, index) => `key ${index}`);
  for (const key of keys) put(key, 'x');
  const feed = createKeyedFeed(source, { ...never, keysAtOnce: 3 });
  const readers = await Promise.all(
    [...keys, ...keys, ...keys].map((key) => feed.subscribe(key, () => {})),
  );
  expect(feed.stats()).toEqual({ subscriptions: 21, values: 7 });
  asked.versions.length = 0;
  put('key 4', 'y');
  await feed.refresh();
  expect(asked.versions.map((part) => part.length)).toEqual([3, 3, 1]);
  for (const reader of readers) reader.take();
  for (const reader of readers) reader.close();
  for (const reader of readers) reader.close();
  expect(feed.stats()).toEqual({ subscriptions: 0, values: 0 });
  asked.versions.length = 0;
  feed.hint();
  expect(asked.versions).toEqual([]);
});

test('a value that goes is told as none, once', async () => {
  const { source, put, remove, asked } = createSource();
  put('a', 'x');
  const feed = createKeyedFeed(source, never);
  const reader = await feed.subscribe('a', () => {});
  reader.take();
  remove('a');
  await feed.refresh();
  expect([reader.pending(), reader.take()]).toEqual([true, undefined]);
  const { length } = asked.loads;
  await feed.refresh();
  expect([reader.pending(), asked.loads.length]).toEqual([false, length]);
  reader.close();
});

test('it polls while somebody reads, tells of failures once, and goes on when they are over', async () => {
  const { source, put, fail } = createSource();
  put('a', 'x');
  const failures: unknown[] = [];
  const feed = createKeyedFeed(source, {
    pollIntervalMs: 1,
    onFailure: (error) => failures.push(error),
  });
  const reader = await feed.subscribe('a', () => {});
  reader.take();
  put('a', 'y');
  await waitUntil('the poll', () => reader.pending());
  expect(reader.take()?.text).toBe('y');
  const error = new Error('gone');
  fail(error);
  await expect(feed.refresh()).rejects.toBe(error);
  await expect(feed.subscribe('b', () => {})).rejects.toBe(error);
  expect(feed.stats()).toEqual({ subscriptions: 1, values: 1 });
  expect(failures).toEqual([error]);
  fail(undefined);
  put('a', 'z');
  await waitUntil('the poll', () => reader.pending());
  reader.close();
});

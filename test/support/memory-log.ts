import type { FeedSource } from '../../src/lib/feed-log.js';
import type { KnownEntry } from '../../src/lib/feed-reader.js';

/** A value; versions count up over all of them. */
export type Item = { readonly key: string; readonly version: number };

/** A log in memory, as a feed's source. */
export type MemoryLog = FeedSource<string, Item> & {
  /** Sets keys to what comes next, or removes them. */
  append(...changes: { key: string; removed?: boolean }[]): void;
  /** Forgets all changes but the newest `keep`. */
  trim(keep: number): void;
  /** Begins another log with the same values. */
  lose(): void;
  readonly values: ReadonlyMap<string, Item>;
  /** Reads so far, by kind. */
  readonly reads: { snapshot: number; head: number; list: number };
  /** How many turns later a list of changes arrives. */
  listTurns: number;
  /** What the next reads reject with. */
  failure: Error | undefined;
};

/** Creates an empty log. Every read takes a few turns, so that others come between. */
export function createMemoryLog(): MemoryLog {
  const values = new Map<string, Item>();
  const reads = { snapshot: 0, head: 0, list: 0 };
  let entries: KnownEntry<string, Item>[] = [];
  let position = 0n;
  let version = 0;
  let epoch = 1;

  async function answer<T>(kind: keyof typeof reads, find: () => T): Promise<T> {
    reads[kind] += 1;
    const turns = kind === 'list' ? log.listTurns : 1;
    await Promise.resolve();
    if (log.failure) throw log.failure;
    const found = find();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    return found;
  }

  const head = () => ({ epoch: String(epoch), position });
  const log: MemoryLog = {
    values,
    reads,
    listTurns: 1,
    failure: undefined,
    append(...changes) {
      for (const { key, removed } of changes) {
        position += 1n;
        version += 1;
        if (removed) values.delete(key);
        else values.set(key, { key, version });
        entries.push({ position, key, after: values.get(key) });
      }
    },
    trim(keep) {
      entries = keep === 0 ? [] : entries.slice(-keep);
    },
    lose() {
      epoch += 1;
      position = 0n;
      entries = [];
    },
    snapshot: () => answer('snapshot', () => ({ ...head(), values: [...values] })),
    head: () => answer('head', head),
    list: (after, limit) =>
      answer('list', () => entries.filter((entry) => entry.position > after).slice(0, limit)),
  };
  return log;
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFeedHistory, type FeedEntry, type FeedHistory } from './feed-history.js';
import type { KnownEntry } from './feed-reader.js';

/** A place in a feed. */
export type FeedPosition = {
  /** Tells one log from another: positions of one mean nothing in the other. */
  readonly epoch: string;
  readonly position: bigint;
};

/** Where a feed comes from: a log of changes whose positions are gapless and in commit order. */
export type FeedSource<K, V> = {
  /** Every value, and the position that they are the state at. */
  snapshot(): Promise<FeedPosition & { readonly values: readonly (readonly [K, V])[] }>;
  /** The newest position. */
  head(): Promise<FeedPosition>;
  /** The oldest `limit` changes after a position, as far as the log still has them. */
  list(after: bigint, limit: number): Promise<readonly KnownEntry<K, V>[]>;
};

/** A log as far as it was read: its values, and its newest entries. */
export type FeedLog<K, V> = {
  /** Reads on to the end of the log; from a snapshot the first time, and when entries are missing. @throws what the source throws. */
  catchUp(): Promise<void>;
  /** How far it was read. Undefined before the first time. */
  head(): FeedPosition | undefined;
  /** The values at {@link head}. */
  values(): ReadonlyMap<K, V>;
  readonly history: Pick<FeedHistory<K, V>, 'at' | 'size'>;
  /**
   * The entries after a position up to {@link head}; undefined when they are not all there, or more than `limit`.
   *
   * @throws what the source throws.
   */
  backlog(from: FeedPosition, limit: number): Promise<readonly KnownEntry<K, V>[] | undefined>;
};

/** Who is told of what was read. */
export type FeedLogListener<K, V> = {
  /** Entries came; `dropped` ones, oldest first, are not in the history any more. */
  readonly onGrown: (dropped: readonly FeedEntry<K, V>[]) => void;
  /** Entries are missing: the values are right again, and what changed them cannot be told. */
  readonly onLost: () => void;
};

const PAGE = 256;
/** Further behind than this, a snapshot is sooner read than the entries. */
const MAX_CATCH_UP = 10_000n;

/** Creates a log of which nothing was read. Its history has the newest `historySize` entries. */
export function createFeedLog<K, V>(
  source: FeedSource<K, V>,
  historySize: number,
  listener: FeedLogListener<K, V>,
): FeedLog<K, V> {
  const history = createFeedHistory<K, V>(historySize);
  let values = new Map<K, V>();
  let head: FeedPosition | undefined;

  async function load(): Promise<void> {
    const loaded = await source.snapshot();
    values = new Map(loaded.values);
    head = { epoch: loaded.epoch, position: loaded.position };
    history.restart(loaded.position);
    listener.onLost();
  }

  function append({ position, key, after }: KnownEntry<K, V>): void {
    history.push({ position, key, before: values.get(key), after });
    if (after === undefined) values.delete(key);
    else values.set(key, after);
  }

  /** Reads pages until `to`. False when entries are missing: trimmed in the meantime, or gone. */
  async function readPages(from: FeedPosition, to: bigint): Promise<boolean> {
    let at = from.position;
    while (at < to) {
      const page = await source.list(at, PAGE);
      if (page.length === 0 || !isGapless(page, at)) return false;
      page.forEach(append);
      at += BigInt(page.length);
      head = { epoch: from.epoch, position: at };
      listener.onGrown(history.trim());
      // Readers that keep up see each change: they get their turn before the next page.
      if (at < to) await nextTurn();
    }
    return true;
  }

  return {
    async catchUp() {
      if (!head) return load();
      const newest = await source.head();
      const behind = newest.position - head.position;
      const near = newest.epoch === head.epoch && behind >= 0n && behind <= MAX_CATCH_UP;
      if (!near || !(await readPages(head, newest.position))) await load();
    },
    head: () => head,
    values: () => values,
    history,
    async backlog(from, limit) {
      if (!head || from.epoch !== head.epoch) return undefined;
      const after = from.position;
      const count = Number(head.position - after);
      if (count < 0 || count > limit) return undefined;
      if (after + 1n >= history.start()) {
        return Array.from({ length: count }, (_, i) => history.at(after + BigInt(i + 1))).filter(
          (entry) => entry !== undefined,
        );
      }
      const entries = await source.list(after, count);
      return entries.length === count && isGapless(entries, after) ? entries : undefined;
    },
  };
}

function isGapless<K, V>(entries: readonly KnownEntry<K, V>[], after: bigint): boolean {
  return entries.every(({ position }, index) => position === after + BigInt(index + 1));
}

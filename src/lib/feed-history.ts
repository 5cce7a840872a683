/** One change of a feed. */
export type FeedEntry<K, V> = {
  /** Gapless, from 1. */
  readonly position: bigint;
  readonly key: K;
  /** The value before the change; undefined when there was none. */
  readonly before: V | undefined;
  /** The value after the change; undefined when it was removed. */
  readonly after: V | undefined;
};

/** The newest entries of a feed, shared by everybody who reads it. */
export type FeedHistory<K, V> = {
  /** The entry at a position, or undefined when it is not kept, or has not come. */
  at(position: bigint): FeedEntry<K, V> | undefined;
  /** Appends the next entry. */
  push(entry: FeedEntry<K, V>): void;
  /** Drops the oldest beyond the limit and gives them, oldest first. */
  trim(): FeedEntry<K, V>[];
  /** Forgets everything: the next entry follows `position`. */
  restart(position: bigint): void;
  /** The first position that is kept, or the next one to come when none is. */
  start(): bigint;
  size(): number;
};

/** Creates an empty history that keeps `limit` entries when it is trimmed. */
export function createFeedHistory<K, V>(limit: number): FeedHistory<K, V> {
  let entries: FeedEntry<K, V>[] = [];
  let first = 1n;
  return {
    at: (position) => (position < first ? undefined : entries[Number(position - first)]),
    push: (entry) => void entries.push(entry),
    trim() {
      const dropped = entries.splice(0, Math.max(0, entries.length - limit));
      first += BigInt(dropped.length);
      return dropped;
    },
    restart(position) {
      entries = [];
      first = position + 1n;
    },
    start: () => first,
    size: () => entries.length,
  };
}

import type { FeedEntry, FeedHistory } from './feed-history.js';

/** A change as it is handed to a reader. */
export type FeedChange<K, V> = {
  readonly key: K;
  /**
   * The value that the reader knows: undefined when there was none, `'unknown'` when a reader resumed and what it had seen of the
   * key cannot be told.
   */
  readonly before: V | undefined | 'unknown';
  /** The value now; undefined when it was removed. */
  readonly after: V | undefined;
};

/**
 * Where one reader stands in a feed. While it keeps up it is a position in the shared history, and sees each change. What drops
 * out of the history unread is kept here, the latest per key: a reader that lags misses states between, never the last.
 */
export type FeedReader<K, V> = {
  /** The next change; undefined when there is none, or the reader is lost. */
  take(): FeedChange<K, V> | undefined;
  /** Whether {@link take} would give a change. */
  pending(): boolean;
  /** Everything up to here was taken, or superseded by what was taken. Whoever resumes from it misses nothing. */
  position(): bigint;
  /** True when it has missed changes and has to begin again with {@link jump}. */
  lost(): boolean;
  /** Goes to a position and forgets what is pending. */
  jump(position: bigint): void;
  /** Conflates changes that the history does not have (any more), oldest first. Those already passed are left out. */
  keep(entries: readonly FeedEntry<K, V>[]): void;
  /** Puts what came before everything that is pending, oldest first: the backlog of a reader that resumes. */
  prepend(entries: readonly KnownEntry<K, V>[]): void;
  /** Gives up: what is pending is forgotten. */
  lose(): void;
  /** Changes kept for this reader alone. */
  size(): number;
};

/** An entry without the value before, as a log has it. */
export type KnownEntry<K, V> = Pick<FeedEntry<K, V>, 'position' | 'key' | 'after'>;

type Pending<K, V> = FeedChange<K, V> & {
  /** Position of the first of the changes that are one now. */
  readonly first: bigint;
};

/** Creates a reader that stands before the first entry. It is lost once it would keep changes of more than `maxKept` keys. */
export function createFeedReader<K, V>(
  history: Pick<FeedHistory<K, V>, 'at'>,
  maxKept: number,
): FeedReader<K, V> {
  /** In the order of their first positions. All are at or below `cursor`. */
  let kept = new Map<K, Pending<K, V>>();
  let cursor = 0n;
  let lost = false;

  function add(change: FeedChange<K, V>, at: bigint): void {
    const earlier = kept.get(change.key);
    const { before, first } = earlier ?? { before: change.before, first: at };
    // A key keeps its place: one that changes all the time would never be taken otherwise.
    kept.set(change.key, { key: change.key, before, after: change.after, first });
    if (kept.size > maxKept) lose();
  }

  function lose(): void {
    lost = true;
    kept = new Map();
  }

  function takeKept(): FeedChange<K, V> | undefined {
    for (const change of kept.values()) {
      kept.delete(change.key);
      return change;
    }
    return undefined;
  }

  return {
    take() {
      if (lost) return undefined;
      const change = takeKept();
      if (change) return change;
      const entry = history.at(cursor + 1n);
      if (entry) cursor = entry.position;
      return entry;
    },
    pending: () => !lost && (kept.size > 0 || history.at(cursor + 1n) !== undefined),
    position() {
      for (const { first } of kept.values()) return first - 1n;
      return cursor;
    },
    lost: () => lost,
    jump(to) {
      kept = new Map();
      cursor = to;
      lost = false;
    },
    keep(entries) {
      for (const entry of entries) {
        if (lost) return;
        if (entry.position <= cursor) continue;
        cursor = entry.position;
        add(entry, entry.position);
      }
    },
    prepend(entries) {
      const later = kept;
      kept = new Map();
      for (const { key, after, position } of entries) {
        if (!lost) add({ key, before: 'unknown', after }, position);
      }
      for (const change of later.values()) if (!lost) add(change, change.first);
    },
    lose,
    size: () => kept.size,
  };
}

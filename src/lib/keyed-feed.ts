import { createRepeater } from './repeater.js';

/** Where the values come from, whose versions tell one state of a value from another. */
export type KeyedSource<K, V> = {
  /** The versions of the values that there are, of those asked for. */
  versions(keys: readonly K[]): Promise<ReadonlyMap<K, bigint>>;
  /** The values, each at the version asked about before, or a later one. */
  load(keys: readonly K[]): Promise<ReadonlyMap<K, V>>;
  versionOf(value: V): bigint;
};

/** How a feed goes about it. */
export type KeyedFeedOptions = {
  /** How often the source is asked, while anybody reads. */
  readonly pollIntervalMs: number;
  /** Keys in one question. 500 by default. */
  readonly keysAtOnce?: number;
  /** Told when the source cannot be read, once until it can again. */
  readonly onFailure?: (error: unknown) => void;
};

/** One reader's part: the latest state of one value. States between are missed by who does not look; the last never is. */
export type KeyedSubscription<V> = {
  /** The value as it was read last; undefined when there is none any more. */
  value(): V | undefined;
  /** Whether it changed since it was taken, or was never taken. */
  pending(): boolean;
  /** The value, which counts as taken. */
  take(): V | undefined;
  close(): void;
};

/** Values that are followed by key, each read once for all who follow it. */
export type KeyedFeed<K, V> = {
  /**
   * Follows a value from now on.
   *
   * @param wake called after it changed.
   * @throws what the source throws.
   */
  subscribe(key: K, wake: () => void): Promise<KeyedSubscription<V>>;
  /** Asks the source now: every commit before the call has been seen when it resolves. @throws what the source throws. */
  refresh(): Promise<void>;
  /** Says that something has changed, so that nobody waits for the next poll. Costs nothing while nobody reads. */
  hint(): void;
  stats(): { readonly subscriptions: number; readonly values: number };
};

/** A value and who follows it. */
type Entry<V> = {
  value: V | undefined;
  readonly members: Set<{ pending: boolean; readonly wake: () => void }>;
};

/** Creates a feed. It asks its source only while somebody reads, and only for what is followed. */
export function createKeyedFeed<K, V>(
  source: KeyedSource<K, V>,
  { pollIntervalMs, keysAtOnce = 500, onFailure = () => {} }: KeyedFeedOptions,
): KeyedFeed<K, V> {
  const entries = new Map<K, Entry<V>>();
  let subscriptions = 0;

  function put(key: K, value: V | undefined): void {
    const entry = entries.get(key);
    if (!entry) return;
    entry.value = value;
    for (const member of entry.members) {
      member.pending = true;
      member.wake();
    }
  }

  async function readPart(keys: readonly K[]): Promise<void> {
    const versions = await source.versions(keys);
    const changed = keys.filter((key) => {
      const known = entries.get(key)?.value;
      return versions.get(key) !== (known === undefined ? undefined : source.versionOf(known));
    });
    if (changed.length === 0) return;
    const values = await source.load(changed);
    for (const key of changed) put(key, values.get(key));
  }

  async function readAll(): Promise<void> {
    const keys = [...entries.keys()];
    for (let start = 0; start < keys.length; start += keysAtOnce) {
      await readPart(keys.slice(start, start + keysAtOnce));
    }
  }

  const polling = createRepeater(readAll, { intervalMs: pollIntervalMs, onFailure });

  return {
    async subscribe(key, wake) {
      const member = { pending: true, wake };
      const entry = entries.get(key) ?? { value: undefined, members: new Set() };
      entries.set(key, entry);
      entry.members.add(member);
      subscriptions += 1;
      const close = () => {
        if (!entry.members.delete(member)) return;
        subscriptions -= 1;
        if (entry.members.size === 0) entries.delete(key);
        if (subscriptions === 0) polling.stop();
      };
      try {
        await polling.now();
      } catch (error) {
        close();
        throw error;
      }
      if (subscriptions > 0) polling.start();
      return {
        value: () => entry.value,
        pending: () => member.pending,
        take() {
          member.pending = false;
          return entry.value;
        },
        close,
      };
    },
    refresh: polling.now,
    hint() {
      if (subscriptions > 0) polling.now().catch(() => {});
    },
    stats: () => ({ subscriptions, values: entries.size }),
  };
}

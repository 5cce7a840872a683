import { createFeedLog, type FeedPosition, type FeedSource } from './feed-log.js';
import { createFeedReader, type FeedChange, type FeedReader } from './feed-reader.js';
import { createRepeater } from './repeater.js';

/** How a feed goes about it. */
export type FeedOptions = {
  /** How often the log is asked, while anybody reads. */
  readonly pollIntervalMs: number;
  /** Changes that readers share: one that is further behind gets the latest per key only. 1,024 by default. */
  readonly historySize?: number;
  /** Keys that may be pending for one reader: one more, and it has to begin again. 10,000 by default. */
  readonly maxKept?: number;
  /** Told when the log cannot be read, once until it can again. */
  readonly onFailure?: (error: unknown) => void;
};

/** One reader's part of a feed. */
export type FeedSubscription<K, V> = {
  /**
   * Why to begin with a snapshot: `'start'` when nothing was resumed, `'lost'` when changes were missed. Undefined when the changes
   * go on where they were.
   */
  restart(): 'start' | 'lost' | undefined;
  /** Every value as of {@link position}; the changes go on from there. */
  snapshot(): readonly V[];
  /** The next change, or undefined when there is none now. */
  take(): FeedChange<K, V> | undefined;
  /** Whether there is a change to take, or a reason to begin again. */
  pending(): boolean;
  /** Where to resume. Never beyond what was not yet taken. */
  position(): FeedPosition;
  close(): void;
};

/** What a feed holds, for tests and metrics. */
export type FeedStats = {
  readonly subscriptions: number;
  readonly values: number;
  /** Changes that readers share. */
  readonly history: number;
  /** Changes kept for single readers that lag. */
  readonly kept: number;
};

/** A log of changes, read once for all who follow it. */
export type Feed<K, V> = {
  /**
   * Joins it: from a position, also one of another instance, or from the beginning. A position that is not kept any more, of
   * another epoch or unreadable (null) gives a subscription that is lost.
   *
   * @param wake called after changes came, or changes were missed.
   * @throws what the source throws.
   */
  subscribe(wake: () => void, resume?: FeedPosition | null): Promise<FeedSubscription<K, V>>;
  /** Reads the log now: every commit before the call has been seen when it resolves. @throws what the source throws. */
  refresh(): Promise<void>;
  /** Says that the log has grown, so that nobody waits for the next poll. Costs nothing while nobody reads. */
  hint(): void;
  stats(): FeedStats;
};

type Member<K, V> = { readonly reader: FeedReader<K, V>; readonly wake: () => void };

/** Creates a feed. It asks its source only while somebody reads. */
export function createFeed<K, V>(source: FeedSource<K, V>, options: FeedOptions): Feed<K, V> {
  const { historySize = 1_024, maxKept = 10_000, onFailure = () => {} } = options;
  const members = new Set<Member<K, V>>();
  const log = createFeedLog(source, historySize, {
    onGrown(dropped) {
      for (const { reader, wake } of members) {
        reader.keep(dropped);
        wake();
      }
    },
    onLost() {
      for (const { reader, wake } of members) {
        reader.lose();
        wake();
      }
    },
  });
  const polling = createRepeater(log.catchUp, { intervalMs: options.pollIntervalMs, onFailure });
  // Whoever subscribes has read the log.
  const head = () => log.head() as FeedPosition;

  /** It joins before its backlog is read, so that nothing falls between the two. */
  async function join(member: Member<K, V>, from: FeedPosition | null | undefined): Promise<void> {
    await polling.now();
    const { reader } = member;
    reader.jump(head().position);
    members.add(member);
    polling.start();
    if (from === undefined) return;
    const backlog = from && (await log.backlog(from, maxKept));
    if (backlog) reader.prepend(backlog);
    else reader.lose();
  }

  function leave(member: Member<K, V>): void {
    members.delete(member);
    if (members.size === 0) polling.stop();
  }

  return {
    async subscribe(wake, from) {
      const reader = createFeedReader(log.history, maxKept);
      const member = { reader, wake };
      try {
        await join(member, from);
      } catch (error) {
        leave(member);
        throw error;
      }
      return createSubscription({ reader, log, head, fresh: from === undefined }, () =>
        leave(member),
      );
    },
    refresh: polling.now,
    hint() {
      if (members.size > 0) polling.now().catch(() => {});
    },
    stats: () => ({
      subscriptions: members.size,
      values: log.values().size,
      history: log.history.size(),
      kept: [...members].reduce((sum, { reader }) => sum + reader.size(), 0),
    }),
  };
}

function createSubscription<K, V>(
  deps: {
    readonly reader: FeedReader<K, V>;
    readonly log: { values(): ReadonlyMap<K, V> };
    readonly head: () => FeedPosition;
    readonly fresh: boolean;
  },
  close: () => void,
): FeedSubscription<K, V> {
  const { reader, head } = deps;
  let { fresh } = deps;
  return {
    restart() {
      if (fresh) return 'start';
      return reader.lost() ? 'lost' : undefined;
    },
    snapshot() {
      fresh = false;
      reader.jump(head().position);
      return [...deps.log.values().values()];
    },
    take: reader.take,
    pending: () => fresh || reader.lost() || reader.pending(),
    position: () => ({ epoch: head().epoch, position: reader.position() }),
    close,
  };
}

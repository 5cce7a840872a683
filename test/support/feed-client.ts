import type { Feed, FeedSubscription } from '../../src/lib/feed.js';
import type { FeedPosition } from '../../src/lib/feed-log.js';
import type { Item } from './memory-log.js';

/** A reader of a feed that keeps a cache of the values that its filter lets pass. */
export type FeedClient = {
  readonly cache: ReadonlyMap<string, Item>;
  /** What it was told: `snapshot`, `reset`, `a=1`, `a gone`. */
  readonly told: readonly string[];
  /** Begins, or goes on from where it was. */
  join(feed: Feed<string, Item>): Promise<void>;
  /** Takes at most `count` changes. */
  read(count?: number): void;
  leave(): void;
  joined(): boolean;
  /** How often it was woken. */
  woken(): number;
};

/** Creates a client that has seen nothing. */
export function createFeedClient(passes: (item: Item) => boolean = () => true): FeedClient {
  const cache = new Map<string, Item>();
  const told: string[] = [];
  let subscription: FeedSubscription<string, Item> | undefined;
  let position: FeedPosition | undefined;
  let woken = 0;

  function begin(from: FeedSubscription<string, Item>, reason: 'start' | 'lost'): void {
    told.push(reason === 'lost' ? 'reset' : 'snapshot');
    cache.clear();
    for (const item of from.snapshot()) if (passes(item)) cache.set(item.key, item);
  }

  function take(from: FeedSubscription<string, Item>): void {
    const change = from.take();
    if (!change) return;
    const { key, before, after } = change;
    if (after !== undefined && passes(after)) {
      told.push(`${key}=${after.version}`);
      cache.set(key, after);
    } else if (before === 'unknown' || (before !== undefined && passes(before))) {
      told.push(`${key} gone`);
      cache.delete(key);
    }
  }

  return {
    cache,
    told,
    async join(feed) {
      subscription = await feed.subscribe(() => {
        woken += 1;
      }, position);
    },
    read(count = Number.POSITIVE_INFINITY) {
      for (let taken = 0; taken < count && subscription?.pending(); taken += 1) {
        const reason = subscription.restart();
        if (reason) begin(subscription, reason);
        else take(subscription);
        position = subscription.position();
      }
    },
    leave() {
      subscription?.close();
      subscription = undefined;
    },
    joined: () => subscription !== undefined,
    woken: () => woken,
  };
}

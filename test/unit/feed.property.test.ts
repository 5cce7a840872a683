import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFeed } from '../../src/lib/feed.js';
import { createFeedClient, type FeedClient } from '../support/feed-client.js';
import { createMemoryLog, type Item } from '../support/memory-log.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const CLIENTS = 5;
const RUNS = 10_000;

const anyClient = fc.nat(CLIENTS - 1);
const anyFeed = fc.nat(1);
const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      changes: fc.array(fc.record({ key: fc.constantFrom(...KEYS), removed: fc.boolean() }), {
        minLength: 1,
        maxLength: 12,
      }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('poll' as const), feed: anyFeed }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('read' as const), client: anyClient, count: fc.nat(4) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      client: anyClient,
      feed: anyFeed,
      wait: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), client: anyClient }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), keep: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slow' as const), turns: fc.nat(80) }) },
);

/** Clients with filters of their own: all, even versions, odd ones. */
const filters: ((item: Item) => boolean)[] = [
  () => true,
  ({ version }) => version % 2 === 0,
  ({ version }) => version % 3 === 0,
  () => true,
  ({ version }) => version % 2 === 1,
];

/** Versions of a key only go up, over resumes too. */
function expectForward(client: FeedClient): void {
  const seen = new Map<string, number>();
  for (const text of client.told) {
    const [key = '', version] = text.split('=');
    if (version === undefined) continue;
    expect(Number(version), client.told.join(', ')).toBeGreaterThanOrEqual(seen.get(key) ?? 0);
    seen.set(key, Number(version));
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

test('whatever happens, what a reader knows in a quiet moment is what there is', async () => {
  let runs = 0;
  let resets = 0;
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 80 }), async (steps) => {
      const log = createMemoryLog();
      const options = { pollIntervalMs: 3_600_000, historySize: 3, maxKept: 7 };
      const feeds = [createFeed(log, options), createFeed(log, options)] as const;
      const clients = filters.map((passes) => createFeedClient(passes));
      const busy: Promise<unknown>[] = [];
      const joining = new Set<FeedClient>();
      async function joinFeed(client: FeedClient, feed: number): Promise<void> {
        if (client.joined() || joining.has(client)) return;
        joining.add(client);
        await client.join(feeds[feed] as (typeof feeds)[0]).finally(() => joining.delete(client));
      }
      for (const step of steps) {
        const client = clients['client' in step ? step.client : 0] as FeedClient;
        if (step.do === 'append') log.append(...step.changes);
        if (step.do === 'poll') busy.push(feeds[step.feed as 0 | 1].refresh());
        if (step.do === 'read') client.read(step.count);
        if (step.do === 'leave') client.leave();
        if (step.do === 'trim') log.trim(step.keep);
        if (step.do === 'lose') log.lose();
        if (step.do === 'slow') log.listTurns = step.turns;
        if (step.do === 'turns') await turns(step.count);
        if (step.do === 'join') {
          const joined = joinFeed(client, step.feed);
          busy.push(joined);
          if (step.wait) await joined;
        }
        kept = Math.max(kept, ...feeds.map((feed) => feed.stats().kept));
      }
      await Promise.all(busy);
      for (const client of clients) await joinFeed(client, 0);
      await Promise.all(feeds.map((feed) => feed.refresh()));
      clients.forEach((client, index) => {
        client.read();
        const passing = [...log.values].filter(([, item]) => filters[index]?.(item));
        expect(client.cache, client.told.join(', ')).toEqual(new Map(passing));
        expectForward(client);
        resets += client.told.filter((text) => text === 'reset').length;
        client.leave();
      });
      for (const feed of feeds) expect(feed.stats()).toMatchObject({ subscriptions: 0, kept: 0 });
      runs += 1;
    }),
    { numRuns: RUNS },
  );
  expect(runs).toBe(RUNS);
  // The sequences get everywhere.
  expect(resets).toBeGreaterThan(100);
  expect(kept).toBeGreaterThan(7);
});

import { afterEach, describe, expect, test } from 'vitest';
import { createFeed, type Feed, type FeedOptions } from '../../src/lib/feed.js';
import { createFeedClient, type FeedClient } from '../support/feed-client.js';
import { createMemoryLog, type Item, type MemoryLog } from '../support/memory-log.js';
import { waitUntil } from '../support/wait-until.js';

const clients: FeedClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});

/** A feed that polls only when it is told to, unless said otherwise. */
function setUp(options: Partial<FeedOptions> = {}): { log: MemoryLog; feed: Feed<string, Item> } {
  const log = createMemoryLog();
  return { log, feed: createFeed(log, { pollIntervalMs: 3_600_000, ...options }) };
}

async function join(
  feed: Feed<string, Item>,
  passes?: (item: Item) => boolean,
): Promise<FeedClient> {
  const client = createFeedClient(passes);
  clients.push(client);
  await client.join(feed);
  client.read();
  return client;
}

const a = { key: 'a' };
const b = { key: 'b' };
const c = { key: 'c' };

describe('a reader that keeps up', () => {
  test('begins with every value, then sees each change in order', async () => {
    const { log, feed } = setUp();
    log.append(a, b);
    const client = await join(feed);
    log.append(a, a, { key: 'b', removed: true }, a);
    await feed.refresh();
    client.read();
    expect(client.told).toEqual(['snapshot', 'a=3', 'a=4', 'b gone', 'a=6']);
    expect(client.cache).toEqual(log.values);
  });

  test('is woken by changes, at once after a hint and else by the next poll', async () => {
    const { log, feed } = setUp({ pollIntervalMs: 5 });
    const client = await join(feed);
    log.append(a);
    await waitUntil('the poll', () => client.woken() === 1);
    const slow = setUp();
    const other = await join(slow.feed);
    slow.log.append(a);
    slow.feed.hint();
    await waitUntil('the hint', () => other.woken() === 1);
  });

  test('sees values leave its filter and come back, and nothing of those that never passed', async () => {
    const { log, feed } = setUp();
    const client = await join(feed, ({ version }) => version % 2 === 0);
    log.append(a, a, a, b, a, { key: 'c' }, { key: 'c', removed: true }, a);
    await feed.refresh();
    client.read();
    // c was 6, which passes; b was 4; a was 1, 2, 3, 5 and 8.
    expect(client.told.slice(1)).toEqual(['a=2', 'a gone', 'b=4', 'c=6', 'c gone', 'a=8']);
  });
});

describe('a reader that lags', () => {
  test('is told the latest of each key, the one that waits longest first, and each change after', async () => {
    const { log, feed } = setUp({ historySize: 2 });
    log.append(a, b, c);
    const client = await join(feed);
    log.append(b, a, b, b, a, c, a);
    await feed.refresh();
    client.read();
    // The last two are in the shared history.
    expect(client.told.slice(1)).toEqual(['b=7', 'a=8', 'c=9', 'a=10']);
    expect(feed.stats()).toMatchObject({ history: 2, kept: 0 });
  });

  test('keeps a change for each key and no more, whatever comes', async () => {
    const { log, feed } = setUp({ historySize: 8 });
    const client = await join(feed);
    for (let round = 0; round < 500; round += 1) {
      log.append(a, b, c, a, b, c, a, b, c, a);
      await feed.refresh();
      expect(feed.stats().kept).toBeLessThanOrEqual(3);
      expect(feed.stats().history).toBe(8);
    }
    client.read();
    expect(client.cache).toEqual(log.values);
    expect(client.told.length).toBe(1 + 3 + 8);
  });

  test('knows a value that left its filter while it lagged', async () => {
    const { log, feed } = setUp({ historySize: 1 });
    log.append(a, a, b, b);
    const client = await join(feed, ({ version }) => version % 2 === 0);
    log.append(c, a, a, c, c);
    await feed.refresh();
    client.read();
    // c was 8 when it dropped out of the history, and is 9.
    expect(client.told).toEqual(['snapshot', 'c=8', 'a gone', 'c gone']);
    expect([...client.cache.keys()]).toEqual(['b']);
  });

  test('begins again when more keys than allowed are pending', async () => {
    const { log, feed } = setUp({ historySize: 1, maxKept: 2 });
    const client = await join(feed);
    log.append(a, b, c, { key: 'd' });
    await feed.refresh();
    expect(feed.stats().kept).toBe(0);
    client.read();
    expect(client.told).toEqual(['snapshot', 'reset']);
    expect(client.cache).toEqual(log.values);
    log.append(a);
    await feed.refresh();
    client.read();
    expect(client.told.at(-1)).toBe('a=5');
  });
});

describe('a reader that resumes', () => {
  async function leaveAfter(feed: Feed<string, Item>, log: MemoryLog): Promise<FeedClient> {
    const client = await join(feed);
    client.leave();
    log.append(a, b, a);
    return client;
  }

  test.each([
    ['the shared history', 1_024],
    ['the log', 1],
  ])('from %s is told the latest of each key', async (_name, historySize) => {
    const { log, feed } = setUp({ historySize });
    log.append(c);
    const client = await leaveAfter(feed, log);
    const other = await join(feed);
    log.append(b);
    await client.join(feed);
    client.read();
    expect(client.told).toEqual(['snapshot', 'a=4', 'b=5']);
    expect(client.cache).toEqual(log.values);
    other.read();
    expect(other.told).toEqual(['snapshot', 'b=5']);
  });

  test('from the position of another instance that has seen more goes on from there', async () => {
    const { log, feed } = setUp();
    const behind = createFeed(log, { pollIntervalMs: 3_600_000 });
    await join(behind);
    const client = await leaveAfter(feed, log);
    await client.join(feed);
    client.read();
    client.leave();
    const told = client.told.length;
    await client.join(behind);
    client.read();
    expect(client.told.length).toBe(told);
    log.append(c);
    await behind.refresh();
    client.read();
    expect(client.told.at(-1)).toBe('c=4');
  });

  test('does not forget what changes while its backlog is read', async () => {
    const { log, feed } = setUp({ historySize: 1 });
    const client = await leaveAfter(feed, log);
    await join(feed);
    log.listTurns = 200;
    const { list } = log.reads;
    const joining = client.join(feed);
    while (log.reads.list === list) await Promise.resolve();
    log.listTurns = 1;
    log.append(c, b, { key: 'd' });
    await feed.refresh();
    await joining;
    client.read();
    expect(client.told).toEqual(['snapshot', 'a=3', 'b=5', 'c=4', 'd=6']);
    expect(client.cache).toEqual(log.values);
  });

  test('from a position on the way through what it missed gets the rest', async () => {
    const { log, feed } = setUp({ historySize: 1 });
    const client = await join(feed);
    log.append(a, b, c, a, { key: 'd' });
    await feed.refresh();
    client.read(1);
    client.leave();
    await client.join(feed);
    client.read();
    expect(client.told).toEqual(['snapshot', 'a=4', 'b=2', 'c=3', 'a=4', 'd=5']);
  });

  test.each([
    ['was trimmed', (log: MemoryLog) => log.trim(2)],
    ['belongs to a log that was lost', (log: MemoryLog) => log.lose()],
  ])('from a position that %s begins again', async (_name, spoil) => {
    const { log, feed } = setUp({ historySize: 1 });
    const client = await leaveAfter(feed, log);
    spoil(log);
    // An instance that was started only now.
    const started = createFeed(log, { pollIntervalMs: 3_600_000 });
    await client.join(started);
    client.read();
    expect(client.told).toEqual(['snapshot', 'reset']);
    expect(client.cache).toEqual(log.values);
  });

  test('from further back than readers may lag begins again', async () => {
    const { log, feed } = setUp({ historySize: 1, maxKept: 2 });
    const client = await leaveAfter(feed, log);
    await client.join(feed);
    client.read();
    expect(client.told).toEqual(['snapshot', 'reset']);
  });
});

describe('the log', () => {
  test('is read once for all readers, and not at all while there is none', async () => {
    const { log, feed } = setUp();
    feed.hint();
    expect(log.reads.snapshot).toBe(0);
    await Promise.all(Array.from({ length: 100 }, () => join(feed)));
    expect(log.reads).toEqual({ snapshot: 1, head: 1, list: 0 });
    log.append(a);
    await feed.refresh();
    expect(log.reads).toEqual({ snapshot: 1, head: 2, list: 1 });
    for (const client of clients) client.leave();
    feed.hint();
    expect(log.reads.head).toBe(2);
  });

  test('that was trimmed below the feed, as after a long pause, makes its readers begin again', async () => {
    const { log, feed } = setUp();
    const client = await join(feed);
    log.append(a, b, a);
    log.trim(1);
    await feed.refresh();
    client.read();
    expect(client.told).toEqual(['snapshot', 'reset']);
    expect(client.cache).toEqual(log.values);
  });

  test('that has grown by more than is worth reading makes its readers begin again', async () => {
    const { log, feed } = setUp();
    const client = await join(feed);
    for (let round = 0; round < 5_001; round += 1) log.append(a, b);
    await feed.refresh();
    client.read();
    expect(client.told).toEqual(['snapshot', 'reset']);
  });

  test('that fails is told once, does not end readers, and is read on when it answers', async () => {
    const failures: unknown[] = [];
    const { log, feed } = setUp({ pollIntervalMs: 1, onFailure: (error) => failures.push(error) });
    const client = await join(feed);
    log.failure = new Error('no answer');
    await expect(feed.refresh()).rejects.toThrow('no answer');
    await expect(feed.refresh()).rejects.toThrow('no answer');
    await expect(createFeedClient().join(feed)).rejects.toThrow('no answer');
    expect(failures).toEqual([log.failure]);
    expect(feed.stats().subscriptions).toBe(1);
    log.append(a);
    log.failure = undefined;
    await waitUntil('the change', () => client.woken() > 0);
    client.read();
    expect(client.told.at(-1)).toBe('a=1');
  });
});

import { constants } from 'node:http2';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/start-server.js';
import { stopReading, stopTaking, watchOfWorkers } from '../support/stuck-watcher.js';
import { waitUntil } from '../support/wait-until.js';
import { type WorkerWatcher, watchWorkers } from '../support/worker-watcher.js';
import { createWorkerWriter } from '../support/worker-writer.js';

const start = (env: Record<string, string> = {}) =>
  startServer({ env: { EWALLET_WATCH_POLL_MS: '10', ...env } });

async function watchMany(server: TestServer, count: number): Promise<WorkerWatcher[]> {
  const watchers = Array.from({ length: count }, () => watchWorkers(server.clients));
  await Promise.all(watchers.map((watcher) => watcher.until(() => watcher.position() !== '')));
  return watchers;
}

const stats = (server: TestServer) => server.domain.workerWatch.stats();

describe('a reader that does not read', () => {
  /** More than streams and their buffers hold. */
  const CHANGES = 30 * 396;
  const ids = [11n, 12n, 13n];

  /** Makes the changes, each part when the other one has read the last. */
  async function change(server: TestServer, other: WorkerWatcher): Promise<void> {
    const writer = createWorkerWriter(server.db);
    const before = other.events.length;
    for (let done = 396; done <= CHANGES; done += 396) {
      await writer.count(
        ...Array.from({ length: 396 }, (_, i) => {
          const id = ids[i % 3] as bigint;
          return [id, Math.floor(i / 3) % 2 === 0 ? 1 : -1] as const;
        }),
      );
      await other.until(() => other.events.length === before + done);
    }
  }

  async function startStuck() {
    const server = await start();
    await createWorkerWriter(server.db).create(...ids);
    const stuck = await stopReading(server.connect(server.operatorAddress));
    const [other] = (await watchMany(server, 1)) as [WorkerWatcher];
    await change(server, other);
    return { server, stuck, other };
  }

  test('costs no more than a change for each worker, and holds nobody up', async () => {
    const { server, stuck, other } = await startStuck();
    // The one that keeps up saw each.
    expect(other.events.length).toBe(2 + CHANGES);
    expect(stats(server)).toMatchObject({ subscriptions: 2, kept: 3, history: 1_024 });
    // The one that lags misses states between, not the last.
    const reading = stuck.readOn();
    await waitUntil('the reader', () => isDeepStrictEqual(stuck.cache, other.cache));
    await server.stop();
    expect((await reading).count).toBeLessThan(CHANGES / 2);
  });

  test('is cut off after 60 s, and what it held is freed at once', async () => {
    const { server, stuck, other } = await startStuck();
    const heartbeat = other.next('heartbeat');
    server.time.advance(59_000);
    await heartbeat;
    expect(stats(server).subscriptions).toBe(2);
    server.time.advance(1_500);
    await waitUntil('the end', () => stats(server).subscriptions === 1);
    expect(stats(server)).toMatchObject({ watches: 1, kept: 0, alarms: 4 });
    expect((await stuck.readOn()).error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_SLOW',
    });
    await waitUntil('the log', () => server.logs.some((line) => line.includes('TOO_SLOW')));
    expect(other.story().slice(-1)).toEqual(['heartbeat']);
    await server.stop();
  });

  test('loses even its stream when it does not take that answer', async () => {
    const server = await start();
    await createWorkerWriter(server.db).create(...ids);
    const stuck = await stopTaking(server.operatorAddress, watchOfWorkers);
    const [other] = (await watchMany(server, 1)) as [WorkerWatcher];
    await change(server, other);
    server.time.advance(61_000);
    expect(await stuck.reset).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    stuck.close();
    await server.stop();
  });
});

test('a cancelled watch leaves nothing behind, and nothing is polled any more', async () => {
  const server = await start();
  const watchers = await watchMany(server, 30);
  expect(stats(server)).toMatchObject({ watches: 30, subscriptions: 30, alarms: 120 });
  for (const watcher of watchers) watcher.cancel();
  await waitUntil('the ends', () => stats(server).watches === 0);
  expect(stats(server)).toMatchObject({ subscriptions: 0, kept: 0, alarms: 0 });
  await server.stop();
});

describe('too many watches', () => {
  test.each([
    ['of one caller', { EWALLET_WATCHES_PER_CALLER: '2' }],
    ['of one server', { EWALLET_WATCHES: '2' }],
  ])('%s are refused, until one ends', async (_name, env) => {
    const server = await start(env);
    const [first] = await watchMany(server, 2);
    expect(await watchWorkers(server.clients).ended).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_MANY_WATCHES',
      metadata: { limit: '2' },
    });
    first?.cancel();
    await waitUntil('the end', () => stats(server).watches === 1);
    await watchMany(server, 1);
    await server.stop();
  });
});

test('a watch ends with OK after 30 minutes, give or take a tenth, told before', async () => {
  const server = await start();
  const watchers = await watchMany(server, 20);
  server.time.advance(26.9 * 60_000);
  await Promise.all(watchers.map((watcher) => watcher.until(() => watcher.events.length > 1)));
  expect(watchers.flatMap((watcher) => watcher.story().slice(1, 2))).toEqual(
    Array(20).fill('heartbeat'),
  );
  server.time.advance(6.2 * 60_000);
  expect(await Promise.all(watchers.map(({ ended }) => ended))).toEqual(Array(20).fill(undefined));
  for (const watcher of watchers) expect(watcher.story().at(-1)).toBe('draining');
  expect(stats(server)).toMatchObject({ watches: 0, alarms: 0 });
  await server.stop();
});

describe('a server that stops', () => {
  test('tells every watch, with delays that differ, and ends it', async () => {
    const server = await start();
    const watchers = await watchMany(server, 50);
    await server.stop();
    const errors = await Promise.all(watchers.map(({ ended }) => ended));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
    }
    const delays = watchers.map(({ events }) => {
      const { event, position } = events.at(-1) ?? {};
      expect(position).not.toBe('');
      return event?.$case === 'draining' ? event.value.reconnectDelay : undefined;
    });
    expect(new Set(delays.map((delay) => delay?.nanos)).size).toBeGreaterThan(10);
    for (const delay of delays) expect(Number(delay?.seconds)).toBeLessThan(2);
  });

  test('refuses new watches, and does not wait for one that does not read longer than its limit', async () => {
    const server = await start({ EWALLET_DRAIN_LIMIT_SECONDS: '1' });
    const writer = createWorkerWriter(server.db);
    await writer.create(11n);
    await stopReading(server.connect(server.operatorAddress));
    for (let round = 0; round < 10; round += 1) {
      await writer.count(...Array.from({ length: 400 }, (_, i) => [11n, i % 2 ? -1 : 1] as const));
    }
    await waitUntil('the lag', () => stats(server).kept > 0);
    const begin = performance.now();
    await server.stop();
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(stats(server)).toMatchObject({ watches: 0, subscriptions: 0 });
  });
});

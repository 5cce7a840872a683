import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WorkerState } from '../../generated/ewallet/system/v1/system_service.js';
import { withTransaction } from '../../src/storage/transaction.js';
import {
  appendWorkerChanges,
  oldestWorkerChange,
  readWorkerLogHead,
  trimWorkerChanges,
} from '../../src/storage/worker-changes.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { operatorKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { waitUntil } from '../support/wait-until.js';
import { cacheAt, numberIn, positionOf, textOf } from '../support/watch-positions.js';
import { type WorkerWatcher, watchWorkers } from '../support/worker-watcher.js';
import { createWorkerWriter, type WorkerWriter } from '../support/worker-writer.js';

let server: TestServer;
let writer: WorkerWriter;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_WATCH_POLL_MS: '10' } });
  writer = createWorkerWriter(server.db);
});

/** Every test begins without workers. */
beforeEach(async () => {
  const ids: bigint[] = await server.db.knex('workers').pluck('id');
  await writer.remove(...ids);
});

const trim = (keep: number) =>
  withTransaction(server.db, (tx) => trimWorkerChanges(tx, { keep, limit: 100_000 }));

async function startWatching(request?: Parameters<typeof watchWorkers>[1]): Promise<WorkerWatcher> {
  const watcher = watchWorkers(server.clients, request);
  await watcher.until(() => watcher.events.length > 0);
  if (!request?.resumePosition) await complete(watcher);
  return watcher;
}

const complete = (watcher: WorkerWatcher) =>
  watcher.until(() => watcher.story().includes('snapshotComplete'));

/** Lets the server's time pass; the streams look at it a moment later. */
const pass = (seconds: number) => server.time.advance(seconds * 1_000);

describe('a watch from the beginning', () => {
  test('tells every worker, that these were all, and where to resume', async () => {
    await writer.create(11n, 12n);
    await writer.count([12n, 3], [11n, 1]);
    const watcher = await startWatching();
    expect(watcher.story()).toEqual([
      'snapshot(wrk_b 1/3 AVAILABLE, wrk_c 3/3 OCCUPIED)',
      'snapshotComplete',
    ]);
    const [snapshot, last] = watcher.events;
    expect(snapshot?.position).toBe('');
    expect(last?.position).toMatch(/^[\w-]{20,128}$/);
    expect(last?.eventTime?.seconds).toBe(BigInt(Math.floor(server.time.now() / 1_000)));
    expect(watcher.cache.get('wrk_c')).toEqual({
      workerId: 'wrk_c',
      instanceNumber: 900n,
      state: WorkerState.WORKER_STATE_OCCUPIED,
      sessionCount: 3,
      sessionLimit: 3,
      createTime: expect.anything(),
      updateTime: expect.anything(),
      stateTime: expect.anything(),
    });
    watcher.cancel();
  });

  test('tells of no worker by the end of the snapshot alone', async () => {
    const watcher = await startWatching();
    expect(watcher.story()).toEqual(['snapshotComplete']);
    watcher.cancel();
  });

  test('tells of many workers in parts of at most 200', async () => {
    await writer.create(...Array.from({ length: 450 }, (_, i) => BigInt(i + 100)));
    const watcher = await startWatching();
    const sizes = watcher.events.map(({ event }) =>
      event?.$case === 'snapshot' ? event.value.workers.length : 0,
    );
    expect(sizes).toEqual([200, 200, 50, 0]);
    expect(watcher.cache.size).toBe(450);
    watcher.cancel();
  });
});

describe('changes', () => {
  test('made one at a time and read at once are told each, in order', async () => {
    const watcher = await startWatching();
    const told = () => watcher.story().slice(1);
    for (const change of [
      () => writer.create(11n),
      () => writer.count([11n, 1]),
      () => writer.count([11n, 1]),
      () => writer.count([11n, 1]),
      () => writer.count([11n, -3]),
      () => writer.remove(11n),
    ]) {
      const before = watcher.events.length;
      await change();
      await watcher.until(() => watcher.events.length > before);
    }
    expect(told()).toEqual([
      'wrk_b 0/3 VACANT',
      'wrk_b 1/3 AVAILABLE',
      'wrk_b 2/3 AVAILABLE',
      'wrk_b 3/3 OCCUPIED',
      'wrk_b 0/3 VACANT',
      'wrk_b gone',
    ]);
    watcher.cancel();
  });

  test('that come in one go are told each to a reader that keeps up', async () => {
    await writer.create(11n);
    const watcher = await startWatching();
    const up = Array.from({ length: 400 }, (_, i) => [11n, i % 2 === 0 ? 1 : -1] as const);
    await writer.count(...up);
    await writer.remove(11n);
    await watcher.until(() => watcher.story().includes('wrk_b gone'));
    expect(watcher.events.length).toBe(2 + 400 + 1);
    watcher.cancel();
  });

  test('are told with positions that never go back', async () => {
    const watcher = await startWatching();
    await writer.create(11n, 12n, 13n);
    await watcher.until(() => watcher.cache.size === 3);
    const positions = watcher.events.map(({ position }) => numberIn(position));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(new Set(positions).size).toBe(4);
    watcher.cancel();
  });
});

test('a change by this server is told at once, whatever the interval of looking for others', async () => {
  const slow = await startServer({ env: { EWALLET_WATCH_POLL_MS: '60000' } });
  const watcher = watchWorkers(slow.clients);
  await complete(watcher);
  await createWorkerWriter(slow.db).create(11n);
  await watcher.until(() => watcher.cache.has('wrk_b'));
  await slow.stop();
});

describe('a filter', () => {
  test('tells of a worker that leaves it as removed, and of one that enters it as whole', async () => {
    await writer.create(11n, 12n);
    const watcher = await startWatching({ states: [WorkerState.WORKER_STATE_AVAILABLE] });
    await writer.count([11n, 1]);
    await writer.count([11n, 2]);
    // Of no interest: it neither was nor is available.
    await writer.count([12n, 3]);
    await writer.count([12n, -3]);
    await writer.count([11n, -1]);
    await writer.remove(11n);
    await writer.remove(12n);
    await writer.create(13n);
    await writer.count([13n, 1]);
    await watcher.until(() => watcher.story().length === 6);
    expect(watcher.story()).toEqual([
      'snapshotComplete',
      'wrk_b 1/3 AVAILABLE',
      'wrk_b gone',
      'wrk_b 2/3 AVAILABLE',
      'wrk_b gone',
      'wrk_d 1/3 AVAILABLE',
    ]);
    watcher.cancel();
  });

  test('does not silence heartbeats, and its position goes on with what it hides', async () => {
    await writer.create(11n);
    const watcher = await startWatching({ states: [WorkerState.WORKER_STATE_OCCUPIED] });
    const before = numberIn(watcher.position());
    await writer.count([11n, 1]);
    pass(15);
    const heartbeat = await watcher.next('heartbeat');
    expect(numberIn(heartbeat.position)).toBe(before + 1);
    watcher.cancel();
  });
});

describe('a heartbeat', () => {
  test('comes on a quiet server after the interval, again and again, with the newest position', async () => {
    await writer.create(11n);
    const watcher = await startWatching({ heartbeatInterval: { seconds: 5n, nanos: 0 } });
    for (let round = 0; round < 3; round += 1) {
      const coming = watcher.next('heartbeat');
      pass(5);
      expect((await coming).position).toBe(watcher.events[1]?.position);
    }
    expect(watcher.story().slice(2)).toEqual(['heartbeat', 'heartbeat', 'heartbeat']);
    watcher.cancel();
  });

  test('comes after 15 s of silence when nothing else was asked for, not before', async () => {
    const watcher = await startWatching();
    pass(14.9);
    const other = await startWatching({ heartbeatInterval: { seconds: 5n, nanos: 0 } });
    pass(5);
    await other.next('heartbeat').catch(() => {});
    await watcher.until(() => watcher.story().includes('heartbeat'));
    expect(watcher.story()).toEqual(['snapshotComplete', 'heartbeat']);
    watcher.cancel();
    other.cancel();
  });

  test('is never ahead of a change: what was committed before it is told instead of it', async () => {
    // Nobody looks for changes by others but the heartbeat.
    const quiet = await startServer({ env: { EWALLET_WATCH_POLL_MS: '60000' } });
    const others = createWorkerWriter(quiet.db, { foreign: true });
    await others.create(11n);
    const watcher = watchWorkers(quiet.clients, {
      heartbeatInterval: { seconds: 5n, nanos: 0 },
    });
    await complete(watcher);
    for (let round = 0; round < 5; round += 1) {
      await others.count([11n, round % 2 === 0 ? 1 : -1]);
      for (const kind of ['change', 'heartbeat'] as const) {
        const next = watcher.next(kind);
        quiet.time.advance(5_000);
        await next;
      }
    }
    expect(watcher.story().slice(2)).toEqual([
      ...['wrk_b 1/3 AVAILABLE', 'heartbeat', 'wrk_b 0/3 VACANT', 'heartbeat'],
      ...['wrk_b 1/3 AVAILABLE', 'heartbeat', 'wrk_b 0/3 VACANT', 'heartbeat'],
      ...['wrk_b 1/3 AVAILABLE', 'heartbeat'],
    ]);
    await quiet.stop();
  });

  test.each([4, 61])('every %d s is refused', async (seconds) => {
    const request = { heartbeatInterval: { seconds: BigInt(seconds), nanos: 0 } };
    const error = await watchWorkers(server.clients, request).ended;
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['heartbeat_interval'] });
  });
});

describe('a resume', () => {
  test('tells what changed since, one change for each worker, without a snapshot', async () => {
    await writer.create(11n, 12n, 13n);
    const first = await startWatching();
    first.cancel();
    await writer.count([11n, 1], [11n, 1], [12n, 3]);
    await writer.remove(13n);
    const second = watchWorkers(server.clients, { resumePosition: first.position() });
    await second.until(() => second.events.length === 3);
    await writer.count([12n, -3]);
    await second.until(() => second.events.length === 4);
    expect(second.story()).toEqual([
      'wrk_b 2/3 AVAILABLE',
      'wrk_c 3/3 OCCUPIED',
      'wrk_d gone',
      'wrk_c 0/3 VACANT',
    ]);
    second.cancel();
  });

  test('from any position on the way misses nothing', async () => {
    await writer.create(11n, 12n);
    const first = await startWatching();
    for (const id of [11n, 12n, 11n, 12n]) await writer.count([id, 1]);
    await writer.remove(11n);
    await first.until(() => first.story().includes('wrk_b gone'));
    first.cancel();
    for (const { position } of first.events.slice(1, -1)) {
      const second = watchWorkers(server.clients, { resumePosition: position });
      await second.until(() => second.story().includes('wrk_b gone'));
      const third = await startWatching();
      const known = new Map([...cacheAt(first, position), ...second.cache]);
      known.delete('wrk_b');
      expect(known).toEqual(third.cache);
      second.cancel();
      third.cancel();
    }
  });

  test('from the newest position is silent until something changes', async () => {
    const first = await startWatching();
    first.cancel();
    const second = watchWorkers(server.clients, { resumePosition: first.position() });
    await waitUntil('the watch', () => server.domain.workerWatch.stats().subscriptions === 1);
    await writer.create(11n);
    await second.until(() => second.events.length > 0);
    expect(second.story()).toEqual(['wrk_b 0/3 VACANT']);
    second.cancel();
  });

  test.each([
    ['too old', outlive],
    ['of another epoch', async () => positionOf('1.7.ffffffffffffffffffffffffffffffff.1')],
    ['that never was', async (position: string) => positionOf(textOf(position, '999999999'))],
    ['of no meaning', async () => 'what is this?'],
    ['that was altered', async (position: string) => `${position.slice(0, -2)}AA`],
  ])('from a position %s begins again', async (_name, spoil) => {
    const first = await startWatching();
    first.cancel();
    await writer.create(11n, 12n);
    const resumePosition = await spoil(first.position());
    const second = watchWorkers(server.clients, { resumePosition });
    await complete(second);
    expect(second.story()).toEqual([
      'reset',
      'snapshot(wrk_b 0/3 VACANT, wrk_c 0/3 VACANT)',
      'snapshotComplete',
    ]);
    expect(second.events.map(({ position }) => position !== '')).toEqual([false, false, true]);
    second.cancel();
  });

  test('with other states begins again: it could not tell of workers that these let in', async () => {
    await writer.create(11n);
    const states = [WorkerState.WORKER_STATE_OCCUPIED];
    const first = await startWatching({ states });
    first.cancel();
    const second = watchWorkers(server.clients, { resumePosition: first.position() });
    await complete(second);
    expect(second.story()[0]).toBe('reset');
    second.cancel();
  });
});

test('a log that is lost while somebody watches begins again', async () => {
  await writer.create(11n);
  const watcher = await startWatching();
  await server.db.knex('worker_log').update({ last_position: 0, epoch: Buffer.alloc(16, 7) });
  await server.db.knex('worker_changes').del();
  await watcher.until(
    () => watcher.story().filter((text) => text === 'snapshotComplete').length === 2,
  );
  expect(watcher.story().slice(2)).toEqual([
    'reset',
    'snapshot(wrk_b 0/3 VACANT)',
    'snapshotComplete',
  ]);
  await writer.count([11n, 1]);
  await watcher.until(() => watcher.cache.get('wrk_b')?.sessionCount === 1);
  watcher.cancel();
});

test('the cleaner of workers keeps the newest 100,000 changes', async () => {
  const kept = 100_000;
  const removals = Array.from({ length: kept + 1_500 }, () => ({ removedWorkerId: 9n }));
  await withTransaction(server.db, (tx) => appendWorkerChanges(tx, removals));
  const { position } = await readWorkerLogHead(server.db.knex);
  await server.clients.system.cleanupWorkers({}, as({ operatorKey }));
  expect(await oldestWorkerChange(server.db.knex)).toBe(position - BigInt(kept) + 1n);
  expect((await readWorkerLogHead(server.db.knex)).position).toBe(position);
});

test('who is not the operator may not watch', async () => {
  for (const key of [undefined, 'another-key-altogether']) {
    const error = await errorOf(async (options) => {
      const credentials = key === undefined ? {} : { operatorKey: key };
      for await (const _ of server.clients.system.watchWorkers(
        {},
        { ...options, ...as(credentials) },
      )) {
        throw new Error('An event came.');
      }
    });
    expect(error.code).toBe('UNAUTHENTICATED');
  }
  expect(operatorKey).toBeTruthy();
});

/** Lets more changes come than the server shares, and the log forget them. */
async function outlive(position: string): Promise<string> {
  await writer.count(...Array.from({ length: 1_100 }, (_, i) => [11n, i % 2 ? -1 : 1] as const));
  await trim(1);
  return position;
}

import { beforeAll, describe, expect, test } from 'vitest';
import { type Worker, WorkerState } from '../../generated/ewallet/system/v1/system_service.js';
import { createRandom } from '../support/random.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { testEngine } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';
import { type WorkerWatcher, watchWorkers } from '../support/worker-watcher.js';
import { createWorkerWriter, type WorkerWriter } from '../support/worker-writer.js';

const SCHEDULES = 500;
const WATCHERS = 6;
const WORKERS = 12;
const SEED = 20_300_101;

/** Filters of the watchers; none is all. */
const filters: WorkerState[][] = [
  [],
  [],
  [WorkerState.WORKER_STATE_VACANT],
  [WorkerState.WORKER_STATE_AVAILABLE, WorkerState.WORKER_STATE_OCCUPIED],
  [WorkerState.WORKER_STATE_OCCUPIED],
  [],
];

/** Two servers on one database where the engine allows it, each with a writer of its own. */
let servers: TestServer[];
let writers: WorkerWriter[];

beforeAll(async () => {
  const env = { EWALLET_WATCH_POLL_MS: '10' };
  const first = await startServer({ env });
  const { databaseUrl, time } = first;
  servers =
    testEngine() === 'mysql' ? [first, await startServer({ env, databaseUrl, time })] : [first];
  // The foreign one stands for servers that this process does not see commit.
  writers = servers.map(({ db }) => createWorkerWriter(db));
  writers.push(createWorkerWriter(first.db, { foreign: true }));
});

/** Only what the database has is compared with: the server's own memory is not asked. */
async function readWorkers(states: WorkerState[]): Promise<Record<string, string>> {
  const rows: Record<string, bigint>[] = await (servers[0] as TestServer).db.knex('workers');
  const workers = rows.map((row) => {
    const count = Number(row.session_count);
    const state = count === 0 ? 1 : count < Number(row.session_limit) ? 2 : 3;
    return { id: row.id, state, text: `${count} at ${row.update_time}` };
  });
  return Object.fromEntries(
    workers
      .filter(({ state }) => states.length === 0 || states.includes(state))
      .map(({ id, text }) => [`${id}`, text]),
  );
}

function describeAll(cache: ReadonlyMap<string, Worker>): Record<string, string> {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz';
  return Object.fromEntries(
    [...cache].map(([id, { sessionCount, updateTime }]) => {
      const symbols = [...id.slice(4)].map((symbol) => digits.indexOf(symbol));
      const number = symbols.reduce((sum, digit) => sum * 32 + digit, 0);
      const ms = Number(updateTime?.seconds) * 1_000 + Number(updateTime?.nanos) / 1_000_000;
      return [`${number}`, `${sessionCount} at ${ms}`];
    }),
  );
}

async function change(writer: WorkerWriter, random: (below: number) => number): Promise<void> {
  const anyId = () => BigInt(1_000 + random(WORKERS));
  const kind = random(10);
  if (kind === 0) await writer.remove(anyId());
  else if (kind === 1) await writer.create(anyId()).catch(() => {});
  else {
    await writer.count(
      ...Array.from({ length: 1 + random(4) }, () => [anyId(), random(7) - 3] as const),
    );
  }
}

describe('random changes by several servers, and watchers that come, go and resume', () => {
  test(`every cache is the server's state in each of ${SCHEDULES} quiet moments`, async () => {
    const random = createRandom(SEED);
    const anyServer = () => servers[random(servers.length)] as TestServer;
    const states = (index: number) => filters[index] as WorkerState[];
    const start = (index: number, resumePosition = '', cache?: ReadonlyMap<string, Worker>) =>
      watchWorkers(anyServer().clients, { states: states(index), resumePosition }, cache);
    const watchers: WorkerWatcher[] = filters.map((_, index) => start(index));
    let resumes = 0;
    let comparisons = 0;
    let settled = 0;

    async function disturb(): Promise<void> {
      const index = random(WATCHERS);
      const watcher = watchers[index] as WorkerWatcher;
      watcher.cancel();
      const resumable = random(4) > 0 && watcher.position() !== '';
      if (resumable) resumes += 1;
      watchers[index] = resumable ? start(index, watcher.position(), watcher.cache) : start(index);
    }

    /** A heartbeat says that nothing else is to be told: then the caches must be right, not only become so. */
    async function expectSettled(): Promise<void> {
      const heartbeats = watchers.map((watcher) => watcher.next('heartbeat'));
      (servers[0] as TestServer).time.advance(15_000);
      await Promise.all(heartbeats);
      for (const [index, watcher] of watchers.entries()) {
        expect(describeAll(watcher.cache)).toEqual(await readWorkers(states(index)));
        settled += 1;
      }
    }

    let schedules = 0;
    for (; schedules < SCHEDULES; schedules += 1) {
      const steps = writers.map(async (writer) => {
        for (let step = random(5); step >= 0; step -= 1) await change(writer, random);
      });
      const comings = Array.from({ length: random(3) }, disturb);
      await Promise.all([...steps, ...comings]);
      for (const [index, watcher] of watchers.entries()) {
        const expected = JSON.stringify(sorted(await readWorkers(states(index))));
        const known = () => JSON.stringify(sorted(describeAll(watcher.cache)));
        await watcher.until(() => watcher.complete() && known() === expected);
        comparisons += 1;
      }
      if (schedules % 50 === 0) await expectSettled();
    }
    expect(schedules).toBe(SCHEDULES);
    expect(comparisons).toBe(SCHEDULES * WATCHERS);
    expect(settled).toBe((SCHEDULES / 50) * WATCHERS);
    expect(resumes).toBeGreaterThan(SCHEDULES / 4);
    for (const watcher of watchers) watcher.cancel();
    for (const { domain } of servers) {
      await waitUntil('the ends', () => domain.workerWatch.stats().watches === 0);
      expect(domain.workerWatch.stats()).toMatchObject({ subscriptions: 0, alarms: 0, kept: 0 });
    }
  }, 300_000);
});

describe('1,000 watchers', () => {
  test('are all told of a burst of changes, and leave nothing behind', async () => {
    const server = servers[0] as TestServer;
    const writer = writers[0] as WorkerWriter;
    const ids = Array.from({ length: 10 }, (_, i) => BigInt(5_000 + i));
    await writer.create(...ids);
    const watchers = Array.from({ length: 1_000 }, () => watchWorkers(server.clients));
    await Promise.all(watchers.map((watcher) => watcher.until(watcher.complete)));
    expect(server.domain.workerWatch.stats()).toMatchObject({ watches: 1_000, alarms: 4_000 });
    const begin = performance.now();
    for (let round = 0; round < 6; round += 1) {
      await writer.count(...ids.map((id) => [id, round % 2 === 0 ? 1 : -1] as const));
    }
    await writer.remove(...ids);
    const last = 'wrk_';
    await Promise.all(
      watchers.map((watcher) =>
        watcher.until(() => ![...watcher.cache.keys()].some((id) => id.startsWith(`${last}4w`))),
      ),
    );
    console.log(
      `1,000 watchers, 70 changes: the last was told ${Math.round(performance.now() - begin)} ms after the first was begun`,
    );
    for (const watcher of watchers) watcher.cancel();
    await waitUntil('the ends', () => server.domain.workerWatch.stats().watches === 0);
    expect(server.domain.workerWatch.stats()).toMatchObject({ subscriptions: 0, alarms: 0 });
  }, 120_000);
});

function sorted(record: Record<string, string>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

import { expect, test } from 'vitest';
import { startStopwatch } from '../../src/lib/time.js';
import type { UserCaller } from '../../src/model/caller.js';
import { listDueClocks } from '../../src/storage/due-clocks.js';
import { read } from '../../src/storage/transaction.js';
import type { FakeTime } from '../support/fake-time.js';
import { createLedgerWorld, type LedgerWorld } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

/** 10,000 in the long run. */
const CLOCKS = Number(process.env.EWALLET_TEST_DUE_TIMERS ?? 120);
const MINUTE = 60_000;

/** Time that stands still until it is let go. */
function createStartableTime(): FakeTime & { go(): void } {
  let base = Date.UTC(2030, 0, 1);
  let elapsed = () => 0;
  return {
    now: () => base + Math.floor(elapsed()),
    advance(ms) {
      base += ms;
    },
    go() {
      elapsed = startStopwatch();
    },
  };
}

/** As many users as there are clocks, each with a minute on a timer that runs. */
async function startTimers(world: LedgerWorld, count: number): Promise<void> {
  const { clockOperations } = world.domain;
  const start = async (user: UserCaller) => {
    const input = () => ({ requestId: world.requestId(), clockId: null });
    await clockOperations.toClock(user, { ...input(), credits: 1n, notes: '' });
    await clockOperations.command('START', user, input());
  };
  const atOnce = 500;
  for (let made = 0; made < count; made += atOnce) {
    const master = await world.addMaster(Math.min(atOnce, count - made), 10n ** 9n);
    const supply = (user: UserCaller) =>
      world.domain.supply.supply(user, {
        requestId: world.requestId(),
        walletId: null,
        credits: 1n,
        notes: '',
        cost: null,
      });
    await Promise.all(master.users.map(supply));
    await Promise.all(master.users.map(start));
  }
}

async function expectSettledOnce(world: LedgerWorld, count: number): Promise<number[]> {
  const { knex } = world.db;
  const records = await knex('time_records').select();
  expect(records).toHaveLength(count);
  expect(new Set(records.map(({ clock_id }) => clock_id)).size).toBe(count);
  for (const record of records) {
    expect(record).toMatchObject({ spent_ms: BigInt(MINUTE), stop_reason: 'EXHAUSTED' });
    expect(record.stop_time - record.start_time).toBe(BigInt(MINUTE));
  }
  const applied = await knex('operations').where({ kind: 'RUN_OUT' }).whereNull('refusal');
  expect(applied).toHaveLength(count);
  const verdict = await world.domain.verification.verify({ maxDifferences: 5 });
  expect(verdict.differences).toEqual([]);
  expect(verdict).toMatchObject({ verified: true });
  return records.map(({ create_time, stop_time }) => Number(create_time - stop_time));
}

const query = (time: FakeTime) => ({
  until: time.now(),
  after: null,
  limit: CLOCKS,
  from: 'longest ago' as const,
});

test('two instances settle each timer once, and soon', async () => {
  const db = await openTestDatabase();
  const time = createStartableTime();
  const one = await createLedgerWorld(db, time);
  const other = await createLedgerWorld(db, time);
  await startTimers(one, CLOCKS);
  time.advance(MINUTE - 1);
  expect(await one.domain.dueTimers.sweep()).toMatchObject({ settledCount: 0 });
  time.go();
  for (const { domain } of [one, other]) domain.dueTimers.start();
  const areSettled = async () => {
    const [row] = await db.knex('time_records').count({ count: '*' });
    return Number(row?.count) >= CLOCKS;
  };
  await waitUntil('all timers to be settled', areSettled, { limitMs: 120_000, intervalMs: 50 });
  for (const { domain } of [one, other]) await domain.dueTimers.stop();
  const lags = (await expectSettledOnce(one, CLOCKS)).sort((a, b) => a - b);
  const at = (part: number) => lags[Math.floor((lags.length - 1) * part)];
  console.log(`${CLOCKS} timers due at once: settled after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}, 600_000);

test('what an instance leaves that dies while it settles, another settles; and an hour of nobody costs nobody anything', async () => {
  const db = await openTestDatabase();
  const time = createStartableTime();
  const world = await createLedgerWorld(db, time);
  await startTimers(world, 40);
  time.advance(MINUTE + 3_600_000);
  const found = await read(db, (reader) => listDueClocks(reader, query(time)));
  expect(found).toHaveLength(40);
  // It dies between two of its transactions: some of what it found is settled.
  const dying = await createLedgerWorld(db, time);
  const half = dying.domain.dueTimers.sweep();
  const cut = dying.domain.committer.drain();
  const [left] = await Promise.all([world.domain.dueTimers.sweep(), half, cut]);
  const rest = await world.domain.dueTimers.sweep();
  expect(left.settledCount + rest.settledCount).toBeLessThanOrEqual(40);
  expect(await world.domain.dueTimers.sweep()).toMatchObject({ settledCount: 0, failedCount: 0 });
  const lags = await expectSettledOnce(world, 40);
  expect(Math.min(...lags)).toBe(3_600_000);
});

test('timers of a frozen master stop when it was frozen, though its accounts have not followed', async () => {
  const db = await openTestDatabase();
  const time = createStartableTime();
  const world = await createLedgerWorld(db, time);
  await startTimers(world, 3);
  time.advance(10_000);
  const { id } = world.masters[0]?.master ?? {};
  await db
    .knex('masters')
    .where({ id: String(id) })
    .update({ frozen_time: time.now() });
  time.advance(MINUTE);
  expect(await world.domain.dueTimers.sweep()).toMatchObject({ settledCount: 3 });
  const records = await db.knex('time_records').select('spent_ms', 'stop_reason');
  expect(new Set(records.map((row) => `${row.spent_ms} ${row.stop_reason}`))).toEqual(
    new Set(['10000 FROZEN']),
  );
});

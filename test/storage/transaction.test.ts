import BetterSqlite from 'better-sqlite3';
import { beforeAll, expect, test } from 'vitest';
import { createTableIfMissing } from '../../migrations/schema.js';
import type { Database } from '../../src/storage/database.js';
import { read, type Tx, withTransaction } from '../../src/storage/transaction.js';
import { openTestDatabase } from '../support/test-database.js';

type Counter = { id: bigint; value: bigint };

let db: Database & { url: string };

beforeAll(async () => {
  db = await openTestDatabase({ migrated: false, acquireTimeoutMs: 20_000 });
  await createTableIfMissing(db.knex, 'counters', (columns) => {
    columns.id();
    columns.bigint('value');
  });
});

/** Makes two counters at 0 under ids that no other test uses. */
let made = 0n;
async function createCounters(): Promise<[bigint, bigint]> {
  made += 2n;
  await db.knex('counters').insert([made, made + 1n].map((id) => ({ id, value: 0n })));
  return [made, made + 1n];
}

function increment(tx: Tx, id: bigint): Promise<number> {
  return tx<Counter>('counters').where({ id }).increment('value', 1).then();
}

async function valuesOf(ids: bigint[]): Promise<bigint[]> {
  return read(db, (reader) =>
    reader<Counter>('counters').whereIn('id', ids).orderBy('id').pluck('value'),
  );
}

/** Lets every caller go on once `count` of them have come. */
function createBarrier(count: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= count) for (const go of waiting.splice(0)) go();
    });
}

test('a transaction that returns is committed, one that throws is rolled back', async () => {
  const ids = await createCounters();
  expect(await withTransaction(db, (tx) => increment(tx, ids[0]))).toBe(1);
  const failure = new Error('not today');
  await expect(
    withTransaction(db, async (tx) => {
      await increment(tx, ids[1]);
      throw failure;
    }),
  ).rejects.toBe(failure);
  expect(await valuesOf(ids)).toEqual([1n, 0n]);
});

test("a closure sees a storage error for a driver's, and may go on after a duplicate", async () => {
  const ids = await createCounters();
  await withTransaction(db, async (tx) => {
    await expect(tx('counters').insert({ id: ids[0], value: 0n }).then()).rejects.toMatchObject({
      name: 'StorageError',
      kind: 'duplicate',
      key: 'PRIMARY',
    });
    await increment(tx, ids[0]);
  });
  expect(await valuesOf(ids)).toEqual([1n, 0n]);
});

test('two transactions that lock two rows in opposite order both end, each applied once', async () => {
  const ids = await createCounters();
  // On SQLite the second one begins when the first has ended: there is nobody to meet.
  const met = createBarrier(db.engine === 'mysql' ? 2 : 1);
  const runs: number[] = [];
  async function incrementBoth(first: bigint, second: bigint): Promise<void> {
    await withTransaction(db, async (tx) => {
      runs.push(runs.length);
      await increment(tx, first);
      if (runs.length <= 2) await met();
      await increment(tx, second);
    });
  }
  await Promise.all([incrementBoth(ids[0], ids[1]), incrementBoth(ids[1], ids[0])]);
  expect(await valuesOf(ids)).toEqual([2n, 2n]);
  expect(runs.length).toBe(db.engine === 'mysql' ? 3 : 2);
});

test('a closure that hides a deadlock from its transaction cannot write outside of it', async () => {
  const ids = await createCounters();
  const met = createBarrier(db.engine === 'mysql' ? 2 : 1);
  const runs: number[] = [];
  async function incrementBoth(first: bigint, second: bigint): Promise<void> {
    await withTransaction(db, async (tx) => {
      runs.push(runs.length);
      await increment(tx, first);
      if (runs.length <= 2) await met();
      await increment(tx, second).catch(() => {});
      await increment(tx, second).catch(() => {});
    });
  }
  await Promise.all([incrementBoth(ids[0], ids[1]), incrementBoth(ids[1], ids[0])]);
  expect(await valuesOf(ids)).toEqual([3n, 3n]);
});

test('a transaction that meets a lock held by another program runs again once it is free', async () => {
  const ids = await createCounters();
  const rival = await holdLock(ids[0]);
  let runs = 0;
  await withTransaction(db, async (tx) => {
    runs += 1;
    if (runs > 1) await rival.release();
    await increment(tx, ids[1]);
    await increment(tx, ids[0]);
  });
  expect(await valuesOf(ids)).toEqual([1n, 1n]);
  expect(runs).toBe(db.engine === 'mysql' ? 2 : 1);
});

/** Locks a row (on SQLite: the file) from a connection that is not the program's. */
async function holdLock(id: bigint): Promise<{ release: () => Promise<void> }> {
  if (db.engine === 'mysql') {
    const { knex, close } = db.openSingleConnection();
    const tx = await knex.transaction();
    await increment(tx, id);
    async function release(): Promise<void> {
      await tx.rollback();
      await close();
    }
    return { release };
  }
  const other = new BetterSqlite(db.name);
  other.exec('BEGIN IMMEDIATE');
  // A statement that finds the file busy blocks the process, so this runs after the first attempt.
  setImmediate(() => other.close());
  return { release: async () => {} };
}

test('a transaction holds its write lock from the start: a reader that writes later never fails', async () => {
  const ids = await createCounters();
  await Promise.all(
    Array.from({ length: 20 }, () =>
      withTransaction(db, async (tx) => {
        const query = tx<Counter>('counters').where({ id: ids[0] });
        const row = await query.clone().forUpdate().first('value');
        await query.update({ value: (row?.value ?? 0n) + 1n });
      }),
    ),
  );
  expect(await valuesOf(ids)).toEqual([20n, 0n]);
});

test('a COMMIT whose outcome was not told is unknown, and is not run again', async () => {
  const ids = await createCounters();
  let runs = 0;
  const lost = withTransaction(db, async (tx) => {
    runs += 1;
    await increment(tx, ids[0]);
    if (db.engine === 'mysql') {
      const [[row]] = await tx.raw('SELECT CONNECTION_ID() AS id');
      await db.knex.raw(`KILL ${row.id}`);
    } else {
      // COMMIT then fails with an error that says nothing about the work before it.
      await tx.raw('ROLLBACK');
    }
  });
  await expect(lost).rejects.toMatchObject({ name: 'StorageError', kind: 'commit-unknown' });
  expect(runs).toBe(1);
  expect(await valuesOf(ids)).toEqual([0n, 0n]);
});

test('a connection lost before COMMIT is a connection error: nothing was committed', async () => {
  const ids = await createCounters();
  const lost = withTransaction(db, async (tx) => {
    await increment(tx, ids[0]);
    await loseConnection(tx);
    await increment(tx, ids[1]);
  });
  await expect(lost).rejects.toMatchObject({ name: 'StorageError' });
  expect(await valuesOf(ids)).toEqual([0n, 0n]);
});

async function loseConnection(tx: Tx): Promise<void> {
  if (db.engine === 'sqlite') return void (await tx.raw('SELECT missing'));
  const [[row]] = await tx.raw('SELECT CONNECTION_ID() AS id');
  await db.knex.raw(`KILL ${row.id}`);
}

test('the pool is whole after failures: later transactions do not see earlier ones', async () => {
  const ids = await createCounters();
  await Promise.all(ids.map((id) => withTransaction(db, (tx) => increment(tx, id))));
  expect(await valuesOf(ids)).toEqual([1n, 1n]);
});

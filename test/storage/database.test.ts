import { beforeAll, expect, test } from 'vitest';
import { createTableIfMissing } from '../../migrations/schema.js';
import { type Database, databaseTime, openDatabase } from '../../src/storage/database.js';
import { checkDurability } from '../../src/storage/durability.js';
import { sqlValues } from '../../src/storage/sql-values.js';
import { withTransaction } from '../../src/storage/transaction.js';
import { createDatabaseUrl } from '../support/database-url.js';
import { openTestDatabase, testEngine } from '../support/test-database.js';

let db: Database & { url: string };

beforeAll(async () => {
  db = await openTestDatabase({ migrated: false });
  await createTableIfMissing(db.knex, 'things', ({ table, ...columns }) => {
    columns.id();
    columns.bigint('amount').nullable();
    columns.binary('hash', 4).nullable();
    columns.varbinary('label', 20).nullable().unique();
    columns.text('note', 5).nullable();
    table.unique(['amount', 'note']);
  });
});

type Thing = {
  id: bigint;
  amount: bigint | number | null;
  hash: Buffer;
  label: Buffer;
  note: string;
};

const things = () => db.knex<Thing>('things');

const EXTREMES = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n, 0n];

test('64-bit integers come back exactly, as bigint, in every row', async () => {
  const rows = EXTREMES.map((amount, index) => ({ id: 100n + BigInt(index), amount }));
  await things().insert(rows);
  const query = things().where('id', '>=', 100n).orderBy('id').select('id', 'amount');
  expect(await query).toEqual(rows);
  expect(await query.clone().whereIn('amount', EXTREMES)).toEqual(rows);
  expect(await things().where('id', 999n).select('amount')).toEqual([]);
  expect(await things().where('id', '>=', 100n).count('* as n')).toEqual([{ n: 5n }]);
});

test('integers are bigint on every path that the engine has', async () => {
  await things().insert({ id: 200n, amount: 2n ** 60n });
  const sql = 'SELECT id, amount, hash FROM things WHERE id = ?';
  const expected = { id: 200n, amount: 2n ** 60n, hash: null };
  if (db.engine === 'sqlite') {
    expect(await db.knex.raw(sql, sqlValues([200n]))).toEqual([expected]);
    return;
  }
  const [[first, second]] = await db.ledgerPool.raw(`${sql}; ${sql}`, sqlValues([200n, 200n]));
  expect([first, second]).toEqual([[expected], [expected]]);
  const [[one]] = await db.knex.raw(sql, sqlValues([200n]));
  expect(one).toEqual(expected);
  expect(await withTransaction(db, (tx) => tx<Thing>('things').where('id', 200n).first())).toEqual(
    expect.objectContaining({ id: 200n, amount: 2n ** 60n }),
  );
});

test('only the ledger may send several statements at once', async () => {
  await expect(db.knex.raw('SELECT 1; SELECT 2').then()).rejects.toThrow();
});

test('whole numbers are bound as integers, also those above 2^31', async () => {
  const time = 1_900_000_000_000;
  await things().insert({ id: 300n, amount: time });
  await things()
    .where({ id: 300n })
    .update({ amount: db.knex.raw('CASE id WHEN ? THEN ? + 1 END', sqlValues([300n, time])) });
  expect(await things().where({ id: 300n }).first('amount')).toEqual({
    amount: 1_900_000_000_001n,
  });
});

test('bytes come back as a Buffer and unique keys compare byte by byte', async () => {
  const labels = ['jose', 'José', 'jose ', 'josé'].map((text) => Buffer.from(text));
  await things().insert(labels.map((label, index) => ({ id: 400n + BigInt(index), label })));
  expect(await things().where({ label: labels[0] }).select('id', 'label')).toEqual([
    { id: 400n, label: labels[0] },
  ]);
});

test('a value that does not fit is refused', async () => {
  const insert = (row: object) =>
    db
      .knex('things')
      .insert({ id: 500n, ...row })
      .then();
  for (const row of [
    { hash: Buffer.alloc(5) },
    { label: Buffer.alloc(21) },
    { note: '123456' },
    { amount: 'many' },
    { amount: 2n ** 63n },
  ]) {
    await expect(insert(row)).rejects.toThrow();
  }
  await insert({ note: 'éééé😀' });
});

test('a duplicate names the same key on both engines and tells no values', async () => {
  const label = Buffer.from('private');
  await things().insert({ id: 600n, label, amount: 600n, note: 'a' });
  const insert = (row: object) => things().insert(row).then();
  const duplicate = { name: 'StorageError', kind: 'duplicate' };
  await expect(insert({ id: 600n })).rejects.toMatchObject({ ...duplicate, key: 'PRIMARY' });
  await expect(insert({ id: 601n, label })).rejects.toMatchObject({
    ...duplicate,
    key: 'things_label_unique',
    message: expect.not.stringContaining('private'),
  });
  await expect(insert({ id: 602n, amount: 600n, note: 'a' })).rejects.toMatchObject({
    ...duplicate,
    key: 'things_amount_note_unique',
  });
});

test('a missing table asks for the migrations', async () => {
  await expect(db.knex('nothing').select('id').then()).rejects.toMatchObject({ kind: 'schema' });
});

test('a second server on the same database: refused on SQLite, welcome on MySQL', async () => {
  const second = openDatabase({ url: db.url });
  if (db.engine === 'mysql') {
    await (await second).close();
    return;
  }
  await expect(second).rejects.toMatchObject({
    kind: 'in-use',
    message: expect.stringContaining(`${db.name} is in use by another server`),
  });
});

test('closing gives the database back, and closing twice is closing once', async () => {
  const url = await createDatabaseUrl();
  const first = await openDatabase({ url });
  await Promise.all([first.close(), first.close()]);
  await (await openDatabase({ url })).close();
});

test('a database that cannot be opened is named, without its password', async () => {
  const url =
    testEngine() === 'mysql' ? 'mysql://u:secret@127.0.0.1:1/d' : 'sqlite:///dev/null/d.sqlite';
  await expect(openDatabase({ url })).rejects.toMatchObject({
    kind: testEngine() === 'mysql' ? 'connection' : 'io',
    message: expect.stringMatching(/^(?!.*secret)Opening the database .*\/d/),
  });
});

test("the database's time is in Unix milliseconds", async () => {
  const before = Date.now();
  const now = await databaseTime(db);
  expect(Number.isSafeInteger(now)).toBe(true);
  expect(now).toBeGreaterThanOrEqual(before - 2);
  expect(now).toBeLessThanOrEqual(Date.now() + 2);
});

test('production starts on a durable database', async () => {
  expect(await checkDurability(db, { production: true })).toEqual([]);
});

test('every connection has the settings that the ledger relies on', async () => {
  if (db.engine === 'sqlite') {
    expect(await db.knex.raw('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await db.knex.raw('PRAGMA synchronous')).toEqual([{ synchronous: 2n }]);
    expect(await db.knex.raw('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 0n }]);
    return;
  }
  for (const knex of [db.knex, db.ledgerPool]) {
    const [rows] = await knex.raw('SHOW SESSION VARIABLES');
    const values = new Map(rows.map((row: Record<string, string>) => Object.values(row)));
    expect(values.get('tx_isolation') ?? values.get('transaction_isolation')).toBe(
      'READ-COMMITTED',
    );
    expect(values.get('collation_connection')).toBe('utf8mb4_bin');
    expect(values.get('time_zone')).toBe('+00:00');
    expect(values.get('innodb_lock_wait_timeout')).toBe('2');
    expect(values.get('sql_mode')).toContain('STRICT_ALL_TABLES');
    expect(['0', undefined]).toContain(values.get('in_predicate_conversion_threshold'));
  }
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { createTableIfMissing, type Migration } from '../../migrations/schema.js';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { migrate, pendingMigrations } from '../../src/storage/migrate.js';
import { createDatabaseUrl } from '../support/database-url.js';
import { openTestDatabase, testEngine } from '../support/test-database.js';

const names = migrations.map(({ name }) => name);
const program = fileURLToPath(new URL('../support/migrating-process.ts', import.meta.url));

function startMigrating(url: string, ...mode: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, url, ...mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

/** Resolves at the first output, rejects when the program ends without any. */
async function untilItSays(child: ChildProcess): Promise<void> {
  const ended = exitCodeOf(child).then((code) => Promise.reject(new Error(`It ended: ${code}`)));
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended]);
  ended.catch(() => {});
}

/** Every key but the primary ones. */
async function listKeys({ knex }: Database): Promise<{ table: string; key: string }[]> {
  if (testEngine() === 'sqlite') {
    return knex('sqlite_master')
      .where('type', 'index')
      .whereNotNull('sql')
      .whereNot('tbl_name', 'like', 'knex%')
      .orderBy('name')
      .select({ table: 'tbl_name', key: 'name' });
  }
  return knex('information_schema.statistics')
    .whereRaw("table_schema = database() and index_name <> 'PRIMARY'")
    .whereNot('table_name', 'like', 'knex%')
    .orderBy(['table_name', 'index_name'])
    .distinct({ table: 'table_name', key: 'index_name', unique: 'non_unique' });
}

test('migrates an empty database once, in order', async () => {
  const db = await openTestDatabase({ migrated: false });
  expect(await pendingMigrations(db)).toEqual(names);
  expect(await migrate(db)).toEqual(names);
  expect(await migrate(db)).toEqual([]);
  expect(await pendingMigrations(db)).toEqual([]);
  const rows = await db.knex('sequences').orderBy('name').select('name', 'next_value');
  expect(rows).toEqual([
    { name: Buffer.from('epoch'), next_value: 1n },
    { name: Buffer.from('id'), next_value: 1001n },
    { name: Buffer.from('instance'), next_value: 1n },
  ]);
});

test('every migration can run again on the schema that it made', async () => {
  const db = await openTestDatabase();
  await db.knex('knex_migrations').del();
  expect(await migrate(db)).toEqual(names);
});

test('a migration that is cut off between a table and its keys makes them when it runs again', async () => {
  const db = await openTestDatabase();
  const whole = await listKeys(db);
  expect(whole.length).toBeGreaterThan(20);
  for (const { table, key } of whole) {
    await db.knex.raw(
      testEngine() === 'mysql' ? 'drop index ?? on ??' : 'drop index ??',
      testEngine() === 'mysql' ? [key, table] : [key],
    );
  }
  expect(await listKeys(db)).toEqual([]);
  await db.knex('knex_migrations').del();
  await migrate(db);
  expect(await listKeys(db)).toEqual(whole);
});

test('a database that a later release has migrated still serves this one', async () => {
  const db = await openTestDatabase();
  const later: Migration = {
    name: '9999_later',
    up: (knex) => createTableIfMissing(knex, 'later', (columns) => void columns.id()),
  };
  expect(await migrate(db, { migrations: [...migrations, later] })).toEqual(['9999_later']);
  expect(await pendingMigrations(db)).toEqual([]);
  expect(await migrate(db)).toEqual([]);
});

test('a migration that fails leaves the rest pending, and the next run goes on from it', async () => {
  const db = await openTestDatabase({ migrated: false });
  const broken: Migration = { name: '9999_broken', up: () => Promise.reject(new Error('broken')) };
  await expect(migrate(db, { migrations: [...migrations, broken] })).rejects.toThrow('broken');
  expect(await pendingMigrations(db, [...migrations, broken])).toEqual(['9999_broken']);
  expect(await migrate(db)).toEqual([]);
});

test('four programs that start at once on an empty database make one schema', async () => {
  const url = await createDatabaseUrl();
  const codes = await Promise.all([1, 2, 3, 4].map(() => exitCodeOf(startMigrating(url))));
  // SQLite belongs to one program at a time: the others are told so, and change nothing.
  const allowed = testEngine() === 'mysql' ? [0] : [0, 3];
  expect(codes.filter((code) => !allowed.includes(code ?? -1))).toEqual([]);
  expect(codes).toContain(0);
  const db = await openTestDatabase({ url, migrated: false });
  expect(await pendingMigrations(db)).toEqual([]);
  expect(await db.knex('knex_migrations').orderBy('id').pluck('name')).toEqual(names);
  expect(await db.knex('sequences').count('* as n')).toEqual([{ n: 3n }]);
});

test('a program killed in the middle of migrating does not stop the next', async () => {
  const url = await createDatabaseUrl();
  const killed = startMigrating(url, 'stuck');
  await untilItSays(killed);
  const waiting = openDatabase({ url }).then(async (db) => {
    const ran = await migrate(db);
    await db.close();
    return ran;
  });
  if (testEngine() === 'sqlite') await expect(waiting).rejects.toMatchObject({ kind: 'in-use' });
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  if (testEngine() === 'mysql') expect(await waiting).toEqual([]);
  const db = await openTestDatabase({ url });
  expect(await pendingMigrations(db)).toEqual([]);
});

import type { Knex } from 'knex';
import { migrations as allMigrations } from '../../migrations/index.js';
import type { Migration } from '../../migrations/schema.js';
import type { Database } from './database.js';
import { StorageError } from './errors.js';

/** Knex's own table of what has run. */
const TABLE = 'knex_migrations';

/** One wait for the lock; waits repeat until the time for it is up. */
const LOCK_WAIT_SECONDS = 5;

/** MySQL's locks belong to the server, so the name says which database. At most 64 characters. */
const LOCK_NAME = "CONCAT('ewallet-migrate-', LEFT(SHA2(DATABASE(), 256), 40))";

/**
 * Brings the schema up to date and returns the names of the migrations that it ran, in order. Programs that
 * start together wait for one another: on MySQL a lock of the session is held for the whole run, on the
 * connection that runs the steps, so that it cannot end before a step that still runs; on SQLite the file
 * belongs to this process alone. A run that was cut off is continued by the next.
 *
 * @throws StorageError 'lock-wait' when another run takes longer than `lockTimeoutMs` (10 minutes).
 */
export async function migrate(
  db: Database,
  options: { migrations?: readonly Migration[]; lockTimeoutMs?: number } = {},
): Promise<string[]> {
  const { knex, close } = db.openSingleConnection();
  try {
    if (db.engine === 'mysql') await lockSession(knex, options.lockTimeoutMs ?? 600_000);
    const config = createMigratorConfig(db, options.migrations ?? allMigrations);
    // Whoever holds knex's own lock is gone: ours covers it.
    await knex.migrate.forceFreeMigrationsLock(config);
    const [, names] = (await knex.migrate.latest(config)) as [number, string[]];
    return names;
  } finally {
    await close();
  }
}

/**
 * The names of the migrations that the database has not seen, in order; empty when the schema is up to
 * date, or newer: a schema works with the previous release's program too. Changes nothing.
 */
export async function pendingMigrations(
  db: Database,
  migrations: readonly Migration[] = allMigrations,
): Promise<string[]> {
  const names = migrations.map(({ name }) => name);
  if (!(await db.knex.schema.hasTable(TABLE))) return names;
  const applied = new Set<string>(await db.knex(TABLE).pluck('name'));
  return names.filter((name) => !applied.has(name));
}

function createMigratorConfig(db: Database, migrations: readonly Migration[]): Knex.MigratorConfig {
  return {
    tableName: TABLE,
    disableTransactions: true,
    // A later release may have migrated already.
    disableMigrationsListValidation: true,
    migrationSource: {
      getMigrations: async () => [...migrations],
      getMigrationName: (migration: Migration) => migration.name,
      getMigration: async (migration: Migration) => ({
        async up(knex: Knex) {
          if (db.engine === 'mysql') await checkLocked(knex);
          await migration.up(knex);
        },
        async down() {
          throw new Error('Migrations only go forward: restore a backup, or write a new one.');
        },
      }),
    },
  };
}

async function lockSession(knex: Knex, timeoutMs: number): Promise<void> {
  const rounds = Math.max(1, Math.ceil(timeoutMs / (LOCK_WAIT_SECONDS * 1_000)));
  const seconds = Math.min(LOCK_WAIT_SECONDS, Math.ceil(timeoutMs / 1_000));
  for (let round = 0; round < rounds; round += 1) {
    const sql = `SELECT GET_LOCK(${LOCK_NAME}, ${seconds}) AS locked`;
    const [[row]] = (await knex.raw(sql)) as [{ locked: bigint | null }[]];
    if (row?.locked === 1n) return;
  }
  throw new StorageError('lock-wait', 'Another program has been migrating the database too long.');
}

/** A pool replaces a lost connection silently, and the lock is lost with it. */
async function checkLocked(knex: Knex): Promise<void> {
  const sql = `SELECT IS_USED_LOCK(${LOCK_NAME}) = CONNECTION_ID() AS locked`;
  const [[row]] = (await knex.raw(sql)) as [{ locked: bigint | null }[]];
  if (row?.locked !== 1n)
    throw new StorageError('connection', 'The migration lock was lost: run it again.');
}

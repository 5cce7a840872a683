import { afterAll, inject } from 'vitest';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/storage/database.js';
import { migrate } from '../../src/storage/migrate.js';
import { createDatabaseUrl } from './database-url.js';

/** The engine that the suite runs on this time. */
export function testEngine(): 'sqlite' | 'mysql' {
  return inject('engine');
}

/**
 * Opens a fresh database on the engine that the suite runs on this time, migrated unless told otherwise, and
 * closes it after the last test of the file. Call it inside a hook or a test.
 */
export async function openTestDatabase(
  options: Partial<DatabaseOptions> & { migrated?: boolean } = {},
): Promise<Database & { url: string }> {
  const { migrated = true, url = await createDatabaseUrl(), ...rest } = options;
  const db = await openDatabase({ ...rest, url });
  opened.push(db);
  if (migrated) await migrate(db);
  return { ...db, url };
}

const opened: Database[] = [];

afterAll(async () => {
  for (const db of opened.splice(0).reverse()) await db.close();
});

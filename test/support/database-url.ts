import { inject } from 'vitest';
import { createMysqlDatabase, createSqliteFile } from './databases.js';

/**
 * A fresh, empty database on the engine that the suite runs on this time, as a value for
 * `EWALLET_DATABASE_URL`. Removed after the last test of the file.
 */
export async function createDatabaseUrl(): Promise<string> {
  return inject('engine') === 'mysql'
    ? createMysqlDatabase(inject('mysqlUrl'))
    : createSqliteFile();
}

import {
  createMysqlDatabase,
  createSqliteFile,
  dropDatabases,
} from '../../test/support/databases.js';
import { findMysql } from '../../test/support/find-mysql.js';
import { startMysqlServer } from '../../test/support/mysql-server.js';

/** Where the stand keeps its databases. */
export type DatabaseHost = {
  /** What it is, for the reader. */
  readonly description: string;
  /** A new, empty database, as a value for `EWALLET_DATABASE_URL`. */
  createDatabase(): Promise<string>;
  /** Removes the databases and what else there is. */
  stop(): Promise<void>;
};

/**
 * A private MySQL server, or the one that `EWALLET_TEST_MYSQL_URL` names; SQLite files where there is neither.
 *
 * @throws Error in place of SQLite when `CI` is set: two instances on one database are to be tried there.
 */
export async function openDatabaseHost(): Promise<DatabaseHost> {
  const source = findMysql();
  if (source === undefined) return openSqliteHost();
  if (source.kind === 'url') {
    const url = source.url.replace(/\/$/, '');
    return {
      description: 'MySQL at EWALLET_TEST_MYSQL_URL',
      createDatabase: () => createMysqlDatabase(url),
      stop: dropDatabases,
    };
  }
  const server = await startMysqlServer(source.path);
  return {
    description: `a private MySQL server (${source.path})`,
    createDatabase: () => createMysqlDatabase(server.url),
    stop: server.stop,
  };
}

function openSqliteHost(): DatabaseHost {
  const advice = 'No MySQL server: install mariadb-server-core, or set EWALLET_TEST_MYSQL_URL.';
  if (process.env.CI) throw new Error(advice);
  console.error(`${advice}\nThe stand uses SQLite, which serves one instance at a time only.`);
  return {
    description: 'SQLite files, for want of MySQL',
    createDatabase: async () => createSqliteFile(),
    stop: dropDatabases,
  };
}

import createKnex, { type Knex } from 'knex';
import type { Connection } from 'mysql2';
import type { DatabaseAddress } from './database-url.js';
import { MysqlClient } from './knex-clients.js';
import type { PoolOptions } from './pool-options.js';

/** A lock wait is rolled back and run again, so it need not be long. */
const LOCK_WAIT_SECONDS = 2;
const CONNECT_TIMEOUT_MS = 10_000;
const UNKNOWN_VARIABLE = 1193;

const SETTINGS = [
  'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
    `time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, autocommit = 1`,
];

/** Far more than any transaction pauses between its statements, unless its process stands still. */
const IDLE_TRANSACTION_SECONDS = 10;

/**
 * MariaDB only: a long IN list stays a list, so that FOR UPDATE locks in id order; and a process that stands still (a paused virtual
 * machine) does not keep others from the rows that it has locked. MySQL has no such limit but `wait_timeout`.
 */
const MARIADB_SETTING =
  'SET SESSION in_predicate_conversion_threshold = 0, ' +
  `idle_transaction_timeout = ${IDLE_TRANSACTION_SECONDS}`;

/**
 * Opens knex on a MySQL or MariaDB server. `multipleStatements` makes an injected statement possible where
 * a value was not bound, so only the ledger's own pool has it.
 */
export function openMysqlPool(
  address: DatabaseAddress & { engine: 'mysql' },
  options: PoolOptions & {
    min?: number;
    max: number;
    multipleStatements?: boolean;
    /** Longest wait for an answer; none by default. */
    answerTimeoutMs?: number;
  },
): Knex {
  const { engine: _, ...server } = address;
  const config: Knex.Config & { answerTimeoutMs: number | undefined } = {
    answerTimeoutMs: options.answerTimeoutMs,
    client: MysqlClient,
    connection: {
      ...server,
      // Knex puts it into CREATE TABLE; SETTINGS then choose the collation.
      charset: 'utf8mb4',
      timezone: 'Z',
      supportBigNumbers: true,
      bigNumberStrings: true,
      stringifyObjects: true,
      multipleStatements: options.multipleStatements ?? false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableKeepAlive: true,
      flags: ['-LOCAL_FILES'],
    } as object as Knex.MySql2ConnectionConfig,
    pool: { min: options.min ?? 0, max: options.max, afterCreate: prepareConnection },
    acquireConnectionTimeout: options.acquireTimeoutMs,
    compileSqlOnError: false,
    log: options.log,
  };
  return createKnex(config);
}

function prepareConnection(
  connection: Connection,
  done: (error: Error | null, connection: Connection) => void,
): void {
  const session = connection.promise();
  async function prepare(): Promise<void> {
    for (const statement of SETTINGS) await session.query(statement);
    try {
      await session.query(MARIADB_SETTING);
    } catch (error) {
      if ((error as { errno?: number }).errno !== UNKNOWN_VARIABLE) throw error;
    }
  }
  prepare().then(
    () => done(null, connection),
    (error: Error) => {
      connection.destroy();
      done(error, connection);
    },
  );
}

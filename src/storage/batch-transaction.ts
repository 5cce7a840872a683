import { bindValues } from './bind-values.js';
import type { Database } from './database.js';
import type { DirectClient } from './direct-client.js';
import { toStorageError } from './errors.js';
import { withPlaceholders } from './statements.js';

/** A value that both drivers bind as it is. */
export type Value = bigint | number | string | Buffer | null;

/** One SQL statement with its bound values, and the rows that an INSERT writes: they follow the text. */
export type Statement = {
  readonly sql: string;
  readonly bindings: readonly Value[];
  /** All of one width. */
  readonly rows?: readonly (readonly Value[])[];
};

/** A row as both drivers return it: integers as bigint. */
export type Row = Record<string, unknown>;

/**
 * Runs reads that lock, lets `decide` choose the writes, writes and commits: two round trips on MySQL, where BEGIN goes with the
 * reads and COMMIT with the writes. For the ledger's committer, which takes care of retries itself: a batch may always run
 * again, because its request ids decide what was done already.
 *
 * `decide` is synchronous: nothing is awaited between the locks and the writes.
 *
 * @throws StorageError; after 'commit-unknown' the writes may or may not have happened, after any other kind they have not.
 */
export async function runBatchTransaction<T>(
  db: Database,
  reads: readonly Statement[],
  decide: (results: Row[][]) => { writes: readonly Statement[]; result: T },
): Promise<T> {
  const client = db.ledgerPool.client as DirectClient;
  const connection = await client.acquireConnection();
  const run = db.engine === 'mysql' ? runTogether : runOneByOne;
  try {
    const begin = { sql: db.engine === 'mysql' ? 'BEGIN' : 'BEGIN IMMEDIATE', bindings: [] };
    const [, ...results] = await run(db, connection, [begin, ...reads]);
    const { writes, result } = decide(results);
    await run(db, connection, [...writes, { sql: 'COMMIT', bindings: [] }]);
    return result;
  } catch (error) {
    await rollBack(db, connection);
    throw error;
  } finally {
    await client.releaseConnection(connection);
  }
}

async function query(
  db: Database,
  connection: unknown,
  { sql, bindings }: Pick<Statement, 'sql' | 'bindings'>,
) {
  const client = db.ledgerPool.client as DirectClient;
  const { response } = await client.query(connection, { sql, bindings, method: 'raw' });
  return response;
}

/** MySQL: all statements in one round trip. The server stops at the first that fails. */
async function runTogether(
  db: Database,
  connection: unknown,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const sql = `${statements.map(bindValues).join(';\n')};`;
  const [results] = (await query(db, connection, { sql, bindings: [] })) as [unknown];
  return (statements.length === 1 ? [results] : results) as Row[][];
}

/** SQLite: the driver takes one statement at a time. */
async function runOneByOne(
  db: Database,
  connection: unknown,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const results: Row[][] = [];
  for (const { sql, bindings } of statements.map(withPlaceholders)) {
    results.push((await query(db, connection, { sql: `${sql};`, bindings })) as Row[]);
  }
  return results;
}

/** Ends whatever is open, so that the connection can serve the next batch; else the connection is thrown away. */
async function rollBack(db: Database, connection: unknown): Promise<void> {
  try {
    await query(db, connection, { sql: 'ROLLBACK', bindings: [] });
  } catch (error) {
    // SQLite says so when nothing is open: the statement that failed has ended the transaction, or it never began.
    if (db.engine === 'sqlite' && toStorageError(error).kind === 'unknown') return;
    Object.assign(connection as object, { __knex__disposed: error });
  }
}

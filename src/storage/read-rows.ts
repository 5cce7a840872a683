import type { Row, Statement } from './batch-transaction.js';
import { bindValues } from './bind-values.js';
import type { Database } from './database.js';
import type { DirectClient } from './direct-client.js';

/**
 * Runs a query whose text is ours, outside any transaction, past knex's builder: for the look-ups that every call makes, where building
 * the text takes longer than reading the rows.
 *
 * @throws StorageError
 */
export async function readRows(db: Database, statement: Statement): Promise<Row[]> {
  const client = db.knex.client as DirectClient;
  const connection = await client.acquireConnection();
  try {
    if (db.engine === 'sqlite') {
      const { response } = await client.query(connection, { ...statement, method: 'raw' });
      return response as Row[];
    }
    const sql = bindValues(statement);
    const { response } = await client.query(connection, { sql, bindings: [], method: 'raw' });
    return (response as [Row[]])[0];
  } finally {
    await client.releaseConnection(connection);
  }
}

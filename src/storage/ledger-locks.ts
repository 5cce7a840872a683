import type { Row } from './batch-transaction.js';
import type { Database } from './database.js';
import { sqlValues } from './sql-values.js';
import { list } from './statements.js';

/**
 * Those of the accounts whose rows some other transaction has locked at this moment. It waits for nobody and keeps no lock. On SQLite,
 * which locks the whole file, always none.
 */
export async function findLockedAccounts(
  { engine, knex }: Database,
  ids: readonly bigint[],
): Promise<Set<bigint>> {
  if (engine === 'sqlite' || ids.length === 0) return new Set();
  const select = `SELECT id FROM ledger_accounts WHERE id IN (${list(ids.length)})`;
  const [found] = (await knex.raw(select, sqlValues([...ids]))) as [Row[]];
  const [free] = (await knex.raw(`${select} FOR UPDATE SKIP LOCKED`, sqlValues([...ids]))) as [
    Row[],
  ];
  const locked = new Set(found.map(({ id }) => id as bigint));
  for (const { id } of free) locked.delete(id as bigint);
  return locked;
}

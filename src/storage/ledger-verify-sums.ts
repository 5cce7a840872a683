import { allSystemAccounts } from '../model/system-accounts.js';
import type { Row } from './batch-transaction.js';
import type { Database } from './database.js';
import { sqlValues } from './sql-values.js';
import { list } from './statements.js';

/** A sum over the whole book, read in one statement. */
export type BookSum<K> = { readonly key: K; readonly sum: bigint };

/** SQLite's SUM fails beyond 64 bits, so halves are added there; MySQL adds exact decimals. */
const BILLION = 1_000_000_000n;

/**
 * The sum of all balances of each unit: zero, because every entry lowers one account by what it raises another. One statement, so one
 * moment of the book.
 */
export async function sumBalancesByUnit(db: Database): Promise<BookSum<string>[]> {
  const rows = await run(
    db,
    `SELECT unit AS sum_key, ${sumOf(db, 'balance')} FROM ledger_accounts GROUP BY unit`,
  );
  return rows.map((row) => ({ key: row.sum_key as string, sum: total(row) }));
}

/**
 * The masters whose credits are not what came in from the system's accounts less what went out to them, with the excess. One
 * statement, so one moment of the book.
 */
export async function findUnevenMasters(db: Database): Promise<BookSum<bigint>[]> {
  const ids = allSystemAccounts().map(({ id }) => id);
  const placeholders = list(ids.length);
  const crossing = (system: string, own: string, amount: string) => `
SELECT a.master_id, ${amount} FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.${own}_account_id
WHERE e.${system}_account_id IN (${placeholders}) AND e.unit = 'CREDIT' AND a.master_id IS NOT NULL`;
  const rows = await run(
    db,
    `SELECT m.master_id AS sum_key, ${sumOf(db, 'm.amount')} FROM (
SELECT master_id, balance AS amount FROM ledger_accounts WHERE unit = 'CREDIT' AND master_id IS NOT NULL
UNION ALL ${crossing('debit', 'credit', '-e.amount')}
UNION ALL ${crossing('credit', 'debit', 'e.amount')}) m GROUP BY m.master_id`,
    [...ids, ...ids],
  );
  return rows
    .map((row) => ({ key: row.sum_key as bigint, sum: total(row) }))
    .filter(({ sum }) => sum !== 0n);
}

function sumOf({ engine }: Database, column: string): string {
  return engine === 'mysql'
    ? `SUM(${column}) AS low, 0 AS high`
    : `SUM(${column} % ${BILLION}) AS low, SUM(${column} / ${BILLION}) AS high`;
}

function total(row: Row): bigint {
  return BigInt(row.low as bigint | string) + BigInt(row.high as bigint | string) * BILLION;
}

/** On a connection of its own: these statements read the whole book, and take as long as it is big. */
async function run(db: Database, sql: string, values: readonly bigint[] = []): Promise<Row[]> {
  const { knex, close } = db.openSingleConnection();
  try {
    const result = await knex.raw(sql, sqlValues(values));
    return (db.engine === 'mysql' ? result[0] : result) as Row[];
  } finally {
    await close();
  }
}
